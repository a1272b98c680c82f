"""A worker's heartbeat: what becomes of what the dead had in flight, and who counts as dead."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from support import PATIENCE, Inside, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics import heartbeat as any_heartbeat
from gopherbot.metrics import journal, process_registry
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.journal import Ended, RecordKind
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.queues import messages
from gopherbot.queues.recovery import heartbeat as worker_heartbeat
from gopherbot.queues.recovery.heartbeat import KILLER, WorkerHeartbeat
from gopherbot.settings import Identity, RedisSettings
from gopherbot.storage import keys
from gopherbot.storage.client import RedisAvailability, connect, text

DAY_MS = 24 * 60 * 60 * 1000
IDENTITY = Identity(app=APP, dyno="worker.1", commit="c0ffee")
INFO = msgspec.json.encode(ProcessInfo("worker", "worker.9")).decode()


class Registry:
    """A Redis with workers that beat, and with entries of others."""

    def __init__(self, server: RedisServer) -> None:
        self.port = server.port
        self.client = server.client()
        self.started: list[WorkerHeartbeat] = []

    def start(self, id: str, **calls: Any) -> WorkerHeartbeat:
        """Start the heartbeat of a worker without threads."""
        client = connect(RedisSettings("127.0.0.1", self.port), connections=1)
        given = client, IDENTITY, Counts(), RedisAvailability(), threading.Event()
        one = WorkerHeartbeat(*given, **calls)
        self.started.append(one)
        one.start(id)
        wait_until(lambda: one.beats, "it beats")
        return one

    def stop(self) -> None:
        for one in self.started:
            one.stop()
        self.client.close()

    def enter(self, id: str, silent: float, lease: float = 10, up: float = 0) -> None:
        """Make an entry of a process that was last seen so many seconds ago."""
        seen = now_ms() - int(silent * 1000)
        since = now_ms() - int(up * 1000) if up else seen
        self.client.hset(keys.processes(APP), id, f"{seen} {since} {int(lease * 1000)} {INFO}")

    def hold(self, worker: str, queue: str, id: str) -> None:
        """Have a worker take a message off a queue that has another one behind it."""
        Inside(self.client).put(queue, b"waiting", "waiting")
        self.client.hset(keys.messages(APP, queue), id, "held")
        self.client.sadd(keys.in_flight(APP, worker, queue), id)

    def die(self, worker: str, queue: str, *ids: str, begun: Sequence[str] = ()) -> None:
        """Have a worker hold messages that wait, some or all of which it has begun, and die."""
        for id in ids:
            self.client.lrem(keys.waiting(APP, queue), 0, id)
            self.client.sadd(keys.in_flight(APP, worker, queue), id)
        self.client.sadd(keys.begun(APP, worker), *(begun or ids))
        self.enter(worker, silent=11)
        self.wait_reaped(worker)

    def is_listed(self, id: str) -> bool:
        return bool(self.client.hexists(keys.processes(APP), id))

    def wait_reaped(self, id: str) -> None:
        wait_until(lambda: not self.is_listed(id), f"{id} is reaped")


@pytest.fixture
def registry(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """One whose workers beat fifty times a second, and judge others at once."""
    monkeypatch.setattr(any_heartbeat, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(any_heartbeat, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(WorkerHeartbeat, "every", 0.02)
    registry = Registry(redis_server)
    yield registry
    registry.stop()


def now_ms() -> int:
    return int(time.time() * 1000)


def test_message_of_a_dead_worker_goes_to_the_front(
    registry: Registry, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_heartbeat, "_LOOK_FOR_DELAYED_EVERY", 10**9)
    woken, reported = threading.Event(), threading.Event()
    queues = (table.MESSAGE_PUBLIC, table.BACKGROUND, keys.delayed(table.TEAM_JOIN))
    for queue in queues:
        registry.hold("dead", queue, "held")
        registry.client.sadd(keys.in_flight(APP, "dead", queue), "done and gone")
    registry.enter("dead", silent=11)
    registry.enter("slow", silent=6)
    registry.client.sadd(keys.in_flight(APP, "slow", table.BACKGROUND), "waiting")
    registry.start("heir", wake_delayed=woken.set, report_more=reported.set)
    registry.wait_reaped("dead")
    assert woken.wait(PATIENCE), "there are delayed ones among them"
    assert reported.wait(PATIENCE)
    for queue in queues:
        assert inside.ids(queue) == ["held", "waiting"]
        assert not registry.client.exists(keys.in_flight(APP, "dead", queue))
    assert registry.is_listed("slow")
    assert registry.client.exists(keys.in_flight(APP, "slow", table.BACKGROUND))


def said(inside: Inside, queue: str, ts: str) -> str:
    """Put a member's message into a queue, with text that looks like an option."""
    event = {"type": "message", "channel": "C1", "ts": ts, "text": '"options":{"takeovers":7,"x'}
    event["blocks"] = [{"options": {"takeovers": 7}}]  # type: ignore[assignment]
    body = msgspec.json.encode({"event_id": f"Ev{ts[0]}", "event": event})
    return inside.send(queue, queue, body, "request")


