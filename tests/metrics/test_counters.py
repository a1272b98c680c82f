"""What is counted, how it gets to Redis, and that no count and no process stays there for ever."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
import redis
from support import Inside, Station, wait_until

from gopherbot.actors import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.errors import RetryLater
from gopherbot.metrics import counters, process_registry
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.process_registry import Card, Presence
from gopherbot.settings import Identity, RedisSettings
from gopherbot.status.snapshot import GONE_SECONDS, Figures, Gatherer
from gopherbot.storage.client import connect, text

IDENTITY = Identity(app=APP, dyno="worker.1", commit="c0ffee")
PUBLIC = table.MESSAGE_PUBLIC

NewPresence = Callable[..., Presence]


@pytest.fixture
def new_presence(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NewPresence]:
    """Processes that tell of themselves, quickly."""
    monkeypatch.setattr(process_registry, "LOOK_SECONDS", 0.02)
    made: list[Presence] = []

    def make(kind: str = "web", counts: Counts | None = None, port: int = 0) -> Presence:
        where = RedisSettings("127.0.0.1", port or redis_server.port)
        one = Presence(connect(where, connections=1, answer_timeout=0.5), IDENTITY, kind, counts)
        made.append(one)
        one.start()
        return one

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def gather(redis_client: redis.Redis) -> Callable[[], Figures]:
    return Gatherer(redis_client, APP, table.JOBS).gather


def test_a_delayed_message_counts_for_its_queue() -> None:
    counted = Counts()
    counted.add(counters.STALE, f"{PUBLIC}.DQ")
    counted.add(counters.STALE, PUBLIC)
    assert counted.take()[0] == {f"stale:{PUBLIC}": 2}


def test_what_was_taken_is_not_given_twice_unless_it_is_given_back() -> None:
    counted = Counts()
    counted.add(counters.ANSWERED)
    counted.ended("gerrit")
    taken = counted.take()
    assert taken == ({"answered": 1}, {"gerrit"})
    assert counted.take() == ({}, set())
    counted.add(counters.ANSWERED)
    counted.give_back(*taken)
    assert counted.take() == ({"answered": 2}, {"gerrit"})


def test_a_job_that_said_it_failed_is_no_success() -> None:
    counted = Counts()
    counted.failed("gerrit")
    counted.ended("gerrit")
    assert counted.take() == ({}, set())
    counted.ended("gerrit")
    assert counted.take() == ({}, {"gerrit"})


def test_what_processes_count_is_added_up(
    new_presence: NewPresence, gather: Callable[[], Figures]
) -> None:
    for _ in range(2):
        counted = Counts()
        new_presence(counts=counted)
        counted.add(counters.RECEIVED, PUBLIC, 3)
        counted.ended("gerrit")
    wait_until(lambda: gather().in_the_hour(counters.RECEIVED) == 6, "both have told")
    figures = gather()
    assert figures.total == {f"received:{PUBLIC}": 6}
    assert [j.name for j in figures.jobs if j.succeeded is not None] == ["gerrit"]


def test_a_process_is_there_while_it_runs_and_no_longer(
    new_presence: NewPresence, gather: Callable[[], Figures]
) -> None:
    one = new_presence("scheduler")
    wait_until(lambda: gather().alive("scheduler"), "it has told")
    process = gather().processes[0]
    assert (process.dyno, process.commit, process.kind) == ("worker.1", "c0ffee", "scheduler")
    one.stop()
    assert gather().processes == []


def test_what_is_left_to_tell_is_told_at_the_end(
    new_presence: NewPresence, gather: Callable[[], Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_registry, "LOOK_SECONDS", 60.0)
    counted = Counts()
    one = new_presence(counts=counted)
    wait_until(lambda: gather().processes, "it has told of itself")
    counted.add(counters.ANSWERED)
    one.stop()
    assert gather().in_the_hour(counters.ANSWERED) == 1


def test_who_ended_without_a_word_is_shown_for_an_hour_and_then_forgotten(
    redis_client: redis.Redis, new_presence: NewPresence, gather: Callable[[], Figures]
) -> None:
    now = int(time.time() * 1000)
    for minutes in (1, 59, 61):
        card = msgspec.json.encode(Card("web", f"web.{minutes}", 1, "", 0)).decode()
        redis_client.hset(f"{APP}:processes", str(minutes), f"{now - minutes * 60_000} {card}")
    gone = [process for process in gather().processes if not process.alive]
    assert [process.dyno for process in gone] == ["web.1", "web.59"]
    assert all(process.silent < GONE_SECONDS for process in gone)
    new_presence()
    wait_until(lambda: not redis_client.hexists(f"{APP}:processes", "61"), "it is tidied up")
    assert redis_client.hexists(f"{APP}:processes", "59")


def test_a_worker_that_was_buried_is_not_alive_although_it_told_just_now(
    redis_client: redis.Redis, new_presence: NewPresence, gather: Callable[[], Figures]
) -> None:
    one = new_presence("worker")
    wait_until(lambda: gather().processes, "it has told")
    assert not gather().alive("worker")
    redis_client.hset(f"{APP}:__workers__", one.id, int(time.time() * 1000))
    assert gather().alive("worker")


def test_counts_outlast_a_redis_that_is_away(new_presence: NewPresence) -> None:
    counted = Counts()
    with RedisServer() as server:
        new_presence(counts=counted, port=server.port)
        with server.client() as client:
            wait_until(lambda: client.exists(f"{APP}:processes"), "it has told")
        server.signal(signal.SIGKILL)
        counted.add(counters.ANSWERED, number=5)
        time.sleep(0.2)  # It tries meanwhile.
        server.start()
        with server.client() as client:
            total = f"{APP}:counts:total"
            wait_until(lambda: client.hget(total, "answered") == b"5", "all are told")


def test_every_key_expires(redis_client: redis.Redis, new_presence: NewPresence) -> None:
    counted = Counts()
    counted.add(counters.ANSWERED)
    counted.ended("gerrit")
    new_presence(counts=counted)
    wait_until(lambda: redis_client.exists(f"{APP}:jobs"), "it has told")
    keys = [text(key) for key in redis_client.scan_iter()]
    assert len(keys) == 4
    assert all(key.startswith(f"{APP}:") for key in keys)
    assert all(redis_client.ttl(key) > 0 for key in keys)


@pytest.fixture
def station(redis_server: RedisServer) -> Iterator[Station]:
    with Station(redis_server.url) as station:
        yield station


def test_what_becomes_of_messages_is_counted(
    station: Station, redis_client: redis.Redis, gather: Callable[[], Figures]
) -> None:
    def fail() -> None:
        raise RetryLater("not now")

    inside = Inside(redis_client)
    station.declare("good", PUBLIC, lambda *_: None)
    station.declare("stale", PUBLIC, lambda *_: None, max_age=-1)
    station.declare("gives up", PUBLIC, lambda *_: fail(), max_age=0.3)
    station.declare("broken", PUBLIC, lambda *_: 1 / 0)
    for actor in ("good", "stale", "gives up", "broken"):
        inside.send(PUBLIC, actor)
    inside.put(PUBLIC, b"garbage")
    station.start()

    def told() -> bool:
        hour = gather().hour
        return all(
            hour.get(f"{name}:{PUBLIC}", 0) >= number
            for name, number in {"handled": 1, "stale": 1, "failed": 1, "dead": 2}.items()
        )

    wait_until(told, "all is counted")
    hour = gather().hour
    assert hour[f"retried:{PUBLIC}"] > 4
    assert {hour[f"{name}:{PUBLIC}"] for name in ("handled", "stale", "failed")} == {1}
