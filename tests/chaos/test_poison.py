"""Fault 6: what nobody can read, through the gateway and straight into the queues."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import hypothesis
import msgspec
import urllib3
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pace import load_adjusted

from gopherbot.queues import messages
from gopherbot.queues.worker.broker import MessageEncoder
from gopherbot.table import (
    BACKGROUND,
    CHANNEL_JOIN,
    EVENT_QUEUES,
    MESSAGE_PRIVATE,
    MESSAGE_PUBLIC,
    TEAM_JOIN,
)
from slack_simulator import Simulator
from slack_simulator.events.delivery import Answer
from slack_simulator.events.envelopes import wrap

from .harness import RETRY_DELAYS, Bot, seed
from .load import ADDRESSED_COIN
from .trial import Trial

EXAMPLES = int(os.environ.get("CHAOS_EXAMPLES") or 150)
AT_ONCE_SECONDS = 2.0

Json = Any

bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

numbers = st.one_of(
    st.integers(), st.floats(), st.sampled_from([0, -1, 2**63, 2**64, 10**30, 10**400, 1e308, -0.0])
)
# Lone surrogates too: JSON can write them.
texts = st.one_of(st.text(st.characters(), max_size=40), st.sampled_from(["", "\x00", "\ud800"]))
leaves = st.one_of(st.none(), st.booleans(), numbers, texts)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def paths(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the way to every field of a JSON value."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


@st.composite
def spoiled(draw: st.DrawFn, whole: Callable[[], Json]) -> Json:
    """A value of this shape with one to three fields replaced by anything, or taken away."""
    value = whole()
    for _ in range(draw(st.integers(1, 3))):
        ways = list(paths(value))
        if not ways:
            break
        *way, last = draw(st.sampled_from(ways))
        inner = value
        for key in way:
            inner = inner[key]
        if isinstance(inner, dict) and draw(st.integers(0, 5)) == 0:
            del inner[last]
        else:
            inner[last] = draw(anything)
    return value


_numbers = itertools.count()


def envelopes(slack: Simulator) -> list[Callable[[], Json]]:
    """Return makers of one good envelope for each type of event."""

    def whole(event: Json) -> Json:
        return json.loads(wrap(slack.identity, event).body)

    def message() -> Json:
        file = {"id": "F1", "name": "a.png", "mimetype": "image/png", "size": 3}
        return whole(
            {
                "type": "message",
                "subtype": None,
                "channel": "C029RQSEE",
                "channel_type": "channel",
                "user": "U0REGULAR",
                "text": f"{ADDRESSED_COIN} bbq",
                # Fresh for a few seconds more: what is tried again is soon dropped.
                "ts": f"{time.time() - 24:.6f}",
                "thread_ts": None,
                "bot_id": None,
                "files": [file],
            }
        )

    def team_join() -> Json:
        return whole({"type": "team_join", "user": {"id": "U0REGULAR", "is_bot": False}})

    def channel_join() -> Json:
        event = {"type": "member_joined_channel", "user": "U0NEWCOMER", "channel": "C02A8LZKT"}
        return whole(event)

    return [message, message, team_join, channel_join]


@contextmanager
def beside_good_traffic(trial: Trial, fault: str) -> Iterator[list[str]]:
    """Say good things during the block and at its end; none may be lost, no process may end.

    What the block puts into the list is the row's note.
    """
    note: list[str] = []
    with trial.nothing_restarted():
        before = trial.load(10, 10.0)
        yield note
        before.finish()
        after = trial.load(4, 40.0)
        trial.finish(after)
        trial.check(fault, trial.judge.verdict(before.said | after.said), "; ".join(note))
    behind = trial.judge.verdict(after.said)
    assert behind.slowest < load_adjusted(AT_ONCE_SECONDS), "the queue was blocked"


def deliver(slack: Simulator, body: bytes) -> Answer:
    """Deliver it as Slack does: again if the gateway is late or cannot take it now."""
    for wait in RETRY_DELAYS:
        with suppress(urllib3.exceptions.HTTPError):
            answer = slack.deliver_raw(body)
            if answer.status != 503:
                return answer
        time.sleep(wait)
    raise AssertionError("the gateway did not take it")


def dead_letter_lines(bot: Bot) -> int:
    return sum("dead-lettered" in str(line.get("event")) for line in bot.lines())


def test_any_json_in_any_field_of_an_event(trial: Trial) -> None:
    makers = envelopes(trial.slack)
    statuses: set[int] = set()

    @hypothesis.seed(seed())
    @bounded
    @given(st.one_of(*(spoiled(maker) for maker in makers)))
    def send(envelope: Json) -> None:
        answer = deliver(trial.slack, json.dumps(envelope).encode())
        statuses.add(answer.status)
        assert answer.status in {200, 403, 422}, (answer, envelope)
        assert len(answer.body) < 500

    with beside_good_traffic(trial, "Events of every JSON shape") as note:
        send()
        trial.finish()
        dead = trial.inside.all_dead()
        note.append(f"{EXAMPLES} events, {len(dead)} dead letters")
    assert {200, 422} <= statuses
    assert len(dead) == dead_letter_lines(trial.bot), "each is logged once"
    bodies = [msgspec.json.decode(data)["args"][0] for data in dead.values() if readable(data)]
    assert all(bodies.count(body) == 1 for body in bodies), "one was dead-lettered twice"


def readable(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


# Without a moderation.toml, no worker serves the queue of interactions.
LISTS = [*EVENT_QUEUES, *(f"{queue}.DQ" for queue in EVENT_QUEUES)]


def messages_for_actors(slack: Simulator) -> list[Callable[[], Json]]:
    """Return makers of what stands in a queue, as JSON: one for each actor."""

    def for_actor(queue: str, actor: str, envelope: Callable[[], Json]) -> Json:
        body = json.dumps(envelope()).encode()
        whole = msgspec.json.decode(messages.pack(queue, actor, body, None).data)
        whole["options"] |= {"eta": 1, "retries": 1, "time_limit": 1000, "priority": 1}
        return whole

    message, _, team_join, channel_join = envelopes(slack)
    return [
        partial(for_actor, MESSAGE_PUBLIC, MESSAGE_PUBLIC, message),
        partial(for_actor, MESSAGE_PRIVATE, MESSAGE_PRIVATE, message),
        partial(for_actor, TEAM_JOIN, TEAM_JOIN, team_join),
        partial(for_actor, CHANNEL_JOIN, CHANNEL_JOIN, channel_join),
        partial(for_actor, BACKGROUND, "channel_cache", message),
    ]


def test_anything_in_the_queues(trial: Trial) -> None:
    """Junk, and Dramatiq's own messages with anything in their fields."""
    undecodable: list[str] = []

    @hypothesis.seed(seed())
    @bounded
    @given(
        st.sampled_from(LISTS),
        st.one_of(st.binary(max_size=64), *(spoiled(m) for m in messages_for_actors(trial.slack))),
    )
    def put(queue: str, what: bytes | Json) -> None:
        if isinstance(what, dict) and queue.endswith(".DQ") and is_far_ahead(what):
            return
        data = what if isinstance(what, bytes) else json.dumps(what).encode()
        id = f"poison-{next(_numbers)}"
        if not decodes(data):
            undecodable.append(id)
        trial.inside.put(queue, data, id)

    with beside_good_traffic(trial, "Anything in the queues") as note:
        put()
        trial.finish()
        dead = trial.inside.all_dead()
        note.append(f"{EXAMPLES} messages, {len(dead)} dead letters")
    lines = trial.bot.lines()
    stale = sum(line["count"] for line in lines if line.get("event") == "dropped stale messages")
    gone = set(undecodable) - set(dead)
    assert len(gone) <= stale, "what nobody can decode is kept, unless it's too old for anybody"
    told = [line for line in lines if line.get("event") == "unreadable message dead-lettered"]
    assert len(told) == len(undecodable) - len(gone), "each is logged once"