def test_message_that_kills_twice_dies_and_no_neighbour(registry: Registry, inside: Inside) -> None:
    queue = table.MESSAGE_PUBLIC
    killer, neighbour = said(inside, queue, "1.0"), said(inside, queue, "2.0")
    heir, before = registry.start("heir"), inside.messages(queue)[neighbour]
    registry.die("first", queue, killer, neighbour, begun=[killer])
    assert set(inside.ids(queue)) == {killer, neighbour}
    assert messages.decode(inside.messages(queue)[killer]).options["takeovers"] == 1
    registry.die("second", queue, killer, neighbour, begun=[killer])
    assert inside.ids(queue) == [neighbour]
    assert inside.messages(queue) == {neighbour: before}
    [(id, letter)] = inside.dead(queue).items()
    died_at = registry.client.zscore(keys.dead_ids(APP, queue), id)
    assert died_at == pytest.approx(now_ms(), abs=60_000)
    assert not any(registry.client.exists(keys.begun(APP, name)) for name in ("first", "second"))
    options = messages.decode(letter).options
    assert (id, options["died_of"], options["takeovers"]) == (killer, KILLER, 1)
    heir.stop()  # or else the count may be on its way to Redis
    told = int(registry.client.hget(keys.counters(APP, "total"), f"dead:{queue}") or 0)
    assert heir.counts.take()[0].get(f"dead:{queue}", 0) + told == 1
    records = journal.read(registry.client, APP)
    assert {(r.event, r.process) for r in records if r.kind is RecordKind.TAKEN_OVER} == {
        *(("Ev1", "first"), ("Ev2", "first"), ("Ev2", "second"))
    }
    handled = [each for each in records if each.kind is RecordKind.HANDLED]
    assert [(each.event, each.outcome, each.error, each.ts, each.process) for each in handled] == [
        ("Ev1", Ended.DEAD, KILLER, "1.0", "second")
    ]


def test_of_several_suspects_none_is_dead_lettered(registry: Registry, inside: Inside) -> None:
    queue = table.MESSAGE_PUBLIC
    two = said(inside, queue, "1.0"), said(inside, queue, "2.0")
    registry.start("heir")
    for name in ("first", "second"):
        registry.die(name, queue, *two)
    assert set(inside.ids(queue)) == set(two)
    assert inside.all_dead() == {}
    waiting = inside.messages(queue).values()
    assert {messages.decode(data).options["takeovers"] for data in waiting} == {2}
    registry.die("third", queue, *two, begun=two[:1])
    assert list(inside.dead(queue)) == [two[0]]


def test_one_of_three_deaths_dies_and_no_neighbour(registry: Registry, inside: Inside) -> None:
    """As when an asker whom the bot did not answer says the same again."""
    queue = table.MESSAGE_PUBLIC
    killer, neighbour, again = (said(inside, queue, f"{n}.0") for n in (1, 2, 3))
    registry.start("heir")
    registry.die("first", queue, killer, neighbour)
    registry.die("second", queue, neighbour, again)
    assert inside.all_dead() == {}
    registry.die("third", queue, neighbour)
    assert list(inside.dead(queue)) == [neighbour], "it was alone"
    others = [said(inside, queue, f"{n}.0") for n in (4, 5)]
    registry.die("fourth", queue, again, others[0])
    registry.die("fifth", queue, again, others[1])
    assert set(inside.dead(queue)) == {neighbour, again}


def test_a_dead_process_is_forgotten_after_an_hour_though_others_die(registry: Registry) -> None:
    def die(name: str, minutes: int) -> None:
        seen = now_ms() - minutes * 60_000
        registry.client.hset(keys.gone_processes(APP), name, f"{seen} {seen} 10000 {INFO}")

    die("long ago", 61)
    die("lately", 59)
    registry.enter("now", silent=11)
    registry.start("heir")
    registry.wait_reaped("now")
    assert set(map(text, registry.client.hkeys(keys.gone_processes(APP)))) == {"lately", "now"}
    assert 0 < registry.client.ttl(keys.gone_processes(APP)) <= process_registry.GONE_SECONDS


def test_clocks_that_were_set_back_keep_no_dead_process(registry: Registry) -> None:
    """As after a failover to a server whose clock is behind: what is old is in its future."""
    registry.enter("dead", silent=-3600)
    registry.enter("heir", silent=-3600)
    registry.enter("silent", silent=11)
    registry.enter("alive", silent=-5)
    registry.start("heir")
    registry.wait_reaped("dead")
    registry.wait_reaped("silent")
    assert registry.is_listed("alive")


