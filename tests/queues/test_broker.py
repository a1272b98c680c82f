"""The broker, with a worker in this process: what is taken up, how soon, and what of junk."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import dramatiq
import msgspec
import pytest
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.encoder import JSONEncoder
from support import PATIENCE, Inside, Probe, Station, wait_until

from gopherbot.actors import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues.consumer import BLOCK_SECONDS
from gopherbot.storage import keys

DATABASE = 5


@pytest.fixture(scope="module")
def client(shared_redis: RedisServer) -> Iterator[redis.Redis]:
    with redis.Redis(port=shared_redis.port, db=DATABASE, protocol=2) as client:
        client.flushdb()
        yield client


@pytest.fixture(scope="module")
def inside(client: redis.Redis) -> Inside:
    return Inside(client)


@pytest.fixture(scope="module")
def probe() -> Probe:
    return Probe()


class Line:
    """What connects the worker to Redis. It can cut: the next command that holds some bytes is
    caught, and once it may go on, Redis gets it, but the connection ends, and the answer with it.
    """

    def __init__(self, port: int) -> None:
        self.cut_after = b""
        self.caught = threading.Event()
        self.go_on = threading.Event()
        self._target = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for ends in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, asking: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if asking and self.cut_after and self.cut_after in data:
                    self.cut_after = b""
                    self.caught.set()
                    self.go_on.wait(PATIENCE)
                    source.shutdown(socket.SHUT_RDWR)
                    target.sendall(data)
                    # Redis hears all of it before it hears that nobody listens.
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def line(shared_redis: RedisServer) -> Iterator[Line]:
    line = Line(shared_redis.port)
    yield line
    line.close()


@pytest.fixture(scope="module")
def station(line: Line, client: redis.Redis, probe: Probe) -> Iterator[Station]:
    with Station(f"redis://127.0.0.1:{line.port}/{DATABASE}") as station:
        station.declare("notes", table.BACKGROUND, probe)
        station.start()
        yield station


def put(inside: Inside, name: str) -> str:
    return inside.send(table.BACKGROUND, "notes", msgspec.json.encode(name))


# Taking up.


def test_an_idle_worker_takes_a_message_up_at_once(
    station: Station, probe: Probe, inside: Inside
) -> None:
    waits = []
    for number in range(5):
        name = f"idle {number}"
        start = time.monotonic()
        put(inside, name)
        waits.append(probe.wait(name)[0] - start)
        inside.wait_drained()
    # A poll would take half of its period in the middle.
    assert sorted(waits)[2] < BLOCK_SECONDS / 20


def test_a_message_is_run_once_and_then_gone(
    station: Station, probe: Probe, inside: Inside
) -> None:
    names = [f"many {number}" for number in range(200)]
    for name in names:
        put(inside, name)
    for name in names:
        probe.wait(name)
    inside.wait_drained()
    assert all(len(probe.runs[name]) == 1 for name in names)
    assert inside.dead(table.BACKGROUND) == {}
    assert inside.client.keys(f"{APP}:__acks__*") == []


def test_what_stock_dramatiq_enqueues_is_run_too(
    station: Station, probe: Probe, client: redis.Redis
) -> None:
    stock = RedisBroker(client=client, namespace=APP, middleware=[])  # type: ignore[no-untyped-call]
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=table.BACKGROUND, actor_name="notes", args=("stock",), kwargs={}, options={}
    )
    message = message.copy(options={"redis_message_id": "stock-id"})
    stock.do_enqueue(table.BACKGROUND, "stock-id", JSONEncoder().encode(message.asdict()))
    probe.wait("stock")


def test_what_the_bots_broker_enqueues_stock_dramatiq_reads(
    station: Station, inside: Inside
) -> None:
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name="elsewhere", actor_name="any", args=(1, {"a": "ü"}), kwargs={}, options={}
    )
    station.broker.enqueue(message)
    [data] = inside.messages("elsewhere").values()
    read: dramatiq.Message[Any] = dramatiq.Message(**JSONEncoder().decode(data))
    assert (read.args, read.message_id) == ((1, {"a": "ü"}), message.message_id)


def test_a_delayed_message_is_run_when_its_time_has_come_and_not_before(
    station: Station, probe: Probe, inside: Inside
) -> None:
    start = time.monotonic()
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=table.BACKGROUND,
        actor_name="notes",
        args=("delayed",),
        kwargs={},
        options={},
    )
    station.broker.enqueue(message, delay=300)
    [ran] = probe.wait("delayed")
    assert ran - start >= 0.29
    inside.wait_drained()


# Junk.

RIGHT = {
    "queue_name": table.BACKGROUND,
    "actor_name": "notes",
    "args": ["junk"],
    "kwargs": {},
    "options": {},
    "message_id": "1",
    "message_timestamp": 1,
}
JUNK = [
    *(b"", b"junk", b"\xff\xfe", b"null", b"[]", b"{}", b'"text"', b"\x80\x04K\x05."),
    # Each field missing, and each of a wrong type.
    *(msgspec.json.encode({n: v for n, v in RIGHT.items() if n != name}) for name in RIGHT),
    *(msgspec.json.encode(RIGHT | {name: None}) for name in RIGHT),
    # Deeper than any Python's decoder goes.
    msgspec.json.encode(RIGHT).replace(b'"junk"', b"[" * 100_000 + b"]" * 100_000),
]


def test_what_cannot_be_read_is_dead_lettered_and_stops_nobody(
    station: Station, probe: Probe, inside: Inside
) -> None:
    ids = [inside.put(table.BACKGROUND, data) for data in JUNK]
    put(inside, "after the junk")
    probe.wait("after the junk")
    inside.wait_drained()
    assert inside.dead(table.BACKGROUND) == dict(zip(ids, JUNK, strict=True))
    for id in ids:
        died = inside.client.zscore(f"{APP}:{table.BACKGROUND}.XQ", id)
        assert died is not None
        assert abs(float(died) / 1000 - time.time()) < 60
    inside.client.flushdb()


def test_an_id_without_a_message_is_let_go(station: Station, probe: Probe, inside: Inside) -> None:
    inside.client.rpush(f"{APP}:{table.BACKGROUND}", "nobody", b"\xff\xfe")
    put(inside, "after nobody")
    probe.wait("after nobody")
    inside.wait_drained()
    assert inside.ids(table.BACKGROUND) == []
    assert inside.dead(table.BACKGROUND) == {}


def test_a_message_for_an_unknown_actor_is_dead_lettered(
    station: Station, probe: Probe, inside: Inside
) -> None:
    id = inside.send(table.BACKGROUND, "nobody_of_this_name", b'"x"')
    put(inside, "after the unknown")
    probe.wait("after the unknown")
    inside.wait_drained()
    assert list(inside.dead(table.BACKGROUND)) == [id]
    inside.client.flushdb()


@pytest.mark.parametrize("queue", [table.TEAM_JOIN, table.CHANNEL_JOIN, table.MESSAGE_PUBLIC])
@pytest.mark.parametrize(
    "args",
    [
        (),
        (b"null",),
        (b"[]",),
        (b'"text"',),
        (b"{}",),
        (b'{"event":1}',),
        (b'{"event":[],"event_id":1,"event_time":"x"}',),
    ],
)
def test_a_payload_that_its_actor_cannot_read_is_dead_lettered_once(
    station: Station, inside: Inside, queue: str, args: tuple[bytes, ...]
) -> None:
    id = inside.send(queue, queue, *args)
    wait_until(lambda: id in inside.dead(queue), "it is dead")
    inside.wait_drained()
    assert list(inside.dead(queue)) == [id]
    inside.client.flushdb()


# Trouble with the connection.


def test_messages_that_were_fetched_but_lost_on_the_way_are_found_again(
    station: Station, probe: Probe, inside: Inside, line: Line
) -> None:
    line.cut_after = station.broker.fetch_script.sha.encode()
    # Its consumer waits already: after this message it asks for the next.
    put(inside, "not lost")
    assert line.caught.wait(PATIENCE)
    put(inside, "lost")
    line.go_on.set()
    probe.wait("lost")
    inside.wait_drained()
    assert len(probe.runs["lost"]) == 1
    assert inside.client.keys(f"{APP}:__acks__*") == []


def test_cut_connections_lose_and_double_nothing(
    station: Station, probe: Probe, inside: Inside
) -> None:
    names = [f"cut {number}" for number in range(60)]
    for number, name in enumerate(names):
        put(inside, name)
        if number % 10 == 5:
            inside.client.client_kill_filter(_type="normal", skipme=True)
    for name in names:
        probe.wait(name)
    inside.wait_drained()
    # A cut may hide that a message was done; then it is run again, which the ledger sees to.
    assert sum(len(probe.runs[name]) > 1 for name in names) <= 24


def test_a_redis_that_was_emptied_is_worked_on(
    station: Station, probe: Probe, inside: Inside
) -> None:
    inside.client.flushdb()
    put(inside, "after the flood")
    probe.wait("after the flood")
    wait_until(lambda: inside.client.hlen(keys.processes(APP)) == 1, "the worker is listed again")
