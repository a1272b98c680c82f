"""What Redis knows of a message, as `why` collects it."""

from __future__ import annotations

import time

import msgspec
import redis

from gopherbot import table
from gopherbot.commands.why import Sources
from gopherbot.commands.why.story import Subject
from gopherbot.dev.bot import APP
from gopherbot.effects.posted import PostedAnswer, taken_key
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.queues import messages
from gopherbot.storage import keys

PUBLIC = table.MESSAGE_PUBLIC
ASKED = Subject(channel="C1", ts="1700000000.000001")
CAUSE = "its worker died twice while it worked on it"


def test_a_dead_letter_comes_with_its_cause(redis_client: redis.Redis) -> None:
    event = {"event_id": "Ev1", "event": {"channel": ASKED.channel, "ts": ASKED.ts}}
    packed = messages.pack(PUBLIC, PUBLIC, msgspec.json.encode(event), None)
    message = msgspec.json.decode(packed.data)
    message["options"] |= {"died_of": CAUSE}
    redis_client.hset(keys.dead_messages(APP, PUBLIC), "a", msgspec.json.encode(message))
    [found] = Sources(redis_client, APP).queued(ASKED, set())
    assert (found.event, found.queue, found.dead, found.died_of) == ("Ev1", PUBLIC, True, CAUSE)


def test_a_process_that_is_silent_for_longer_than_its_lease_died(redis_client: redis.Redis) -> None:
    now = int(time.time() * 1000)
    for name, silent in (("worker.1", 11), ("worker.2", 5)):
        seen, info = now - silent * 1000, ProcessInfo("worker", name)
        entry = f"{seen} {seen} 10000 {msgspec.json.encode(info).decode()}"
        redis_client.hset(keys.processes(APP), name, entry)
    assert [each.process for each in Sources(redis_client, APP).died()] == ["worker.1"]


def test_an_answer_that_was_taken_back_does_not_stand(redis_client: redis.Redis) -> None:
    answers = {
        "command:x#0": PostedAnswer("reply", "C1", "1700000000.000002").encode(),
        taken_key("digest"): PostedAnswer("taken", "C1", "1700000000.000003").encode(),
        "@asker": "U1",
    }
    for key, value in answers.items():
        redis_client.hset(keys.answers(APP, f"{ASKED.channel}:{ASKED.ts}"), key, value)
    ledger = Sources(redis_client, APP).ledger(ASKED)
    assert ledger.posted == ["the answer of command:x is in C1 at 1700000000.000002"]
    assert ledger.taken == ["an answer was taken back in C1 at 1700000000.000003"]
