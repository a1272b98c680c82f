"""What may have killed its worker: it runs alone, and keeps nothing else waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
import redis
from support import PATIENCE, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.errors import RetryLater
from gopherbot.queues.worker import takeovers
from gopherbot.storage import keys

from .conftest import Station

pytestmark = pytest.mark.slow

DATABASE = 15


@pytest.fixture(scope="module")
def shared_station(shared_redis: RedisServer) -> Iterator[Station]:
    with Station(shared_redis, DATABASE, ENV="production") as station:
        station.start()
        yield station


def test_suspects_are_run_one_at_a_time_and_others_beside_them(station: Station) -> None:
    names, begun = ("one suspect", "another suspect"), keys.begun(APP, station.broker.broker_id)
    with station.holding(*names):
        ids = {station.send(name, deaths=1).encode() for name in names}
        station.send("innocent")
        first = wait_until(lambda: ids & station.client.smembers(begun), "one has its turn")
        station.probe.wait("innocent")
        assert len(first) == 1
        runs = [station.probe.wait(name)[0] for name in names]
        assert max(runs) - min(runs) >= 0.9, "the other waits, and no longer than a turn"
    station.inside.wait_drained()
    wait_until(lambda: not station.client.exists(begun), "none is begun any more")


def test_a_suspect_that_gets_stale_while_it_waits_is_dropped(station: Station) -> None:
    last_moment = time.time() - 599
    with station.holding("holds the turn"):
        station.send("holds the turn", deaths=2)
        station.probe.wait("holds the turn")
        station.send("waits", deaths=2, sent_at=last_moment)
        wait_until(lambda: time.time() > last_moment + 600, "it is stale")
    station.inside.wait_drained()
    assert "waits" not in station.probe.runs


def test_twice_suspect_waits_its_turn(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """If both were begun, the next death would tell as little as the last."""
    monkeypatch.setattr(takeovers, "TURN_SECONDS", 0.05)
    names = ("one of two deaths", "another of two deaths")
    begun = keys.begun(APP, station.broker.broker_id)
    with station.holding(*names):
        for name in names:
            station.send(name, deaths=2)
        wait_until(lambda: station.client.scard(begun), "one has its turn")
        time.sleep(0.5)
        assert station.client.scard(begun) == 1
        assert station.client.ttl(begun) > 0
    for name in names:
        station.probe.wait(name)


def test_unrecorded_message_is_watched(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: str) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(station.broker.store, "begin", away)
    watched: list[float] = []
    deadlines, began = station.broker.heartbeat.deadlines, time.monotonic()
    station.send("untold", then=lambda: watched.extend(deadlines.values()))
    station.inside.wait_drained()
    limit = 60 + takeovers.STUCK_SECONDS
    assert [began + limit <= deadline <= time.monotonic() + limit for deadline in watched] == [True]


def test_suspect_is_alone_at_its_start(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeovers, "TURN_SECONDS", PATIENCE)
    ends: dict[str, float] = {}

    def stay(name: str) -> None:
        time.sleep(0.4)
        ends[name] = time.monotonic()

    station.send("before", then=lambda: stay("before"))
    station.probe.wait("before")
    id = station.send("alone", then=lambda: stay("alone"), deaths=1)
    wait_until(lambda: id not in station.inside.ids(table.BACKGROUND), "it is fetched")
    time.sleep(0.1)
    station.send("after")
    assert station.probe.wait("alone")[0] >= ends["before"]
    assert station.probe.wait("after")[0] >= ends["alone"]
    station.inside.wait_drained()


def test_suspect_does_not_wait_for_ended(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takeovers, "TURN_SECONDS", 3600.0)
    for number in range(2):
        station.run(f"over {number}")
        station.send(f"suspect {number}", deaths=1)
        station.probe.wait(f"suspect {number}")
    station.inside.wait_drained()


def test_suspects_that_wait_keep_no_thread(station: Station) -> None:
    with station.holding("first of many"):
        station.send("first of many", deaths=2)
        station.probe.wait("first of many")
        for number in range(6):
            station.send(f"waits {number}", deaths=2)
        station.run("beside them")
    station.inside.wait_drained()
    assert all(len(station.probe.runs[f"waits {number}"]) == 1 for number in range(6))


def test_a_retry_is_no_suspect(station: Station) -> None:
    station.send("survived", then=Mock(side_effect=[RetryLater("later", delay=30), None]), deaths=1)
    assert "takeovers" not in station.wait_delayed()
    station.client.flushdb()
