"""The journal: bounded in Redis, whatever is written, and lost by no outage of Redis."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis
from conftest import SettingsFor

from gopherbot.metrics import journal
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.metrics.journal import Ended, Happened, Journal, Record, RecordKind
from gopherbot.storage import keys

MIB = 1024 * 1024


def record(number: int, at: int = 0) -> Record:
    return Record(
        RecordKind.HANDLED,
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


def test_what_was_written_yesterday_is_kept_beside_what_is_new(
    redis_client: redis.Redis, settings_for: SettingsFor
) -> None:
    """The ring drops what is older than two days, and the reader would hide that it drops more."""
    counts = Counts()
    heartbeat = beating(redis_client, settings_for, counts)
    for number, hours in enumerate((47, 20, 0)):
        counts.journal.add(record(number, at=journal.now_ms() - hours * 3600 * 1000))
        heartbeat._beat()
    kept = journal.read(redis_client, settings_for().identity.app)
    assert [each.event for each in kept] == [f"Ev{number:09}" for number in range(3)]


def test_what_redis_did_not_take_is_written_later_in_order(
    redis_client: redis.Redis, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts()
    heartbeat = beating(redis_client, settings_for, counts)
    for number in range(60):
        counts.journal.add(record(number))
    with monkeypatch.context() as outage:
        outage.setattr(heartbeat, "_script", raises(redis.ConnectionError("away")))
        assert not heartbeat._beat()
    counts.journal.add(record(60))
    assert heartbeat._beat()
    assert heartbeat._beat()
    kept = journal.read(redis_client, settings_for().identity.app)
    assert [each.event for each in kept] == [f"Ev{number:09}" for number in range(61)]


def raises(error: Exception) -> Callable[..., None]:
    def fail(**_: object) -> None:
        raise error

    return fail


def test_a_line_of_another_version_hides_no_other(
    redis_client: redis.Redis, settings_for: SettingsFor
) -> None:
    app, waiting = settings_for().identity.app, Journal()
    waiting.add(record(1))
    redis_client.rpush(keys.journal(app), b'["z",1]\n' + waiting.take()[0])
    assert [each.event for each in journal.read(redis_client, app)] == [f"Ev{1:09}"]


def test_without_an_event_nothing_is_noted() -> None:
    journal.note(Happened.PERFORMED, "nothing")
    assert journal.end() is None


def test_of_many_notes_the_bad_ones_are_kept() -> None:
    journal.begin()
    for number in range(20):
        journal.note(Happened.PERFORMED, f"react:{number}")
    journal.note(Happened.REJECTED, "command:x#0 not_in_channel")
    for number in range(20):
        journal.note(Happened.PERFORMED, f"react:again-{number}")
    attempt = journal.end()
    assert attempt
    assert len(attempt.notes) == 8
    assert attempt.notes[0] == "performed react:0"
    assert "rejected command:x#0 not_in_channel" in attempt.notes