def is_far_ahead(message: Json) -> bool:
    """Whether it is delayed for so long, and in good order, that it just waits."""
    eta = message.get("options")
    eta = eta.get("eta") if isinstance(eta, dict) else None
    return isinstance(eta, int | float) and eta > time.time() * 1000


def decodes(data: bytes) -> bool:
    try:
        MessageEncoder().decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


DEEP = 100_000


MONSTERS = {
    "nested text": b'"text": %s1%s' % (b"[" * DEEP, b"]" * DEEP),
    "nested objects": b'"text": "x", "blocks": %s1%s' % (b'{"a":' * DEEP, b"}" * DEEP),
    "never closed": b'"text": "x", "blocks": %s' % (b"[" * DEEP),
    "a megabyte of text": b'"text": "%s bbq"' % (b"gophers & friends " * 60_000),
    "a megabyte of brackets": b'"text": "%s bbq"' % (b"<@U<#C<!" * 130_000),
    "a megabyte of escapes": b'"text": "%s bbq"' % (b"&amp;" * 200_000),
    "10,000 mentions": b'"text": "%s bbq"' % (b"<@U0REGULAR> " * 10_000),
    "10,000 people": b'"text": "%s bbq"' % b" ".join(b"<@U%08d>" % n for n in range(10_000)),
    "an endless id": b'"text": "x", "client_msg_id": "%s"' % (b"9" * 1_900_000),
}


def monster(slack: Simulator, number: int, fields: bytes) -> bytes:
    return (
        b'{"type":"event_callback","api_app_id":"%s","team_id":"%s","event_id":"EvBig%d",'
        b'"event_time":%d,"event":{"type":"message","channel":"C029RQSEE","user":"U0REGULAR",'
        b'"channel_type":"channel","ts":"%.6f",%s}}'
    ) % (
        *(slack.identity.app_id.encode(), slack.identity.team_id.encode(), number, time.time()),
        *(time.time(), fields),
    )


def test_monsters(trial: Trial) -> None:
    """Five of each, and good messages right behind them."""
    number = itertools.count()
    with trial.nothing_restarted():
        for name, fields in MONSTERS.items():
            bodies = [monster(trial.slack, next(number), fields) for _ in range(5)]
            statuses = [deliver(trial.slack, body).status for body in bodies]
            assert set(statuses) <= {200, 422}
            verdict = trial.check(
                f"Behind {name} x5", trial.load(6, 30.0), f"answered {statuses[0]}"
            )
            assert verdict.slowest < load_adjusted(AT_ONCE_SECONDS), "the queue was blocked"
    assert dead_letter_lines(trial.bot) == len(trial.inside.all_dead())
