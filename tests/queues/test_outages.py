"""A worker cut off from Redis, or whose Redis has forgotten something: nothing is lost."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
import redis
from proxy import Proxy
from support import PATIENCE, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues import messages
from gopherbot.storage import keys

from .conftest import Station, message

DATABASE = 14


class Line(Proxy):
    """What connects the worker to Redis, and what can be cut.

    The next command that holds the bytes `cut_after` is caught, and once it may go on, Redis gets
    it, but its answer is lost. One that holds `cut_before` is lost itself.
    """

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.cut_before = self.cut_after = b""
        self.caught, self.go_on = threading.Event(), threading.Event()
        self._deaf: list[object] = []

    async def lets_through(self, client: object, chunk: bytes, *, asking: bool) -> bool:
        if asking and self.cut_before and self.cut_before in chunk:
            self.cut_before = b""
            return False
        if asking and self.cut_after and self.cut_after in chunk:
            self.cut_after = b""
            self.caught.set()
            await asyncio.to_thread(self.go_on.wait, PATIENCE)
            self._deaf.append(client)
        return asking or client not in self._deaf


@pytest.fixture(scope="module")
def line(shared_redis: RedisServer) -> Iterator[Line]:
    with Line(shared_redis.port) as line:
        yield line


@pytest.fixture(scope="module")
def shared_station(shared_redis: RedisServer, line: Line) -> Iterator[Station]:
    with Station(shared_redis, DATABASE, port=line.port) as station:
        station.start()
        yield station


def test_messages_that_were_fetched_but_lost_on_the_way_are_found_again(
    station: Station, line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    station.run("before the lost")
    station.inside.wait_drained()
    # The consumers of the other queues run the same script.
    first_key = keys.waiting(APP, table.BACKGROUND)
    line.caught.clear()
    line.go_on.clear()
    line.cut_after = f"{station.broker.store.fetch_script.sha}\r\n$1\r\n4\r\n".encode()
    line.cut_after += f"${len(first_key)}\r\n{first_key}\r\n".encode()
    # If the consumer waits already, it asks for the next after this message.
    station.send("not lost")
    assert line.caught.wait(PATIENCE)
    station.send("lost")
    line.go_on.set()
    station.probe.wait("lost")
    station.inside.wait_drained()
    assert len(station.probe.runs["lost"]) == 1
    assert "lost messages requeued" in capsys.readouterr().out
    assert station.client.keys(f"{APP}:__acks__*") == []


def test_lost_acknowledgement_is_repeated(station: Station, line: Line) -> None:
    line.cut_before = station.broker.store.settle_script.sha.encode()
    station.run("not acknowledged")
    station.inside.wait_drained()
    assert not line.cut_before
    assert len(station.probe.runs["not acknowledged"]) == 1


def test_unanswered_forward_runs_its_message_once(station: Station, line: Line) -> None:
    consumers = [thread.consumer for thread in station.worker.consumers.values()]
    line.go_on.set()
    line.cut_after = station.broker.store.forward_script.sha.encode()
    station.broker.enqueue(message("forwarded"), delay=100)
    station.probe.wait("forwarded")
    station.inside.wait_drained()
    assert not line.cut_after
    assert len(station.probe.runs["forwarded"]) == 1
    # No consumer was given up for it.
    assert [thread.consumer for thread in station.worker.consumers.values()] == consumers


@pytest.mark.slow
def test_recovered_heartbeat_reconnects(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their connections may be dead, and they would wait for half a minute."""

    def connections() -> set[str]:
        name = station.broker.broker_id
        return {each["id"] for each in station.client.client_list() if each["name"] == name}

    def away(**_: object) -> None:
        outage.undo()
        raise redis.ConnectionError("away")

    queues = len(table.EVENT_QUEUES)
    wait_until(lambda: len(connections()) == queues, "all wait")
    before = connections()
    with monkeypatch.context() as outage:
        outage.setattr(station.broker.heartbeat, "_script", away)
        wait_until(lambda: len(connections() - before) == queues, "all have others")


@pytest.mark.slow
def test_message_held_for_us_unknowingly_is_found(station: Station) -> None:
    """As after a fetch that a healing network delivers late, when nobody waits for its answer."""
    station.broker.interrupt_consumers()
    station.run("before the stranded")
    packed = messages.pack(table.BACKGROUND, "notes", b'"stranded"')
    station.client.hset(keys.messages(APP, table.BACKGROUND), packed.id, packed.data)
    station.client.sadd(station.broker.store.in_flight_key(table.BACKGROUND), packed.id)
    station.probe.wait("stranded", seconds=2 * PATIENCE)


def test_a_redis_that_has_forgotten_the_scripts_is_told_them_again(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    station.run("before")
    station.inside.wait_drained()
    capsys.readouterr()
    station.client.script_flush()
    station.run("after")
    station.client.script_flush()
    station.broker.enqueue(message("delayed, after"), delay=10)
    station.probe.wait("delayed, after")
    station.inside.wait_drained()
    assert "redis does not answer" not in capsys.readouterr().out


def test_a_redis_that_was_emptied_is_worked_on(station: Station) -> None:
    station.client.flushdb()
    station.run("after the flood")
    wait_until(lambda: station.client.hlen(keys.processes(APP)) == 1, "it is listed again")
    station.client.delete(keys.processes(APP))
    station.run("forgotten")


@pytest.mark.slow
def test_an_idle_worker_rests_while_redis_is_full() -> None:
    """Redis then refuses at once the command in which it would wait."""
    with RedisServer() as server, Station(server) as station:
        station.start()
        station.run("before")
        station.client.config_set("maxmemory", 1)
        station.broker.interrupt_consumers()
        time.sleep(0.5)
        station.client.config_resetstat()
        begun = time.monotonic()
        time.sleep(1)
        calls = station.client.info("commandstats")["cmdstat_evalsha"]["calls"]
        seconds = time.monotonic() - begun
        station.client.config_set("maxmemory", 0)
        # Four a second for each queue, and heartbeats.
        assert calls < 100 * seconds
