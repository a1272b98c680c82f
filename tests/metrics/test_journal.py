"""The journal: bounded in Redis, whatever is written, and lost by no outage of Redis."""

from __future__ import annotations

import time

import msgspec
import pytest
import redis

from gopherbot.dev.bot import APP
from gopherbot.metrics import journal
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.metrics.journal import Ended, Happened, Journal, Record, RecordKind
from gopherbot.settings import Identity
from gopherbot.storage import keys
from gopherbot.storage.client import text

MIB = 1024 * 1024
HOUR = 60 * 60 * 1000


def record(number: int, hours_ago: float = 0) -> Record:
    return Record(
        RecordKind.HANDLED,
        int(journal.now_ms() - hours_ago * HOUR),
        f"Ev{number:09}",
        Ended.DONE,
        "C029RQSEE",
        "1700000000.123456",
        queue="slack_message_public",
        notes=["performed command:flip a coin:0"],
    )


@pytest.fixture
def beating(redis_client: redis.Redis) -> Heartbeat:
    heartbeat = Heartbeat(redis_client, Identity(app=APP, dyno="worker.1"), "worker", Counts())
    heartbeat.id = "a-process"
    return heartbeat


def numbers(beating: Heartbeat) -> list[int]:
    return [int(each.event[2:]) for each in journal.read(beating.client, APP)]


def test_what_is_written_is_read_again_in_the_order_of_its_time(beating: Heartbeat) -> None:
    for number in range(100):
        beating.counts.journal.add(record(number, hours_ago=0.5 - number / 1000))
        if number % 7 == 0:
            assert beating._beat()
    late = record(100, hours_ago=1)
    late.process = "worker.2"
    beating.counts.journal.add(late)
    assert beating._beat()
    assert numbers(beating) == [100, *range(100)]
    first, second, *_ = journal.read(beating.client, APP)
    assert (first.process, second.process) == ("worker.2", "worker.1")
    # A chunk with room takes more.
    assert beating.client.llen(keys.journal(APP)) < 15


def test_the_ring_is_never_larger_than_one_mebibyte(beating: Heartbeat) -> None:
    for batch in range(30):
        for number in range(400):
            beating.counts.journal.add(record(batch * 1000 + number))
        beating._beat()
    used = int(beating.client.memory_usage(keys.journal(APP), samples=0) or 0)
    assert 0.8 * MIB < used <= MIB
    kept = numbers(beating)
    assert kept[-1] == 29399
    assert len(kept) > 5000
    assert 0 < beating.client.ttl(keys.journal(APP)) <= journal.KEPT_SECONDS


def test_records_over_two_days_old_are_gone(beating: Heartbeat) -> None:
    # The ring drops what is older, and the reader would hide that it drops more.
    for number in range(2):
        line = msgspec.json.encode(record(number, hours_ago=51))
        beating.client.rpush(keys.journal(APP), line + b"\n")
    for number, hours, left in ((2, 49.1, 1), (3, 47, 1), (4, 20, 2), (5, 0.9, 3), (6, 0, 3)):
        beating.counts.journal.add(record(number, hours))
        beating._beat()
        assert beating.client.llen(keys.journal(APP)) == left, "two old chunks go for a new one"
    assert numbers(beating) == [3, 4, 5, 6]
    chunks = beating.client.lrange(keys.journal(APP), 0, -1)
    assert [text(chunk).count("\n") for chunk in chunks] == [1, 1, 2], (
        "a chunk is filled for an hour"
    )


def test_what_waits_for_redis_is_bounded_and_the_oldest_goes() -> None:
    waiting = Journal()
    for number in range(journal._MOST_WAITING + 1):
        waiting.add(record(number))
    chunks = waiting.take()
    lines = b"".join(chunks).splitlines()
    assert len(lines) == journal._MOST_WAITING
    assert msgspec.json.decode(lines[0], type=Record).event == f"Ev{1:09}"
    assert max(map(len, chunks)) <= journal.CHUNK_BYTES
    assert not waiting


def test_a_line_of_another_version_hides_no_other(beating: Heartbeat) -> None:
    line = msgspec.json.encode(record(1))
    beating.client.rpush(keys.journal(APP), b'["z",1]\n%s\n' % line)
    assert numbers(beating) == [1]


def test_without_an_event_nothing_is_noted() -> None:
    journal.note(Happened.PERFORMED, "nothing")
    journal.note_rules(["a rule"])
    assert journal.end() is None


def test_of_many_notes_the_bad_ones_are_kept() -> None:
    before = time.thread_time()
    journal.begin()
    journal.note_rules(f"rule {number}" for number in range(20))
    for number in range(20):
        journal.note(Happened.PERFORMED, f"react:{number}")
    journal.note(Happened.REJECTED, "command:x#0 not_in_channel")
    journal.note(Happened.FAILED, "y" * 200)
    journal.note(Happened.PERFORMED, "react:again")
    attempt = journal.end()
    assert attempt
    assert attempt.notes == [
        *(f"performed react:{number}" for number in range(6)),
        "rejected command:x#0 not_in_channel",
        f"failed {'y' * 113}",
    ]
    assert attempt.rules == [f"rule {number}" for number in range(8)]
    assert attempt.happened[Happened.PERFORMED] == 21
    assert attempt.computed <= time.thread_time() - before
    assert journal.end() is None
