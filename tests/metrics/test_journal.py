"""The journal: bounded in Redis, whatever is written, and lost by no outage of Redis."""

from __future__ import annotations

import redis
from conftest import SettingsFor

from gopherbot.metrics import journal
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.metrics.journal import Ended, Happened, Journal, Kind, Record
from gopherbot.storage import keys

MIB = 1024 * 1024


def record(number: int, at: int = 0) -> Record:
    return Record(
        Kind.HANDLED,
        at or journal.now_ms(),
        f"Ev{number:09}",
        Ended.DONE,
        "C029RQSEE",
        "1700000000.123456",
        queue="slack_message_public",
        process="worker.1",
        notes=["performed command:flip a coin:0"],
    )


def beating(client: redis.Redis, settings_for: SettingsFor, counts: Counts) -> Heartbeat:
    heartbeat = Heartbeat(client, settings_for().identity, "worker", counts)
    heartbeat.id = "a-process"
    return heartbeat


def test_what_is_written_is_read_again_in_order(
    redis_client: redis.Redis, settings_for: SettingsFor
) -> None:
    counts = Counts()
    heartbeat = beating(redis_client, settings_for, counts)
    for number in range(100):
        counts.journal.add(record(number))
        if number % 7 == 0:
            heartbeat._beat()
    heartbeat._beat()
    read = journal.read(redis_client, settings_for().identity.app)
    assert [each.event for each in read] == [f"Ev{number:09}" for number in range(100)]


def test_the_ring_is_never_larger_than_one_mebibyte(
    redis_client: redis.Redis, settings_for: SettingsFor
) -> None:
    counts = Counts()
    heartbeat = beating(redis_client, settings_for, counts)
    app = settings_for().identity.app
    for batch in range(30):
        for number in range(400):
            counts.journal.add(record(batch * 1000 + number))
        heartbeat._beat()
    used = int(redis_client.memory_usage(keys.journal(app), samples=0) or 0)
    assert 0.8 * MIB < used <= MIB
    kept = journal.read(redis_client, app)
    assert kept[-1].event == f"Ev{29399:09}"
    assert len(kept) > 5000
    assert 0 < redis_client.ttl(keys.journal(app)) <= journal.KEPT_SECONDS


def test_what_is_older_than_two_days_is_not_told(
    redis_client: redis.Redis, settings_for: SettingsFor
) -> None:
    counts = Counts()
    heartbeat = beating(redis_client, settings_for, counts)
    counts.journal.add(record(1, at=journal.now_ms() - 49 * 3600 * 1000))
    heartbeat._beat()
    counts.journal.add(record(2))
    heartbeat._beat()
    [kept] = journal.read(redis_client, settings_for().identity.app)
    assert kept.event == f"Ev{2:09}"


def test_what_redis_did_not_take_is_given_back_in_order() -> None:
    waiting = Journal()
    for number in range(60):
        waiting.add(record(number))
    chunks = waiting.take()
    assert not waiting
    waiting.add(record(60))
    waiting.give_back(chunks)
    lines = b"".join(waiting.take()).splitlines()
    events = [f'"Ev{number:09}"'.encode() in line for number, line in enumerate(lines)]
    assert len(events) == 61
    assert all(events)


def test_without_an_event_nothing_is_noted() -> None:
    journal.note(Happened.PERFORMED, "nothing")
    assert journal.end() is None
