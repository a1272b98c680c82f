"""What Redis knows of a message, as `why` collects it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
import redis

from gopherbot import table
from gopherbot.commands.why import Sources
from gopherbot.commands.why.story import Subject
from gopherbot.dev.bot import APP
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.queues import messages
from gopherbot.storage import keys

PUBLIC, JOIN = table.MESSAGE_PUBLIC, table.TEAM_JOIN
ASKED = Subject(channel="C1", ts="1700000000.000001")
CAUSE = "its worker died twice while it worked on it"


@pytest.fixture
def evidence(redis_client: redis.Redis) -> Sources:
    return Sources(redis_client, APP)


def packed(event_id: str = "Ev1", ts: str = ASKED.ts, **options: Any) -> bytes:
    """Return the message of an event that was queued eight seconds ago."""
    event = {"event_id": event_id, "event": {"channel": ASKED.channel, "ts": ts}}
    message = msgspec.json.decode(messages.pack(PUBLIC, PUBLIC, msgspec.json.encode(event)).data)
    message["options"] |= options
    message["message_timestamp"] -= 8000
    return msgspec.json.encode(message)


@pytest.mark.parametrize(
    ("subject", "known"), [(ASKED, []), (Subject(event="Ev1"), []), (Subject(ts="2.2"), ["Ev1"])]
)
def test_a_message_is_found_wherever_it_is(
    evidence: Sources, subject: Subject, known: Iterable[str]
) -> None:
    places = [
        (keys.messages(APP, PUBLIC), packed()),
        (keys.messages(APP, keys.delayed(PUBLIC)), packed()),
        (keys.dead_messages(APP, JOIN), packed(died_of=CAUSE)),
    ]
    for key, data in places:
        strange = messages.pack(PUBLIC, "a_job").data
        others: dict[Any, Any] = {"other": packed("Ev2", "3.3"), "junk": b"{", "job": strange}
        evidence.client.hset(key, mapping=others | {"a": data})
    found = evidence.queued(subject, set(known))
    assert [(each.queue, each.event, each.dead, each.died_of) for each in found] == [
        (PUBLIC, "Ev1", False, ""),
        (PUBLIC, "Ev1", False, ""),
        (JOIN, "Ev1", True, CAUSE),
    ]
    assert all(8 <= each.waited < 100 for each in found)


def test_what_had_events_and_is_silent_for_longer_than_its_lease_died(evidence: Sources) -> None:
    now = int(time.time() * 1000)
    for key, kind, dyno, silent in (
        (keys.processes(APP), "worker", "silent", 11),
        (keys.processes(APP), "worker", "alive", 5),
        (keys.processes(APP), "scheduler", "no-events", 11),
        (keys.gone_processes(APP), "web", "reaped", 5),
    ):
        seen, info = now - silent * 1000, msgspec.json.encode(ProcessInfo(kind, dyno)).decode()
        evidence.client.hset(key, dyno, f"{seen} {seen} 10000 {info}")
    evidence.client.hset(keys.processes(APP), "of another release", "{}")
    found = evidence.died()
    assert [(each.kind, each.process) for each in found] == [
        ("worker", "silent"),
        ("web", "reaped"),
    ]
    assert now / 1000 - found[0].at == pytest.approx(11, abs=0.01)
