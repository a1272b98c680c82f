"""What happens around every actor: how old a message may be, what is tried again, the end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import dramatiq
import msgspec
import pytest
import redis
from support import PATIENCE, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.errors import RetryLater
from gopherbot.queues import messages
from gopherbot.queues.event_record import record_of
from gopherbot.queues.worker import middleware
from gopherbot.queues.worker.broker import Broker
from gopherbot.storage import keys
from gopherbot.web import events
from slack_simulator import Fault

from .conftest import Station

pytestmark = pytest.mark.slow

DATABASE = 6


@pytest.fixture(scope="module")
def shared_station(shared_redis: RedisServer) -> Iterator[Station]:
    with Station(shared_redis, DATABASE, ENV="production") as station:
        station.declare("hasty", table.BACKGROUND, station.probe, time_limit=100)
        station.start()
        yield station


def said(ts: str) -> bytes:
    event = {
        "type": "message",
        "channel": "C029RQSEE",
        "channel_type": "channel",
        "user": "U0REGULAR",
        "text": "xkcd:927",
        "ts": ts,
    }
    bot = {"user_id": "U0GOPHERBOT", "is_bot": True}
    return msgspec.json.encode({"event_id": "Ev" + ts, "event": event, "authorizations": [bot]})


def attempts(broker: Broker) -> middleware.Outcomes:
    (found,) = (each for each in broker.middleware if isinstance(each, middleware.Outcomes))
    return found


def ago(seconds: float) -> str:
    return f"{time.time() - seconds:.6f}"


# How old it may be.


@pytest.mark.parametrize("queue", [table.MESSAGE_PUBLIC, table.MESSAGE_PRIVATE])
@pytest.mark.parametrize(
    ("age", "is_fresh"),
    [
        *((age, True) for age in (0, 26, -26)),
        *((age, False) for age in (31, 3600, 86400 * 365, -32, -3600)),
    ],
)
def test_only_a_fresh_message_is_answered_and_no_other_dead_lettered(
    station: Station, capsys: pytest.CaptureFixture[str], queue: str, age: float, is_fresh: bool
) -> None:
    row, ts, before = table.event_actor(queue), ago(age), len(station.slack.posts())
    assert row
    station.inside.send(queue, queue, said(ts), sent_at=events.sent_at(row, 0, ts))
    station.inside.wait_drained()
    assert len(station.slack.posts()) - before == is_fresh
    assert ("discarded" in capsys.readouterr().out) is not is_fresh


def test_a_backlog_of_periodic_messages_collapses_to_what_is_fresh(station: Station) -> None:
    def listed(*ages: float) -> int:
        before = len(station.slack.calls("conversations.list"))
        for age in ages:
            station.inside.send(table.BACKGROUND, "channel_cache", sent_at=time.time() - age)
        station.inside.wait_drained()
        return len(station.slack.calls("conversations.list")) - before

    assert listed(*(number * 601 for number in range(1, 6))) == 0
    assert listed(500) == 1


# What is tried again.


def once_later(delay: float) -> Mock:
    """Return what asks once to be tried again after so many seconds."""
    return Mock(side_effect=[RetryLater("later", delay=delay), None])


def test_retry_waits_as_long_as_asked(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(station.broker.heartbeat, "wake_delayed", lambda: None)
    station.send("asked", then=once_later(0.4))
    first, second = station.probe.wait("asked", 2)
    assert second - first >= 0.39
    station.inside.wait_drained()
    assert len(station.probe.runs["asked"]) == 2


def test_work_is_noted_before_a_retry(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    runs_by_then: list[int] = []

    def note() -> None:
        runs_by_then.append(len(station.probe.runs["noted"]))
        if len(runs_by_then) < 3:
            raise redis.ConnectionError("away")

    monkeypatch.setattr(attempts(station.broker), "before_retry", note)
    station.send("noted", then=once_later(0))
    station.probe.wait("noted", 2)
    station.inside.wait_drained()
    assert (runs_by_then, len(station.probe.runs["noted"])) == ([1, 1, 1], 2)


def test_a_bug_is_dead_lettered_after_a_few_tries(station: Station) -> None:
    station.send("bug", then=Mock(side_effect=RuntimeError("a bug")))
    wait_until(lambda: station.inside.dead(table.BACKGROUND), "it is dead-lettered")
    station.inside.wait_drained()
    assert len(station.probe.runs["bug"]) == 5
    [(id, data)] = station.inside.dead(table.BACKGROUND).items()
    letter = msgspec.json.decode(data)
    assert letter["args"] == ["bug", "request-17"]
    assert letter["options"]["died_of"] == "failed too often: RuntimeError"
    died_at = station.client.zscore(keys.dead_ids(APP, table.BACKGROUND), id)
    assert died_at == pytest.approx(time.time() * 1000, abs=60_000)
    station.client.flushdb()


def test_an_actor_that_computes_too_long_is_not_tried_again(station: Station) -> None:
    def forever() -> None:
        while True:
            # No exception interrupts one call: on a busy machine, too, it has computed by then.
            sum(range(10_000_000))

    station.send("busy", "hasty", then=forever)
    wait_until(lambda: station.inside.dead(table.BACKGROUND), "it is dead-lettered")
    assert len(station.probe.runs["busy"]) == 1
    station.client.flushdb()


def test_refused_retry_leaves_its_thread_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many retries as there are threads, and behind them a message that takes 2 MB with it."""
    monkeypatch.setattr(middleware, "_ENQUEUE_SECONDS", 0.5)
    queue, fails = table.TEAM_JOIN, Mock(side_effect=RetryLater("Slack is busy", delay=0.1))
    with RedisServer() as server, Station(server) as station:
        inside, client, probe = station.inside, station.client, station.probe
        station.declare("joins", queue, probe)
        for number in range(4):
            station.send(f"late {number}", "joins", queue, then=fails)
        inside.send(queue, "joins", b'"quick"', "x" * 2_000_000)
        survived = station.send("late 0", "joins", queue, deaths=1)
        client.config_set("maxmemory", 1)
        station.start()
        [began] = probe.wait("quick")

        def options() -> dict[str, Any]:
            return messages.decode(inside.messages(queue)[survived]).options

        wait_until(lambda: "takeovers" not in options(), "what its worker survived is no suspect")
        client.config_set("maxmemory", 0)
        assert began - probe.runs["late 0"][0] >= 0.4, "they wait before they come again"
        probe.then.clear()
        for number in range(4):
            probe.wait(f"late {number}", runs=2)
        inside.wait_drained()
        assert inside.all_dead() == {}


