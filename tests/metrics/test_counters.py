"""What is counted, how it gets to Redis, and that no count and no process stays there for ever."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import dramatiq
import msgspec
import pytest
import redis
from dramatiq.broker import MessageProxy
from dramatiq.middleware import SkipMessage
from support import wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.errors import RetryLater
from gopherbot.metrics import counters, heartbeat, journal
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.metrics.journal import Happened, Record, RecordKind, now_ms, read
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.queues import messages
from gopherbot.queues.worker.broker import MessageEncoder
from gopherbot.queues.worker.middleware import Outcomes
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import CONTENT_FOLDER, Identity, RedisSettings
from gopherbot.status.snapshot import SnapshotCollector, StatusSnapshot
from gopherbot.storage import keys
from gopherbot.storage.client import connect, text

IDENTITY = Identity(app=APP, dyno="worker.1", commit="c0ffee")
PUBLIC = table.MESSAGE_PUBLIC
HOUR = 60 * 60
DAY = 24 * HOUR

Start = Callable[..., Heartbeat]


@pytest.fixture
def start(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setattr(heartbeat, "LOOK_SECONDS", 0.02)
    made: list[Heartbeat] = []

    def make(kind: str = "web", counts: Counts | None = None, port: int = 0) -> Heartbeat:
        where = RedisSettings("127.0.0.1", port or redis_server.port)
        client = connect(where, connections=1, answer_timeout=0.5)
        one = Heartbeat(client, IDENTITY, kind, counts, facts={"shadow": True})
        made.append(one)
        one.start()
        return one

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def collect(redis_client: redis.Redis) -> Callable[[], StatusSnapshot]:
    return SnapshotCollector(redis_client, APP, scheduled_jobs(CONTENT_FOLDER)).collect


def test_counts_are_added_up_by_name_and_queue_and_given_once() -> None:
    counted = Counts()
    counted.add(counters.STALE, f"{PUBLIC}.DQ")  # A delayed message counts for its queue.
    counted.add(counters.STALE, PUBLIC, 3)
    counted.add(counters.ANSWERED)
    assert counted.take() == ({f"stale:{PUBLIC}": 4, "answered": 1}, set())
    assert counted.take() == ({}, set())


@pytest.mark.parametrize(
    ("steps", "succeeded"),
    [
        (["began", "ended"], True),
        (["began", "failed", "ended"], False),
        (["began", "failed", "ended", "ended"], True),
        # It failed, and then broke off: it never ends.
        (["began", "failed", "began", "ended"], True),
    ],
)
def test_a_job_that_said_it_failed_is_no_success(steps: list[str], succeeded: bool) -> None:
    counted = Counts()
    for step in steps:
        getattr(counted, step)("gerrit")
    assert counted.take() == ({}, {"gerrit"} if succeeded else set())
    assert counted.take() == ({}, set())


@pytest.mark.parametrize(
    "something",
    [
        lambda counted: counted.add(counters.ANSWERED),
        lambda counted: counted.happened(counters.SLACK_HEARD),
        lambda counted: counted.journal.add(Record(RecordKind.DROPPED, 1)),
    ],
)
def test_whatever_there_is_to_report_is_reported_soon(something: Callable[[Counts], None]) -> None:
    counted = Counts()
    assert counted.is_empty()
    something(counted)
    assert not counted.is_empty()


@pytest.mark.parametrize(
    ("error", "revoked"),
    [
        *((error, True) for error in ("invalid_auth", "not_authed", "account_inactive")),
        *((error, True) for error in ("token_revoked", "token_expired")),
        ("not_in_channel", False),
    ],
)
def test_a_rejection_of_the_token_is_recorded_as_such(error: str, revoked: bool) -> None:
    counted = Counts()
    counted.slack_rejected(error)
    happened = {counters.SLACK_REVOKED} if revoked else set()
    assert counted.take() == ({f"rejections:{error}": 1}, happened)


def sent(**options: object) -> MessageProxy:
    return MessageProxy(dramatiq.Message("a_queue", "a_job", (), {}, options))


def work(
    message: MessageProxy,
    error: Exception | None = None,
    *,
    happened: Sequence[Happened] = (),
    uses: Sequence[tuple[str, str]] = (),
    usage: bool = True,
) -> Any:
    """Have the middleware see an attempt at a message. Return the broker that it was given."""
    actor = SimpleNamespace(options={"max_age": 30, "time_limit": 10_000})
    broker = Mock(counts=Counts(), settings=SimpleNamespace(identity=IDENTITY, usage=usage))
    broker.get_actor.return_value = actor
    middleware = Outcomes(lambda: None)
    with suppress(SkipMessage):
        middleware.before_process_message(broker, message)
        for each in happened:
            journal.note(each, "command:a#0")
        journal.note_uses(uses)
        middleware.after_process_message(broker, message, exception=error)
    return broker


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([Happened.PERFORMED] * 2, {"answered": 1, "effects": 2}),
        ([Happened.UPDATED], {"answered": 1, "effects": 1}),
        ([Happened.PERFORMED, Happened.REJECTED], {"answered": 1, "effects": 1}),
        ([Happened.SETTLED, Happened.PERFORMED], {"effects": 1}),
        ([Happened.ANNOUNCED] * 2, {"announced": 2}),
        ([each for each in Happened if not each.is_success], {}),
        ([Happened.REMOVED], {}),
    ],
)
def test_only_visible_work_is_counted(happened: list[Happened], expected: dict[str, int]) -> None:
    broker = work(sent(), happened=happened)
    assert broker.counts.take()[0] == {"handled:a_queue": 1} | expected


@pytest.mark.parametrize("usage", [True, False])
def test_uses_are_counted_unless_that_is_turned_off(usage: bool) -> None:
    counted = work(sent(), uses=[("shown", "a")], usage=usage).counts.take()[0]
    assert counted.get("uses:shown:a") == (1 if usage else None)


@pytest.mark.parametrize(
    ("error", "retries", "age", "counted"),
    [
        (None, 0, 0, "handled"),
        (None, 0, 31, "stale"),
        (RetryLater("not now"), 0, 0, "retried"),
        (RetryLater("not now"), 0, 29.9, "failed"),
        (ZeroDivisionError(), 4, 0, "dead"),
    ],
)
def test_each_end_of_an_attempt_is_counted(
    error: Exception | None, retries: int, age: float, counted: str
) -> None:
    message = sent(retries=retries, sent_at=time.time() - age)
    broker = work(message, error)
    assert broker.counts.take()[0] == {f"{counted}:a_queue": 1}
    assert (broker.enqueue.called, message.failed) == (counted == "retried", counted == "dead")


def test_a_record_has_a_short_reason_and_no_negative_time() -> None:
    event = {"type": "message", "channel": "C029RQSEE", "ts": "1.0"}
    body = msgspec.json.encode({"event_id": "Ev1", "event": event})
    fields = MessageEncoder().decode(messages.pack(PUBLIC, PUBLIC, body).data)
    fields["message_timestamp"] += 60_000  # by the gateway's clock
    broker = work(MessageProxy(dramatiq.Message(**fields)), RetryLater("x" * 500))
    [chunk] = broker.counts.journal.take()
    record = msgspec.json.decode(chunk, type=Record)
    assert (record.error, record.queued) == ("x" * 160, 0)


def test_what_processes_count_is_added_up(
    start: Start, collect: Callable[[], StatusSnapshot]
) -> None:
    for _ in range(2):
        counted = Counts()
        start(counts=counted)
        counted.add(counters.RECEIVED, PUBLIC, 3)
        counted.ended("gerrit")
    wait_until(lambda: collect().last_hour(counters.RECEIVED) == 6, "both have told")
    snapshot = collect()
    assert snapshot.total == {f"received:{PUBLIC}": 6}
    assert [j.name for j in snapshot.jobs if j.succeeded is not None] == ["gerrit"]


def test_a_process_is_there_while_it_runs_and_no_longer(
    start: Start, collect: Callable[[], StatusSnapshot], capsys: pytest.CaptureFixture[str]
) -> None:
    counted = Counts()
    one = start("scheduler", counted)
    wait_until(lambda: collect().alive("scheduler"), "it has told")
    process = collect().processes[0]
    assert (process.dyno, process.commit, process.kind) == ("worker.1", "c0ffee", "scheduler")
    assert (process.pid, process.shadow) == (os.getpid(), True)
    counted.add(counters.ANSWERED)
    wait_until(lambda: one.beats > 1, "it beats on")
    assert capsys.readouterr().out.count("started") == 1
    one.stop()
    assert collect().processes == []


@pytest.mark.parametrize(("away", "stops"), [(False, True), (True, True), (True, False)])
def test_all_that_was_counted_is_told_at_the_end_and_after_an_outage(
    start: Start, monkeypatch: pytest.MonkeyPatch, away: bool, stops: bool
) -> None:
    if stops:
        monkeypatch.setattr(heartbeat, "_RETRY_SECONDS", 600.0)
    else:
        monkeypatch.setattr(Heartbeat, "every", 600.0)
    counted = Counts()
    with RedisServer() as server:
        one = start(counts=counted, port=server.port)
        wait_until(lambda: one.beats, "it has told of itself")
        if away:
            server.signal(signal.SIGKILL)
            counted.add(counters.ANSWERED)
            wait_until(counted.is_empty, "it has tried")
        monkeypatch.setattr(heartbeat, "LOOK_SECONDS", 600.0)
        if away:
            server.start()
        if stops:
            counted.add(counters.ANSWERED)
            one.stop()
        with server.client() as client:
            total, told = f"{APP}:counts:total", b"%d" % (away + stops)
            wait_until(lambda: client.hget(total, "answered") == told, "all are told")
            assert client.exists(keys.processes(APP)) != stops


def entry(kind: str, dyno: str, silent: float, lease: float = 25) -> str:
    """Make an entry of the registry of a process that was last seen so many seconds ago."""
    seen = int((time.time() - silent) * 1000)
    info = msgspec.json.encode(ProcessInfo(kind, dyno)).decode()
    return f"{seen} {seen} {int(lease * 1000)} {info}"


def test_a_process_is_alive_for_its_lease_and_no_longer(
    redis_client: redis.Redis, collect: Callable[[], StatusSnapshot]
) -> None:
    for dyno, silent, lease in (("a", 5, 10), ("b", 15, 10), ("c", 15, 25), ("d", 30, 25)):
        redis_client.hset(keys.processes(APP), dyno, entry("worker", dyno, silent, lease))
    assert [process.dyno for process in collect().alive("worker")] == ["a", "c"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1 1 1 {}", []),
        ("junk", []),
        ("", []),
        ("NOW NOW 25000 junk", ["unknown"]),
        ('NOW NOW 25000 {"kind":"web","pid":"not a number"}', ["web"]),
        ('NOW NOW 25000 {"kind":"web","new_field":[1]}', ["web"]),
        ('NOW NOW 25000 {"renamed":"web"}', ["unknown"]),
    ],
)
def test_what_another_version_says_of_itself_breaks_nothing(
    redis_client: redis.Redis, collect: Callable[[], StatusSnapshot], value: str, shown: list[str]
) -> None:
    now = str(int(time.time() * 1000))
    redis_client.hset(keys.processes(APP), "worker.7/x/1/y", value.replace("NOW", now))
    found = collect().processes
    assert [process.kind for process in found] == shown
    assert all(process.alive for process in found)


def test_a_report_whose_answer_was_lost_counts_once(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counts()
    one = Heartbeat(redis_client, IDENTITY, "web", counted)
    one.id, report = "web.1", one._script
    counted.add(counters.HANDLED, PUBLIC)
    counted.journal.add(Record(RecordKind.DROPPED, now_ms(), "Ev1"))
    sent: list[dict[str, Any]] = []

    def note(**given: Any) -> object:
        sent.append(given)
        return report(**given)

    def lose_the_answer(**given: Any) -> None:
        note(**given)
        raise redis.TimeoutError("late")

    monkeypatch.setattr(one, "_script", note)
    with monkeypatch.context() as outage:
        outage.setattr(one, "_script", lose_the_answer)
        assert not one._beat()
    counted.add(counters.HANDLED, PUBLIC)
    assert one._beat()
    assert one._beat()
    for late in sent:  # Redis may have been frozen meanwhile.
        report(**late)
    assert 0 < one._next - time.monotonic() < heartbeat.EVERY_SECONDS < heartbeat.LEASE_SECONDS / 2
    assert redis_client.hget(f"{APP}:counts:total", f"handled:{PUBLIC}") == b"2"
    assert [(record.event, record.process) for record in read(redis_client, APP)] == [
        ("Ev1", IDENTITY.dyno)
    ]


def test_every_key_expires(redis_client: redis.Redis, start: Start) -> None:
    counted = Counts()
    counted.add(counters.ANSWERED)
    counted.ended("gerrit")
    start(counts=counted)
    wait_until(lambda: redis_client.exists(f"{APP}:jobs"), "it has told")
    keys = [text(key) for key in redis_client.scan_iter()]
    assert len(keys) == 4
    assert all(key.startswith(f"{APP}:") for key in keys)
    seconds = {key.removeprefix(f"{APP}:"): redis_client.ttl(key) for key in keys}
    # The registry's entries are reaped. With a TTL, a Redis that evicts such keys would lose it.
    assert seconds.pop("processes") == -1
    [minute] = seconds.keys() - {"counts:total", "jobs"}
    assert 2 * HOUR - 60 < seconds.pop(minute) <= 2 * HOUR
    assert all(31 * DAY - 60 < left <= 31 * DAY for left in seconds.values())