def test_a_worker_that_has_just_started_judges_nobody(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have started while Redis hung: then all the others are silent for that reason."""
    monkeypatch.setattr(any_heartbeat, "SETTLED_SECONDS", 0.5)
    registry.enter("another", silent=60)
    began = time.monotonic()
    heir = registry.start("heir")
    wait_until(lambda: heir.beats > 5, "it beats on")
    if time.monotonic() - began < 0.4:
        assert registry.is_listed("another")
    registry.wait_reaped("another")
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(("gap", "judges"), [(1, True), (6, False)])
def test_a_worker_that_saw_redis_away_judges_nobody_for_a_while(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, gap: float, judges: bool
) -> None:
    """It was not heard itself, so the others may be silent for the same reason."""
    monkeypatch.setattr(any_heartbeat, "SETTLED_SECONDS", 30.0)
    registry.enter("heir", silent=gap, up=60)
    registry.enter("another", silent=11)
    heir = registry.start("heir")
    wait_until(lambda: heir.beats > 3, "it beats on")
    assert registry.is_listed("another") is not judges


def test_a_dead_process_of_this_machine_is_reaped_at_once(registry: Registry) -> None:
    dead, zombie = (subprocess.Popen([sys.executable, "-c", ""]) for _ in range(2))
    dead.wait()
    dyno, home, _, salt = process_registry.new_id("worker.1").split("/")
    gone = [f"{dyno}/{home}/{process.pid}/{salt}" for process in (dead, zombie)]
    others = [f"{dyno}/{home}/1/{salt}", f"worker.2/another-kernel/{dead.pid}/{salt}"]
    for id in (*gone, *others):
        registry.enter(id, silent=0, lease=3600)
    registry.start("heir")
    for id in gone:
        registry.wait_reaped(id)
    zombie.wait()
    assert all(map(registry.is_listed, others))


@pytest.mark.parametrize(("found", "gone"), [(PermissionError, False), (ProcessLookupError, True)])
def test_a_process_that_cannot_be_looked_at_is_not_gone(
    monkeypatch: pytest.MonkeyPatch, found: type[OSError], gone: bool
) -> None:
    """With `hidepid`, `/proc` shows no process of another user."""

    def ask(pid: int, number: int) -> None:
        raise found

    monkeypatch.setattr(os, "kill", ask)
    home = process_registry.new_id("worker.1").split("/")[1]
    assert process_registry.is_gone(f"worker.1/{home}/4194304/x") is gone


def test_a_process_that_is_seen_again_meanwhile_is_not_reaped(registry: Registry) -> None:
    heir = registry.start("heir")
    registry.hold("frozen", table.BACKGROUND, "held")
    registry.enter("frozen", silent=0, lease=3600)
    seen = str(now_ms() - 11_000)
    assert heir._take_over_from("frozen", seen) == 0
    assert registry.is_listed("frozen")
    assert registry.client.exists(keys.in_flight(APP, "frozen", table.BACKGROUND))


def test_an_entry_that_cannot_be_read_stops_nobody(registry: Registry) -> None:
    values: tuple[str | bytes, ...] = ("", "junk", "1", "1 2", "a b c {}", b"\xff")
    for number, value in enumerate(values):
        registry.client.hset(keys.processes(APP), f"odd-{number}", value)
    registry.enter("dead", silent=11)
    registry.start("heir")
    registry.wait_reaped("dead")


@pytest.mark.parametrize("step", ["check_threads", "after_beat"])
def test_a_bug_behind_a_heartbeat_does_not_end_it(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(WorkerHeartbeat, step, lambda *_: 1 / 0)
    one = registry.start("a")
    beats = one.beats
    wait_until(lambda: one.beats > beats + 2, "it beats on")


@pytest.mark.parametrize("holds", [False, True])
def test_a_worker_that_stops_leaves_unless_it_holds_messages(
    registry: Registry, holds: bool
) -> None:
    one = registry.start("a")
    if holds:
        registry.hold("a", table.BACKGROUND, "held")
    one.stop()
    assert registry.is_listed("a") is holds


def test_old_dead_letters_are_removed_now_and_then_and_young_ones_kept(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_heartbeat, "_PURGE_EVERY", 5)
    client = registry.client

    def die(name: str) -> None:
        for queue in table.QUEUES:
            for id, age in ((f"old {name}", 7.1 * DAY_MS), (f"young {name}", 6.9 * DAY_MS)):
                client.zadd(keys.dead_ids(APP, queue), {id: now_ms() - age})
                client.hset(keys.dead_messages(APP, queue), id, "{}")

    def left() -> set[str]:
        ids = [client.zrange(keys.dead_ids(APP, queue), 0, -1) for queue in table.QUEUES]
        letters = [client.hkeys(keys.dead_messages(APP, queue)) for queue in table.QUEUES]
        return {text(id) for found in (*ids, *letters) for id in found}

    die("first")
    registry.start("a")
    wait_until(lambda: left() == {"young first"}, "the first are removed")
    die("second")
    wait_until(lambda: left() == {"young first", "young second"}, "the second are, too")


@pytest.mark.usefixtures("registry")
def test_a_full_redis_takes_heartbeats_and_gives_back_what_the_dead_had() -> None:
    with RedisServer() as server:
        full = Registry(server)
        full.hold("dead", table.BACKGROUND, "held")
        full.enter("dead", silent=11)
        full.client.config_set("maxmemory", 1)
        full.start("heir")
        full.wait_reaped("dead")
        assert Inside(full.client).ids(table.BACKGROUND) == ["held", "waiting"]
        assert full.is_listed("heir")
        full.stop()