def test_retry_not_taken_before_a_stop_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is back before the message would be acknowledged."""
    with RedisServer() as server, Station(server) as station:
        inside, broker = station.inside, station.broker
        tried = threading.Event()

        def refuse() -> None:
            tried.set()
            raise redis.ConnectionError("away")

        monkeypatch.setattr(attempts(broker), "before_retry", refuse)
        station.start()
        station.send("left", then=once_later(0))
        assert tried.wait(PATIENCE)
        station.worker.stop(timeout=5000)
        assert len(inside.messages(table.BACKGROUND)) == 1
        held = broker.store.in_flight_key(table.BACKGROUND)
        assert station.client.scard(held) == 1


def test_a_probe_has_no_record() -> None:
    event = {"type": table.PROBE_EVENT, "channel": "C1", "ts": "2.0"}
    body = msgspec.json.encode({"event_id": "Ev1", "event": event})
    packed = messages.pack(table.BACKGROUND, table.BACKGROUND, body)
    assert record_of(messages.decode(packed.data)) is None


# Redis dies after a post, and comes back empty.


def test_worker_tells_redis_what_it_said_before_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    with RedisServer() as server, Station(server, ENV="production") as station:
        client, enqueue = station.client, station.broker.enqueue
        inside, now = station.inside, ago(0)
        known: list[list[Any]] = []

        def look_and_enqueue(message: dramatiq.Message[Any], **more: Any) -> object:
            known.append(client.hvals(keys.ledger(APP, f"C029RQSEE:{now}")))
            return enqueue(message, **more)

        monkeypatch.setattr(station.broker, "enqueue", look_and_enqueue)
        slow = Fault(kind="slow_after", method="chat.postMessage", seconds=2)
        station.slack.faults.add(slow)
        station.start()
        inside.send(table.MESSAGE_PUBLIC, table.MESSAGE_PUBLIC, said(now), sent_at=time.time())
        wait_until(lambda: slow.hits, "it is said")
        server.signal(signal.SIGKILL)
        wait_until(lambda: station.slack.calls("chat.postMessage"), "Slack has answered")
        time.sleep(0.5)
        server.start()
        wait_until(lambda: known, "it is tried again")
        assert known[0] == [b"settled"]
        inside.wait_drained()
        assert len(station.slack.posts()) == 1
