"""A worker's heartbeat: what becomes of what the dead had in flight, and who counts as dead."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace

import msgspec
import pytest
import redis
from support import Inside, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.effects.ledger import SEND_SECONDS
from gopherbot.metrics import heartbeat as any_heartbeat
from gopherbot.metrics import journal, process_registry
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.journal import Ended, RecordKind
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.queues import messages
from gopherbot.queues.recovery import heartbeat as worker_heartbeat
from gopherbot.queues.recovery.heartbeat import KILLER, LEASE_SECONDS, WorkerHeartbeat
from gopherbot.settings import Identity, RedisSettings
from gopherbot.storage import keys
from gopherbot.storage.client import RedisAvailability, connect, text

DAY_MS = 24 * 60 * 60 * 1000
IDENTITY = Identity(app=APP, dyno="worker.1", commit="c0ffee")
INFO = msgspec.json.encode(ProcessInfo("worker", "worker.9")).decode()

Start = Callable[..., WorkerHeartbeat]


@pytest.fixture
def start(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts heartbeats of workers without threads, fifty a second, which judge others at once."""
    monkeypatch.setattr(any_heartbeat, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(any_heartbeat, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(WorkerHeartbeat, "every", 0.02)
    started: list[WorkerHeartbeat] = []

    def make(id: str, port: int = 0, *, guards: bool = False) -> WorkerHeartbeat:
        client = connect(RedisSettings("127.0.0.1", port or redis_server.port), connections=1)
        one = WorkerHeartbeat(client, IDENTITY, Counts(), RedisAvailability(), threading.Event())
        one.guards_process = guards
        started.append(one)
        one.start(id)
        wait_until(lambda: one.beats, "it beats")
        return one

    yield make
    for one in started:
        one.stop()


def unstarted() -> WorkerHeartbeat:
    """Return a heartbeat of a worker whose Redis is away."""
    client = connect(RedisSettings("127.0.0.1", 1), connections=1)
    return WorkerHeartbeat(client, IDENTITY, Counts(), RedisAvailability(), threading.Event())


def now_ms() -> int:
    return int(time.time() * 1000)


def enter(client: redis.Redis, id: str, silent: float, lease: float = 10) -> None:
    """Make an entry of a process that was last seen so many seconds ago."""
    seen = now_ms() - int(silent * 1000)
    client.hset(keys.processes(APP), id, f"{seen} {seen} {int(lease * 1000)} {INFO}")


def hold(client: redis.Redis, worker: str, queue: str, id: str) -> None:
    """Have a worker take a message off a queue that has another one behind it."""
    inside = Inside(client)
    inside.put(queue, b"waiting", "waiting")
    client.hset(keys.messages(APP, queue), id, "held")
    client.sadd(keys.in_flight(APP, worker, queue), id)


def is_gone(client: redis.Redis, id: str) -> bool:
    return not is_listed(client, id)


def is_listed(client: redis.Redis, id: str) -> bool:
    return bool(client.hexists(keys.processes(APP), id))


def test_what_a_dead_worker_had_in_flight_goes_to_the_front_of_its_queue(
    redis_client: redis.Redis, inside: Inside, start: Start
) -> None:
    queues = (table.MESSAGE_PUBLIC, table.BACKGROUND, keys.delayed(table.TEAM_JOIN))
    for queue in queues:
        hold(redis_client, "dead", queue, "held")
        redis_client.sadd(keys.in_flight(APP, "dead", queue), "done and gone")
    enter(redis_client, "dead", silent=11)
    enter(redis_client, "slow", silent=6)
    redis_client.sadd(keys.in_flight(APP, "slow", table.BACKGROUND), "waiting")
    start("heir")
    wait_until(lambda: not is_listed(redis_client, "dead"), "it is reaped")
    for queue in queues:
        assert inside.ids(queue) == ["held", "waiting"]
        assert not redis_client.exists(keys.in_flight(APP, "dead", queue))
    assert is_listed(redis_client, "slow")
    assert redis_client.exists(keys.in_flight(APP, "slow", table.BACKGROUND))


def begin(client: redis.Redis, worker: str, queue: str, *ids: str, begun: Sequence[str]) -> None:
    """Have a worker hold messages that wait, some of which it has begun, and die."""
    for id in ids:
        client.lrem(keys.waiting(APP, queue), 0, id)
        client.sadd(keys.in_flight(APP, worker, queue), id)
    client.sadd(keys.begun(APP, worker), *begun)
    enter(client, worker, silent=11)


def said(inside: Inside, queue: str, ts: str) -> str:
    """Put a member's message into a queue, with text that looks like an option."""
    event = {"type": "message", "channel": "C1", "ts": ts, "text": '"options":{"takeovers":7,"x'}
    event["blocks"] = [{"options": {"takeovers": 7}}]  # type: ignore[assignment]
    body = msgspec.json.encode({"event_id": f"Ev{ts[0]}", "event": event})
    return inside.send(queue, queue, body, "request")


def test_a_message_whose_worker_dies_twice_is_dead_lettered_and_no_neighbour(
    redis_client: redis.Redis, inside: Inside, start: Start
) -> None:
    queue = table.MESSAGE_PUBLIC
    killer, neighbour = said(inside, queue, "1.0"), said(inside, queue, "2.0")
    heir = start("heir")

    def die(name: str) -> None:
        begin(redis_client, name, queue, killer, neighbour, begun=[killer])
        wait_until(lambda: not is_listed(redis_client, name), "it is reaped")

    before = inside.messages(queue)[neighbour]
    die("first")
    assert set(inside.ids(queue)) == {killer, neighbour}
    assert messages.decode(inside.messages(queue)[killer]).options["takeovers"] == 1
    die("second")
    assert inside.ids(queue) == [neighbour]
    assert inside.messages(queue) == {neighbour: before}
    [(id, letter)] = inside.dead(queue).items()
    died_at = redis_client.zscore(keys.dead_ids(APP, queue), id)
    assert died_at == pytest.approx(now_ms(), abs=60_000)
    assert not any(redis_client.exists(keys.begun(APP, name)) for name in ("first", "second"))
    options = messages.decode(letter).options
    assert (id, options["died_of"], options["takeovers"]) == (killer, KILLER, 1)
    heir.stop()  # or else the count may be on its way to Redis
    assert heir.counts.take()[0].get(f"dead:{queue}", 0) + dead_told(redis_client, queue) == 1
    records = journal.read(redis_client, APP)
    taken_over = {
        (each.event, each.process) for each in records if each.kind is RecordKind.TAKEN_OVER
    }
    assert taken_over == {("Ev1", "first"), ("Ev2", "first"), ("Ev2", "second")}
    told = [each for each in records if each.kind is RecordKind.HANDLED]
    assert [(each.event, each.outcome, each.error, each.ts, each.process) for each in told] == [
        ("Ev1", Ended.DEAD, KILLER, "1.0", "second")
    ]


def dead_told(client: redis.Redis, queue: str) -> int:
    return int(client.hget(keys.counters(APP, "total"), f"dead:{queue}") or 0)


def test_of_several_suspects_none_is_dead_lettered(
    redis_client: redis.Redis, inside: Inside, start: Start
) -> None:
    queue = table.MESSAGE_PUBLIC
    two = said(inside, queue, "1.0"), said(inside, queue, "2.0")
    start("heir")
    for name in ("first", "second"):
        begin(redis_client, name, queue, *two, begun=two)
        wait_until(partial(is_gone, redis_client, name), "it is reaped")
    assert set(inside.ids(queue)) == set(two)
    assert inside.all_dead() == {}
    waiting = inside.messages(queue).values()
    assert {messages.decode(data).options["takeovers"] for data in waiting} == {2}
    begin(redis_client, "third", queue, *two, begun=two[:1])
    wait_until(lambda: not is_listed(redis_client, "third"), "it is reaped")
    assert list(inside.dead(queue)) == [two[0]]


def test_one_that_runs_beside_two_killers_is_not_dead_lettered_but_who_kills_thrice_is(
    redis_client: redis.Redis, inside: Inside, start: Start
) -> None:
    """As when an asker whom the bot did not answer says the same again."""
    queue = table.MESSAGE_PUBLIC
    killer, neighbour, again = (said(inside, queue, f"{n}.0") for n in (1, 2, 3))
    start("heir")

    def die(name: str, *begun: str) -> None:
        begin(redis_client, name, queue, *begun, begun=begun)
        wait_until(partial(is_gone, redis_client, name), "it is reaped")

    die("first", killer, neighbour)
    die("second", neighbour, again)
    assert inside.all_dead() == {}
    die("third", neighbour)
    assert list(inside.dead(queue)) == [neighbour], "it was alone"
    others = [said(inside, queue, f"{n}.0") for n in (4, 5)]
    die("fourth", again, others[0])
    die("fifth", again, others[1])
    assert set(inside.dead(queue)) == {neighbour, again}


def test_a_dead_process_is_forgotten_after_an_hour_though_others_die(
    redis_client: redis.Redis, start: Start
) -> None:
    def die(name: str, minutes: int) -> None:
        seen = now_ms() - minutes * 60_000
        redis_client.hset(keys.gone_processes(APP), name, f"{seen} {seen} 10000 {INFO}")

    die("long ago", 61)
    die("lately", 59)
    enter(redis_client, "now", silent=11)
    start("heir")
    wait_until(lambda: not is_listed(redis_client, "now"), "it is reaped")
    assert set(map(text, redis_client.hkeys(keys.gone_processes(APP)))) == {"lately", "now"}
    assert 0 < redis_client.ttl(keys.gone_processes(APP)) <= process_registry.GONE_SECONDS


def test_redis_own_clock_that_is_set_back_keeps_no_dead_process(
    redis_client: redis.Redis, start: Start
) -> None:
    """As after a failover to a server whose clock is behind: what is old is in its future."""
    enter(redis_client, "dead", silent=-3600)
    enter(redis_client, "alive", silent=-5)
    start("heir")
    wait_until(lambda: not is_listed(redis_client, "dead"), "it is reaped")
    assert is_listed(redis_client, "alive")


def test_a_worker_that_registered_by_a_clock_ahead_judges_others_again(
    redis_client: redis.Redis, start: Start
) -> None:
    enter(redis_client, "heir", silent=-3600)
    enter(redis_client, "dead", silent=11)
    start("heir")
    wait_until(lambda: not is_listed(redis_client, "dead"), "it is reaped")


def test_a_worker_that_has_just_started_judges_nobody(
    redis_client: redis.Redis, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have started while Redis hung: then all the others are silent for that reason."""
    monkeypatch.setattr(any_heartbeat, "SETTLED_SECONDS", 0.5)
    enter(redis_client, "another", silent=60)
    began = time.monotonic()
    heir = start("heir")
    wait_until(lambda: heir.beats > 5, "it beats on")
    if time.monotonic() - began < 0.4:
        assert is_listed(redis_client, "another")
    wait_until(lambda: not is_listed(redis_client, "another"), "it is reaped in the end")
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(("gap", "judges"), [(1, True), (6, False)])
def test_a_worker_that_saw_redis_away_judges_nobody_for_a_while(
    redis_client: redis.Redis,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    gap: float,
    judges: bool,
) -> None:
    """It was not heard itself, so the others may be silent for the same reason."""
    monkeypatch.setattr(any_heartbeat, "SETTLED_SECONDS", 30.0)
    seen, since = now_ms() - gap * 1000, now_ms() - 60_000
    redis_client.hset(keys.processes(APP), "heir", f"{seen} {since} 10000 {INFO}")
    enter(redis_client, "another", silent=11)
    heir = start("heir")
    wait_until(lambda: heir.beats > 3, "it beats on")
    assert is_listed(redis_client, "another") is not judges


def test_a_dead_process_of_this_machine_is_reaped_at_once(
    redis_client: redis.Redis, start: Start
) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    id = process_registry.new_id("worker.1").split("/")
    of_dead = "/".join([*id[:2], str(dead.pid), id[3]])
    of_living = "/".join([*id[:2], str(1), id[3]])
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    of_zombie = "/".join([*id[:2], str(zombie.pid), id[3]])
    enter(redis_client, of_zombie, silent=0, lease=3600)
    enter(redis_client, of_dead, silent=0)
    enter(redis_client, of_living, silent=0)
    elsewhere = f"worker.2/another-kernel/{dead.pid}/{id[3]}"
    enter(redis_client, elsewhere, silent=0)
    start("heir")
    wait_until(lambda: not is_listed(redis_client, of_dead), "it is reaped")
    wait_until(lambda: not is_listed(redis_client, of_zombie), "one not waited for is, too")
    zombie.wait()
    assert is_listed(redis_client, of_living)
    assert is_listed(redis_client, elsewhere)


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


def test_a_process_that_is_seen_again_meanwhile_is_not_reaped(
    redis_client: redis.Redis, start: Start
) -> None:
    heir = start("heir")
    hold(redis_client, "frozen", table.BACKGROUND, "held")
    enter(redis_client, "frozen", silent=0, lease=3600)
    seen = str(now_ms() - 11_000)
    assert heir._take_over_from("frozen", seen) == 0
    assert is_listed(redis_client, "frozen")
    assert redis_client.exists(keys.in_flight(APP, "frozen", table.BACKGROUND))


def test_an_entry_that_cannot_be_read_stops_nobody(redis_client: redis.Redis, start: Start) -> None:
    values: tuple[str | bytes, ...] = ("", "junk", "1", "1 2", "a b c {}", b"\xff")
    for number, value in enumerate(values):
        redis_client.hset(keys.processes(APP), f"odd-{number}", value)
    enter(redis_client, "dead", silent=11)
    start("heir")
    wait_until(lambda: not is_listed(redis_client, "dead"), "it is reaped")


def test_workers_beat_more_often_than_the_time_they_get_to_send_a_call_allows() -> None:
    """Whoever is silent for its lease is dead, and another may repeat its calls."""
    one = unstarted()
    one._script = lambda **_: []  # type: ignore[assignment]
    one.after_beat = lambda others: None  # type: ignore[method-assign]
    began = time.monotonic()
    assert one._beat()
    # It wakes up every LOOK_SECONDS, and beats if this has come.
    assert one._next + any_heartbeat.LOOK_SECONDS - began < LEASE_SECONDS - SEND_SECONDS


def test_a_worker_whose_thread_is_stuck_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    one = unstarted()
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    one.deadlines[1] = time.monotonic() + 60
    one.check_threads()
    one.check_threads()
    one.deadlines[2] = time.monotonic() - 1
    one.check_threads()
    assert ended == [], "one that was frozen until now may still be interrupted"
    one.check_threads()
    assert ended == [1]


@pytest.mark.parametrize("is_stopping", [False, True])
def test_a_worker_whose_thread_died_ends_unless_it_stops(
    monkeypatch: pytest.MonkeyPatch, is_stopping: bool
) -> None:
    one, ended = unstarted(), list[int]()
    monkeypatch.setattr(os, "_exit", ended.append)
    one.threads = [threading.current_thread()]
    one.check_threads()
    assert ended == []
    one.threads = [threading.current_thread(), threading.Thread()]
    if is_stopping:
        one.stopping.set()
    one.check_threads()
    assert ended == ([] if is_stopping else [1])


def test_a_worker_whose_thread_waits_for_a_name_server_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answer, ended = threading.Event(), threading.Event(), list[int]()

    def ask(*_: object) -> list[object]:
        asked.set()
        answer.wait()
        return []

    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr("_socket.getaddrinfo", ask)
    one = unstarted()
    thread = threading.Thread(target=socket.getaddrinfo, args=("slack.com", 443))
    thread.start()
    asked.wait()
    one.deadlines[thread.ident or 0] = time.monotonic() - 1
    one.check_threads()
    one.check_threads()
    answer.set()
    thread.join()
    assert ended == []


@pytest.mark.parametrize("step", ["check_threads", "after_beat"])
def test_a_bug_behind_a_heartbeat_is_logged_and_does_not_end_it(
    start: Start, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(WorkerHeartbeat, step, fail)
    one = start("a")
    beats = one.beats
    wait_until(lambda: one.beats > beats + 2, "it beats on")


_STANDS_STILL = """
import ctypes, sys, time
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.settings import Identity, RedisSettings
from gopherbot.storage.client import connect

class Dies(Heartbeat):
    lease = 1.5
    def check_threads(self):
        if sys.argv[1] == "dies":
            raise SystemExit
        if sys.argv[1] == "keeps the interpreter":
            ctypes.PyDLL(None).sleep(60)
        time.sleep(60)

one = Dies(connect(RedisSettings("127.0.0.1", 1), connections=1), Identity("a", "b", ""), "web")
one.guards_process = True
one.start()
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "seconds", "status", "told"),
    [
        ("dies", 60, 1, b"the heartbeat thread died"),
        ("keeps the interpreter", 60, 1, b"Timeout (0:00:03)!"),
        ("waits for the network", 5, 0, b""),
    ],
)
def test_a_process_ends_whose_heartbeat_died_or_whose_interpreter_is_held(
    how: str, seconds: float, status: int, told: bytes
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _STANDS_STILL, how, str(seconds)],
        capture_output=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == status
    assert told in done.stdout + done.stderr


def test_a_heartbeat_that_was_stopped_no_longer_ends_the_process(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    guard = SimpleNamespace(
        dump_traceback_later=lambda *_arguments, **_more: did.append("watches"),
        cancel_dump_traceback_later=lambda: did.append("lets go"),
    )
    monkeypatch.setattr(any_heartbeat, "faulthandler", guard)
    one = start("a", guards=True)
    wait_until(lambda: did, "it watches")
    one.stop()
    assert did[-1] == "lets go"


def test_a_worker_that_stops_leaves_the_registry(redis_client: redis.Redis, start: Start) -> None:
    start("a").stop()
    assert redis_client.hgetall(keys.processes(APP)) == {}


def test_a_worker_that_leaves_messages_behind_stays_until_it_is_reaped(
    redis_client: redis.Redis, start: Start
) -> None:
    one = start("a")
    hold(redis_client, "a", table.BACKGROUND, "held")
    one.stop()
    assert is_listed(redis_client, "a")


def test_old_dead_letters_are_removed_now_and_then_and_young_ones_kept(
    redis_client: redis.Redis, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_heartbeat, "_PURGE_EVERY", 5)

    def die(name: str) -> None:
        for queue in table.QUEUES:
            for id, age in ((f"old {name}", 7.1 * DAY_MS), (f"young {name}", 6.9 * DAY_MS)):
                redis_client.zadd(keys.dead_ids(APP, queue), {id: now_ms() - age})
                redis_client.hset(keys.dead_messages(APP, queue), id, "{}")

    def left() -> set[str]:
        found: set[str] = set()
        for queue in table.QUEUES:
            found |= {text(id) for id in redis_client.zrange(keys.dead_ids(APP, queue), 0, -1)}
            found |= {text(id) for id in redis_client.hkeys(keys.dead_messages(APP, queue))}
        return found

    die("first")
    start("a")
    wait_until(lambda: left() == {"young first"}, "the first are removed")
    die("second")
    wait_until(lambda: left() == {"young first", "young second"}, "the second are, too")


def test_a_full_redis_takes_heartbeats_and_gives_back_what_the_dead_had(start: Start) -> None:
    with RedisServer() as server, server.client() as client:
        hold(client, "dead", table.BACKGROUND, "held")
        enter(client, "dead", silent=11)
        client.config_set("maxmemory", 1)
        heir = start("heir", server.port)
        wait_until(lambda: not is_listed(client, "dead"), "it is reaped")
        assert Inside(client).ids(table.BACKGROUND) == ["held", "waiting"]
        assert is_listed(client, "heir")
        heir.stop()
