"""A call whose end nobody knows, and a Redis that loses what it knew: nothing is said twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from gopherbot.dev.redis_server import RedisServer
from gopherbot.effects.ledger import DOUBT_SECONDS, LEASE_SECONDS, Claimant
from gopherbot.errors import RetryLater
from gopherbot.metrics.journal import Happened
from gopherbot.model import Audience, React, Reply
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.storage import keys

from .conftest import (
    APP,
    HISTORY,
    HOW,
    LEASE,
    LOOK,
    ONE,
    POST,
    PSST,
    TWO,
    Scene,
    TimeIsUp,
    delay,
    happened,
    matches,
)


def away(*_: object) -> bool:
    raise redis.ConnectionError("away")


@pytest.mark.parametrize(
    ("kind", "calls"),
    [
        *(("cut_after", 1), ("cut_during", 1)),
        *((kind, 2) for kind in ("cut_before", "server_error", "wrong_content_type")),
    ],
)
@pytest.mark.parametrize("place", ["channel", "thread", "dm"])
def test_a_post_in_doubt_is_looked_for_first(
    scene: Scene, kind: str, calls: int, place: str
) -> None:
    if place == "thread":
        scene.said = scene.slack.say("more", thread_ts=scene.said.ts)
    reply = Reply("one", to=Audience.DM if place == "dm" else Audience.CHANNEL)
    scene.fail(kind)
    assert delay(scene.answer, reply) == DOUBT_SECONDS
    assert happened(scene.answer, reply) == [Happened.PERFORMED]
    assert happened(scene.answer, reply) == [Happened.SETTLED]
    assert scene.texts() == ["one"]
    assert scene.calls(POST) == calls


def test_what_cannot_be_looked_up_is_left_silent(scene: Scene) -> None:
    scene.fail("cut_before")
    delay(scene.answer, ONE)
    scene.slack.web_api.scopes = {"chat:write"}
    assert happened(scene.answer, ONE) == [Happened.UNKNOWN]
    assert happened(scene.answer, ONE) == [Happened.SETTLED]
    assert scene.texts() == []
    assert scene.calls(POST) == 1


def test_a_look_waits_as_slack_says_and_may_be_another_workers(scene: Scene) -> None:
    scene.fail("cut_after")
    scene.fail("ratelimited", LOOK, retry_after=4)
    scene.fail("cut_before", LOOK)
    assert [delay(scene.answer, ONE) for _ in range(2)] == [DOUBT_SECONDS, 4]
    delay(scene.answer, ONE)
    # The first worker lives: its lease is not waited for.
    scene.executor = scene.worker("b")
    scene.answer(ONE)
    assert scene.texts() == ["one"]
    assert scene.calls(POST) == 1


def test_another_worker_looks_for_a_post_in_doubt(scene: Scene) -> None:
    scene.fail("cut_after")
    delay(scene.answer, ONE)
    scene.executor = scene.worker("b")
    scene.answer(ONE)
    assert scene.texts() == ["one"]
    assert scene.calls(POST) == 1


def test_a_claim_too_old_to_call_for_is_released(scene: Scene) -> None:
    # As if the process had been frozen in between: another may have called in its place.
    with scene.patch.context() as frozen:
        frozen.setattr("gopherbot.effects.ledger.SEND_SECONDS", -1.0)
        delay(scene.answer, ONE)
        assert scene.calls(POST) == 0
    scene.executor = scene.worker("b")
    scene.answer(ONE)
    assert scene.texts() == ["one"]


@pytest.mark.parametrize("is_noted", [True, False])
def test_what_was_struck_in_the_middle_is_looked_for_first(scene: Scene, is_noted: bool) -> None:
    post = scene.executor.slack.post

    def struck(*arguments: Any, **more: Any) -> str:
        post(*arguments, **more)
        raise TimeIsUp

    with scene.patch.context() as patch:
        patch.setattr(scene.executor.slack, "post", struck)
        if not is_noted:
            patch.setattr(Claimant, "doubt", away)
        with pytest.raises(TimeIsUp):
            scene.answer(ONE)
    if is_noted:
        scene.worker("b").execute(scene.message(), matches((ONE,)))
    else:
        scene.executor.exactly_once.memory.record_pending()  # as the middleware does before a retry
        scene.lose_all()
        scene.answer(ONE)
    assert scene.texts() == ["one"]
    assert scene.calls(POST) == 1


@HOW
def test_what_slacks_history_shows_late_is_not_said_again(scene: Scene, how: str) -> None:
    scene.fail("cut_after")
    delay(scene.answer, ONE)
    with scene.patch.context() as late:
        late.setattr(HISTORY, 6.0)
        for slack in (scene.executor.slack, scene.executor.reconciler.slack):
            late.setattr(slack, "find", lambda *_arguments, **_more: "")
        assert 3 < (delay(scene.act, how, ONE) or 0) <= 6, "it is looked up once more"
    scene.act(how, ONE)
    assert scene.texts() == ["one"]
    assert scene.calls(POST) == 1


@HOW
@pytest.mark.parametrize("first_look", ["finds nothing", "fails"])
def test_repeated_looks_count_from_the_call(scene: Scene, how: str, first_look: str) -> None:
    scene.patch.setattr(HISTORY, 6.0)
    called = int(time.time() * 1000) - 4000
    key = keys.ledger(APP, scene.message().id)
    scene.client.hset(key, "command:t#0", f"doubtful {called}")
    if first_look == "fails":
        scene.fail("server_error", LOOK)
    for _ in range(2):
        assert 0 < (delay(scene.act, how, ONE) or 0) <= 2


def test_what_a_look_did_not_find_is_not_looked_up_again_after_a_refusal(scene: Scene) -> None:
    scene.fail("cut_before")
    scene.fail("ratelimited", retry_after=0)
    for _ in range(2):
        delay(scene.answer, ONE)
    scene.answer(ONE)
    assert scene.calls(LOOK) == 1
    assert scene.texts() == ["one"]


def test_an_answer_is_posted_before_a_second_look_makes_it_late(scene: Scene) -> None:
    scene.fail("cut_before")
    scene.patch.setattr(HISTORY, 6.0)
    ts = f"{time.time() - 26:.6f}"
    with pytest.raises(RetryLater):
        scene.answer(ONE, ts=ts)
    scene.answer(ONE, ts=ts)
    assert scene.texts() == ["one"]


def test_a_look_that_outlasts_the_claim_is_followed_by_nothing(scene: Scene) -> None:
    scene.fail("cut_before")
    delay(scene.answer, ONE)
    other, find = scene.ledger("b"), scene.executor.slack.find

    def slowly(*arguments: Any, **more: Any) -> str:
        found = find(*arguments, **more)
        # Meanwhile its lease ends, and another takes the effect.
        with scene.patch.context() as later, other.claimant(scene.message().id) as claimant:
            later.setattr(LEASE, 0)
            claimant.claim("command:t#0")
        return found

    scene.patch.setattr(scene.executor.slack, "find", slowly)
    delay(scene.answer, ONE)
    assert scene.texts() == []


@pytest.mark.parametrize(
    ("effect", "method"), [(PSST, "chat.postEphemeral"), (React("wave"), "reactions.add")]
)
def test_what_cannot_be_looked_up_or_is_idempotent_is_done_again(
    scene: Scene, effect: Reply | React, method: str
) -> None:
    scene.fail("cut_after", method)
    delay(scene.answer, effect)
    for _ in range(2):
        scene.answer(effect)
    assert [call.method for call in scene.slack.calls()] == [method] * 2
    assert len(scene.slack.reactions()) == isinstance(effect, React)


def test_what_another_living_worker_is_at_is_left_to_it_for_now(scene: Scene) -> None:
    with scene.ledger("b").claimant(scene.message().id) as claimant:
        claimant.claim("command:t#0")
        assert 0 < (delay(scene.answer, ONE) or 0) < LEASE_SECONDS / 2, "it may be done any moment"
    assert scene.texts() == []


@pytest.mark.parametrize("posted", [True, False])
def test_what_a_dead_worker_was_at_is_looked_for_first(scene: Scene, posted: bool) -> None:
    with scene.ledger("dead").claimant(scene.message().id) as claimant:
        claimant.claim("command:t#0")
    scene.client.hdel(keys.processes(APP), "dead")
    if posted:
        mark = ReplyMetadata(scene.message().id, "command:t", 0)
        scene.executor.slack.post(scene.said.channel, "one", mark)
    scene.answer(ONE)
    assert scene.texts() == ["one"]
    assert scene.calls(LOOK) == 1


def test_what_this_worker_said_is_not_said_again_when_redis_lost_all_it_knew(scene: Scene) -> None:
    rules = [PSST, ONE, TWO]
    scene.fail("ratelimited", skip=1, retry_after=0)
    delay(scene.answer, rules)
    assert scene.texts() == ["psst", "one"]
    scene.executor.exactly_once.memory.record_pending()  # as the middleware does before a retry
    scene.lose_all()
    scene.answer(rules)
    assert scene.texts() == ["psst", "one", "two"]
    assert scene.calls(LOOK) == 0, "it need not look"
    scene.executor = scene.worker("b")
    assert happened(scene.answer, rules) == [Happened.SETTLED] * 3


@pytest.mark.parametrize("when", ["during the call", "before the retry", "away"])
@pytest.mark.parametrize("posted", [True, False])
def test_doubts_outlast_a_redis_that_lost_all(scene: Scene, when: str, posted: bool) -> None:
    post = scene.executor.slack.post

    def empty(*arguments: Any, **more: Any) -> str:
        try:
            return post(*arguments, **more)
        finally:
            scene.lose_all()

    scene.fail("cut_after" if posted else "cut_before")
    with scene.patch.context() as patch:
        if when == "during the call":
            patch.setattr(scene.executor.slack, "post", empty)
        if when == "away":
            patch.setattr(Claimant, "doubt", away)
        with pytest.raises((RetryLater, redis.ConnectionError)):
            scene.answer(ONE)
    scene.executor.exactly_once.memory.record_pending()  # as the middleware does before a retry
    if when != "during the call":
        scene.lose_all()
    scene.answer(ONE)
    assert scene.texts() == ["one"]
    assert scene.calls(LOOK) == 1
    assert scene.calls(POST) == (1 if posted else 2)


@pytest.mark.parametrize("second", ["ratelimited", "cut_before"])
def test_worker_tells_redis_everything_before_another_retries(scene: Scene, second: str) -> None:
    scene.fail(second, skip=1, retry_after=0)
    delay(scene.answer, ONE, TWO)
    scene.lose_all("a", "b")
    scene.executor.exactly_once.memory.record_pending()
    scene.executor = scene.worker("b")
    scene.answer(ONE, TWO)
    assert scene.texts() == ["one", "two"]
    assert scene.calls(LOOK) == (second == "cut_before")


@HOW
def test_what_could_not_be_noted_is_noted_with_the_next_message(scene: Scene, how: str) -> None:
    first = scene.message()
    with scene.patch.context() as patch:
        patch.setattr(Claimant, "settle", away)
        with pytest.raises(redis.ConnectionError):
            scene.answer(ONE)
    scene.said = scene.slack.say("more")
    scene.act(how, *([TWO] if how == "first answer" else []))
    assert scene.client.hget(keys.ledger(APP, first.id), "command:t#0") == b"settled"


@pytest.fixture
def mortal_redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@HOW
def test_other_worker_finds_late_notes(scene: Scene, mortal_redis: RedisServer, how: str) -> None:
    a, b = (scene.worker(name, client=mortal_redis.client()) for name in ("a", "b"))
    post, posted = a.slack.post, []

    def post_and_die(*arguments: Any, **more: Any) -> str:
        """Slack does it, and Redis dies before that is noted."""
        posted.append(post(*arguments, **more))
        if len(posted) == 2:
            mortal_redis.signal(signal.SIGKILL)
        return posted[-1]

    scene.executor = a
    with scene.patch.context() as patch:
        patch.setattr(a.slack, "post", post_and_die)
        with pytest.raises(redis.ConnectionError):
            scene.act(how, [ONE, TWO])
    mortal_redis.start()
    for name in ("a", "b"):
        mortal_redis.client().hset(keys.processes(APP), name, 0)
    a.exactly_once.memory.record_pending()
    scene.executor = b
    scene.act(how, [ONE, TWO])
    assert sorted(scene.texts()) == ["one", "two"]


def test_a_worker_remembers_no_more_than_it_has_to(scene: Scene) -> None:
    scene.patch.setattr("gopherbot.effects.exactly_once.MOST_REMEMBERED", 2)
    memory, ledger = scene.executor.exactly_once.memory, scene.executor.exactly_once.ledger
    first, second, third = (f"C1:{number}.0" for number in range(3))
    for id in (first, second, first, third):
        with ledger.claimant(id) as claimant:
            memory.add(claimant, "command:t#0", {})
            memory.mark_unrecorded(id)
    known = [memory.find(id, "command:t#0") is not None for id in (first, second, third)]
    assert known == [True, False, True], "what is longest ago is forgotten"
    memory.record_pending()
    assert memory.find(first, "command:u#0") is None
    scene.patch.setattr("gopherbot.effects.exactly_once.KEPT_SECONDS", 0)
    assert memory.find(first, "command:t#0") is None, "no longer than the ledger does"


def test_a_doubt_that_comes_while_another_is_being_written_is_kept(scene: Scene) -> None:
    memory, ledger = scene.executor.exactly_once.memory, scene.executor.exactly_once.ledger
    settle = Claimant.settle

    def meanwhile(claimant: Claimant, effect: str, posted: Any) -> bool:
        written = settle(claimant, effect, posted)
        if effect == "command:t#0":
            memory.add(claimant, "command:u#0", {})
            memory.mark_unrecorded("C1:1.0")
        return written

    with ledger.claimant("C1:1.0") as claimant:
        memory.add(claimant, "command:t#0", {})
        memory.mark_unrecorded("C1:1.0")
        with scene.patch.context() as patch:
            patch.setattr(Claimant, "settle", meanwhile)
            memory.record_pending()
        memory.record_pending()
    assert scene.client.hkeys(keys.ledger(APP, "C1:1.0")) == [b"command:t#0", b"command:u#0"]
