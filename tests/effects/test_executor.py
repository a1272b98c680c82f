"""What handlers answer, carried out in the simulated Slack: what members see, and how often."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import redis

from gopherbot.dev.redis_server import RedisServer
from gopherbot.effects.ledger import DOUBT_SECONDS, LEASE_SECONDS, Attempt
from gopherbot.errors import RetryLater
from gopherbot.metrics import counters, journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import Ask, Audience, Effects, Persona, React, Reply
from gopherbot.router import ChannelJoin, Command, Contains, Prefix, Reaction, Rule, TeamJoin
from gopherbot.rulebook.matching import Match
from gopherbot.slack.errors import Rejected
from gopherbot.slack.objects import ReplyMetadata
from gopherbot.storage import keys

from .conftest import (
    APP,
    AWAY,
    HISTORY,
    HOW,
    LEASE,
    LOOK,
    ONE,
    POST,
    PSST,
    TWO,
    Always,
    Scene,
    TimeIsUp,
    delay,
    failing,
    happened,
    match,
    matches,
    mentioning,
)

# What it looks like.


def test_a_reply_goes_to_the_channel_and_unfurls_nothing(scene: Scene) -> None:
    scene.answer(Reply("good day"))
    [post] = scene.slack.posts()
    assert (post.channel, post.text, post.thread_ts) == (scene.said.channel, "good day", None)
    assert (post.unfurl_links, post.unfurl_media) == (False, False)
    assert (post.ephemeral, post.username, post.attachments) == (False, None, [])


@pytest.mark.parametrize("reply", [ONE, PSST])
def test_a_reply_to_a_thread_goes_into_it(scene: Scene, reply: Reply) -> None:
    child = scene.slack.say("an answer", thread_ts=scene.said.ts)
    scene.executor.execute(scene.message(child), matches((reply,)))
    assert scene.slack.posts()[0].thread_ts == scene.said.ts


CROWD = tuple(f"U{number}CROWD" for number in range(40))


@pytest.mark.parametrize(
    ("mentioned", "more", "front"),
    [
        (("U0GOPHERBOT", "U0NEWCOMER", "U0NEWCOMER"), {"mentions": True}, ("U0NEWCOMER",)),
        (("U0NEWCOMER",), {}, ()),
        ((), {"mentions": True, "mention_asker": True}, ("U0REGULAR",)),
        (
            ("U0REGULAR", "U0NEWCOMER"),
            {"mentions": True, "mention_asker": True},
            ("U0REGULAR", "U0NEWCOMER"),
        ),
        (CROWD, {"mentions": True, "mention_asker": True}, (*CROWD[:10], "U0REGULAR")),
    ],
)
def test_a_reply_pings_whom_it_is_for_once_and_no_crowd(
    scene: Scene, mentioned: tuple[str, ...], more: dict[str, Any], front: tuple[str, ...]
) -> None:
    scene.answer(Reply("look", **more), mentions=mentioning(*mentioned))
    assert scene.texts() == [" ".join([*(f"<@{id}>" for id in front), "look"])]


def test_a_reply_by_dm_goes_to_the_asker_and_into_no_thread(scene: Scene) -> None:
    child = scene.slack.say("an answer", thread_ts=scene.said.ts, user="newcomer")
    scene.executor.execute(scene.message(child), matches((Reply("between us", to=Audience.DM),)))
    [post] = scene.slack.posts()
    dm = scene.slack.workspace.conversation(post.channel)
    assert (dm.kind, set(dm.members)) == ("im", {"U0GOPHERBOT", "U0NEWCOMER"})
    assert post.thread_ts is None


@pytest.mark.parametrize(
    ("to", "user"), [(Audience.CHANNEL, None), (Audience.ASKER_ONLY, "U0REGULAR")]
)
def test_long_text_is_an_attachment(scene: Scene, to: Audience, user: str | None) -> None:
    scene.answer(Reply("lead", attachment="*long* text", to=to))
    [post] = scene.slack.posts()
    assert (post.text, post.ephemeral, post.user) == ("lead", user is not None, user)
    [attachment] = post.attachments
    assert {"text": "*long* text", "mrkdwn_in": ["text"]}.items() <= attachment.items()
    assert attachment["fallback"]


def test_a_reply_unfurls_and_takes_a_name_and_an_icon_when_it_says_so(scene: Scene) -> None:
    scene.answer(Reply("https://go.dev", unfurl=True, persona=Persona("Changelog", ":tada:")))
    [post] = scene.slack.posts()
    assert (post.unfurl_links, post.unfurl_media) == (True, True)
    assert post.username == "Changelog"
    assert scene.slack.calls(POST)[0].arguments["icon_emoji"] == ":tada:"


def test_every_post_carries_its_message_rule_and_number(scene: Scene) -> None:
    scene.answer(match([ONE, TWO], trigger="count"))
    payloads = [(post.metadata or {})["event_payload"] for post in scene.slack.posts()]
    assert payloads == [
        {
            "event_id": scene.said.event_id,
            "message": f"{scene.said.channel}:{scene.said.ts}",
            "rule": "command:count",
            "number": number,
        }
        for number in (0, 1)
    ]


def test_a_handler_may_answer_nothing(scene: Scene) -> None:
    scene.answer(None, [], ())
    assert scene.slack.calls() == []


def test_a_handler_gets_the_message_its_argument_and_the_same_chance_again(scene: Scene) -> None:
    asked: list[Ask] = []
    rule = Prefix(trigger="p:", handler=asked.append, source="test.py")
    for _ in range(2):
        scene.answer(Match(rule, "the rest"))
    assert [(ask.argument, ask.message) for ask in asked] == [("the rest", scene.message())] * 2
    assert asked[0].random.random() == asked[1].random.random()


def away(*_: object) -> bool:
    raise redis.ConnectionError("away")


# How often.


def test_a_repeated_event_shows_nothing_twice(scene: Scene) -> None:
    effects: list[Reply | React] = [ONE, React("wave"), PSST, Reply("dm", to=Audience.DM)]
    for worker in ("a", "b", "a"):
        scene.worker(worker).execute(scene.message(), [match(effects)])
    assert scene.texts() == ["one", "psst", "dm"]
    assert scene.calls("reactions.add") == 1


def test_rules_act_in_order_and_each_emoji_is_added_once(scene: Scene) -> None:
    scene.answer(
        ONE,
        match([React("wave"), React("gopher")], Reaction, "a"),
        TWO,
        match([React("gopher"), React("beer")], Reaction, "b"),
        Reply("three"),
    )
    assert scene.texts() == ["one", "two", "three"]
    assert [reaction.emoji for reaction in scene.slack.reactions()] == ["wave", "gopher", "beer"]
    assert scene.calls("reactions.add") == 3


def test_a_rule_that_fails_is_told_and_stops_no_other(scene: Scene) -> None:
    def halfway(ask: Ask) -> Effects:
        yield Reply("half")
        raise RuntimeError("a bug")

    def junk(answer: object) -> Callable[[Ask], Any]:
        return lambda _ask: answer

    bugs = (failing(RuntimeError("a bug")), halfway, junk("a text"), junk([ONE, "a text"]))
    found = happened(scene.answer, *bugs, Reply("fine"))
    assert sorted(found) == sorted([Happened.FAILED] * 4 + [Happened.PERFORMED])
    assert scene.executor.counts.take()[0][counters.FAILED] == 4
    assert scene.texts() == ["fine"]


def test_what_surely_was_not_done_is_tried_again_and_the_rest_is_not_repeated(scene: Scene) -> None:
    answer = partial(scene.answer, ONE, TWO, match(React("wave"), Reaction, "c"), Reply("three"))
    scene.fail("ratelimited", skip=1, retry_after=2)
    scene.fail("ratelimited", "reactions.add", retry_after=7)
    assert delay(answer) == 7, "the longer of the two waits"
    assert scene.texts() == ["one", "three"]
    answer()
    assert scene.texts() == ["one", "three", "two"]
    assert len(scene.slack.reactions()) == 1
    calls = len(scene.slack.calls())
    answer()
    assert len(scene.slack.calls()) == calls


def test_a_handler_may_ask_to_be_run_again(scene: Scene) -> None:
    not_yet = failing(RetryLater("the file is not there yet", delay=3))
    assert delay(scene.answer, not_yet, Reply("fine")) == 3
    assert scene.texts() == ["fine"]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_rule_whose_service_is_away_is_run_again(scene: Scene, error: Exception) -> None:
    assert happened(delay, scene.answer, failing(error)) == [], "the rule is all right"
    scene.answer(ONE)
    assert scene.texts() == ["one"]


def test_the_replies_of_a_rule_keep_their_order_though_the_first_is_limited(scene: Scene) -> None:
    scene.fail("ratelimited", retry_after=0)
    delay(scene.answer, [ONE, TWO], Reply("other"))
    scene.answer([ONE, TWO], Reply("other"))
    assert scene.texts() == ["other", "one", "two"]


@pytest.mark.parametrize(
    "word", ["channel_not_found", "not_in_channel", "is_archived", "missing_scope", "no_permission"]
)
def test_a_permanent_refusal_is_the_end_of_it(scene: Scene, word: str) -> None:
    scene.fail("error", "*", error=word, times=None)
    journal.begin()
    scene.answer([ONE, React("wave")])
    attempt = journal.end()
    assert attempt
    assert attempt.happened == {Happened.REJECTED: 2}
    assert " ".join(attempt.notes).count(word) == 2
    assert happened(scene.answer, [ONE, React("wave")]) == [Happened.SETTLED] * 2
    assert [call.method for call in scene.slack.calls()] == [POST, "reactions.add"]


def test_a_text_that_slack_finds_too_long_is_given_up(scene: Scene) -> None:
    scene.answer([Reply("x" * 50_000), Reply("short")])
    assert scene.texts() == ["short"]


PLACES = pytest.mark.parametrize("place", ["channel", "thread", "dm"])


def asked_in(scene: Scene, place: str) -> Reply:
    if place == "thread":
        scene.said = scene.slack.say("more", thread_ts=scene.said.ts)
    return Reply("one", to=Audience.DM if place == "dm" else Audience.CHANNEL)


@pytest.mark.parametrize("kind", ["cut_after", "cut_during"])
@PLACES
def test_post_made_in_doubt_is_found_not_repeated(scene: Scene, kind: str, place: str) -> None:
    reply = asked_in(scene, place)
    scene.fail(kind)
    assert delay(scene.answer, reply) == DOUBT_SECONDS
    assert happened(scene.answer, reply) == [Happened.PERFORMED]
    assert happened(scene.answer, reply) == [Happened.SETTLED]
    assert scene.texts() == ["one"]
    assert scene.calls(POST) == 1


@pytest.mark.parametrize("kind", ["cut_before", "server_error", "wrong_content_type"])
@PLACES
def test_post_not_made_in_doubt_is_made_again(scene: Scene, kind: str, place: str) -> None:
    reply = asked_in(scene, place)
    scene.fail(kind)
    delay(scene.answer, reply)
    scene.answer(reply)
    assert scene.texts() == ["one"]


def test_what_cannot_be_looked_up_is_left_silent(scene: Scene) -> None:
    scene.fail("cut_before")
    delay(scene.answer, ONE)
    scene.slack.web_api.scopes = {"chat:write"}
    assert happened(scene.answer, ONE) == [Happened.UNKNOWN]
    assert happened(scene.answer, ONE) == [Happened.SETTLED]
    assert scene.texts() == []
    assert scene.calls(POST) == 1


def test_a_look_that_is_limited_waits_as_long_as_slack_says(scene: Scene) -> None:
    scene.fail("cut_after")
    scene.fail("ratelimited", LOOK, retry_after=4)
    assert [delay(scene.answer, ONE) for _ in range(2)] == [DOUBT_SECONDS, 4]


def test_a_look_that_fails_leaves_the_effect_to_whoever_comes_next(scene: Scene) -> None:
    scene.fail("cut_after")
    scene.fail("cut_before", LOOK)
    for _ in range(2):
        delay(scene.answer, ONE)
    # Another worker, while the first one lives: its lease is not waited for.
    scene.worker("b").execute(scene.message(), matches((ONE,)))
    assert scene.texts() == ["one"]
    assert scene.calls(POST) == 1


@pytest.mark.parametrize("is_noted", [True, False])
def test_what_was_struck_in_the_middle_is_looked_for_first(scene: Scene, is_noted: bool) -> None:
    post = scene.executor.slack.post

    def struck(*arguments: Any, **more: Any) -> str:
        post(*arguments, **more)
        raise TimeIsUp

    with scene.patch.context() as patch:
        patch.setattr(scene.executor.slack, "post", struck)
        if not is_noted:
            patch.setattr(Attempt, "doubt", away)
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


def test_answer_that_would_be_late_after_a_second_look_comes_after_the_first(
    scene: Scene,
) -> None:
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
        with scene.patch.context() as later, other.attempt(scene.message().id) as attempt:
            later.setattr(LEASE, 0)
            attempt.claim("command:t#0")
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
    with scene.ledger("b").attempt(scene.message().id) as attempt:
        attempt.claim("command:t#0")
        assert 0 < (delay(scene.answer, ONE) or 0) < LEASE_SECONDS / 2, "it may be done any moment"
    assert scene.texts() == []


@pytest.mark.parametrize("posted", [True, False])
def test_what_a_dead_worker_was_at_is_looked_for_first(scene: Scene, posted: bool) -> None:
    with scene.ledger("dead").attempt(scene.message().id) as attempt:
        attempt.claim("command:t#0")
    scene.client.hdel(keys.processes(APP), "dead")
    if posted:
        mark = ReplyMetadata(scene.message().id, "command:t", 0)
        scene.executor.slack.post(scene.said.channel, "one", mark)
    scene.answer(ONE)
    assert scene.texts() == ["one"]
    assert scene.calls(LOOK) == 1


# Redis loses its data, or is away when something is to be noted.


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
            patch.setattr(Attempt, "doubt", away)
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
        patch.setattr(Attempt, "settle", away)
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
        with ledger.attempt(id) as attempt:
            memory.add(attempt, "command:t#0", {})
            memory.mark_unrecorded(id)
    known = [memory.find(id, "command:t#0") is not None for id in (first, second, third)]
    assert known == [True, False, True], "what is longest ago is forgotten"
    memory.record_pending()
    assert memory.find(first, "command:u#0") is None
    scene.patch.setattr("gopherbot.effects.exactly_once.KEPT_SECONDS", 0)
    assert memory.find(first, "command:t#0") is None, "no longer than the ledger does"


def test_a_doubt_that_comes_while_another_is_being_written_is_kept(scene: Scene) -> None:
    memory, ledger = scene.executor.exactly_once.memory, scene.executor.exactly_once.ledger
    settle = Attempt.settle

    def meanwhile(attempt: Attempt, effect: str, posted: Any) -> bool:
        written = settle(attempt, effect, posted)
        if effect == "command:t#0":
            memory.add(attempt, "command:u#0", {})
            memory.mark_unrecorded("C1:1.0")
        return written

    with ledger.attempt("C1:1.0") as attempt:
        memory.add(attempt, "command:t#0", {})
        memory.mark_unrecorded("C1:1.0")
        with scene.patch.context() as patch:
            patch.setattr(Attempt, "settle", meanwhile)
            memory.record_pending()
        memory.record_pending()
    assert scene.client.hkeys(keys.ledger(APP, "C1:1.0")) == [b"command:t#0", b"command:u#0"]


# Shadow mode: `docs/behaviour.md` as a table.

ALWAYS, ADDRESSED, NEVER = (True, True), (False, True), (False, False)


@pytest.mark.parametrize(
    ("rule_class", "acts"),
    [
        (Command, ALWAYS),  # it fires only when addressed
        (Reaction, ADDRESSED),
        (Contains, ADDRESSED),
        (Prefix, ADDRESSED),
        (Always, NEVER),
        (TeamJoin, NEVER),
        (ChannelJoin, NEVER),
    ],
)
@pytest.mark.parametrize("how", ["beside it", "by mention", "by dm"])
def test_in_shadow_mode_a_rule_acts_only_where_it_was_asked_to(
    scene: Scene,
    capsys: pytest.CaptureFixture[str],
    rule_class: type[Rule],
    acts: tuple[bool, bool],
    how: str,
) -> None:
    ran: list[Ask] = []

    def handler(ask: Ask) -> Effects:
        ran.append(ask)
        return ONE

    mentions = mentioning("U0GOPHERBOT") if how == "by mention" else ()
    asked = scene.message(direct=how == "by dm", mentions=mentions)
    act = partial(scene.worker("a", shadow=True).execute, asked, [match(handler, rule_class)])
    expected = acts[how != "beside it"]
    assert happened(act) == [Happened.PERFORMED if expected else Happened.WITHHELD]
    assert bool(scene.slack.posts()) is bool(ran) is expected
    assert ("shadow mode" in capsys.readouterr().out) is not expected


def test_shadow_mode_follows_edits_of_command_answers_and_no_deletion(
    scene: Scene,
) -> None:
    scene.answer(ONE, match(React("wave"), Reaction, "u"), match(Reply("see"), Contains, "v"))
    scene.executor = scene.worker("a", shadow=True)
    rules = matches((TWO, match(Reply("look"), Contains, "v")))
    scene.executor.follow_edit(scene.edited(direct=True), rules)
    assert scene.standing() == ["two", "see"]
    scene.executor.follow_deletion(scene.edited(2))
    assert scene.standing() == ["two", "see"]
    assert scene.calls("reactions.remove") == 0


def test_in_shadow_mode_a_cross_is_dealt_with_at_once(scene: Scene) -> None:
    retract = scene.worker("a", shadow=True).retract
    assert retract("C1", "1.0", "U1", moderators=frozenset(), patient=True)


# What watchers announce.


@pytest.fixture
def announce(scene: Scene) -> Callable[[], Happened]:
    reply = Reply("cl 1")
    return lambda: scene.executor.announce("gerrit/1", "watcher:gerrit", "C0VP8EF3R", reply)


Announce = Callable[[], Happened]


def test_watcher_announces_once_an_hour_for_good(scene: Scene, announce: Announce) -> None:
    """A show may be on the air again the next day."""
    assert [announce(), announce()] == [Happened.ANNOUNCED, Happened.SETTLED]
    [post] = scene.slack.posts("golang-cls")
    assert post.text == "cl 1"
    assert 0 < scene.client.ttl(keys.ledger(APP, "gerrit/1")) <= 3600
    assert not scene.executor.retract(
        post.channel, post.ts, "U0MODERATOR", moderators={"U0MODERATOR"}, patient=True
    )


@pytest.mark.parametrize(("kind", "calls"), [("cut_after", 1), ("cut_before", 2)])
def test_a_watchers_post_in_doubt_is_looked_up(
    scene: Scene, announce: Announce, kind: str, calls: int
) -> None:
    scene.fail(kind)
    delay(announce)
    with scene.patch.context() as late:
        late.setattr(HISTORY, 6.0)
        if kind == "cut_before":
            assert 0 < (delay(announce) or 0) <= 6
    announce()
    assert len(scene.slack.posts("golang-cls")) == 1
    assert scene.calls(POST) == calls


def test_rejected_watchers_post_may_be_tried_again(scene: Scene, announce: Announce) -> None:
    scene.fail("error", error="not_in_channel")
    with pytest.raises(Rejected, match="not_in_channel"):
        announce()
    assert scene.texts() == []
    assert [announce(), announce()] == [Happened.ANNOUNCED, Happened.SETTLED]
    assert scene.texts() == ["cl 1"]
