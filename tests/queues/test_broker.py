"""The broker, with a worker in this process: what is taken up, how soon, and what of junk."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import dramatiq
import msgspec
import pytest
import redis
from conftest import SettingsFor
from dramatiq.brokers.redis import RedisBroker
from dramatiq.encoder import JSONEncoder
from pace import load_adjusted
from support import PATIENCE, Inside, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics import counters
from gopherbot.queues import messages
from gopherbot.queues.worker.broker import Broker
from gopherbot.queues.worker.consumers import BLOCK_SECONDS, UNKNOWN
from gopherbot.storage import keys
from gopherbot.storage.client import text

from .conftest import Station, message

DATABASE = 5


@pytest.fixture(scope="module")
def shared_station(shared_redis: RedisServer) -> Iterator[Station]:
    with Station(shared_redis, DATABASE) as station:
        station.start()
        yield station


RIGHT = {
    "queue_name": table.BACKGROUND,
    "actor_name": "notes",
    "args": ["junk"],
    "kwargs": {},
    "options": {},
    "message_id": "1",
    "message_timestamp": 1,
}


# Taking up.


def test_an_idle_worker_takes_a_message_up_at_once(station: Station) -> None:
    waits = []
    for number in range(5):
        start = time.monotonic()
        station.send(f"idle {number}")
        waits.append(station.probe.wait(f"idle {number}")[0] - start)
        station.inside.wait_drained()
    # A poll would take half of its period in the middle.
    assert sorted(waits)[2] < load_adjusted(BLOCK_SECONDS / 600)


def test_a_message_is_run_once_and_then_gone(station: Station) -> None:
    names = [f"many {number}" for number in range(200)]
    station.run(*names)
    station.inside.wait_drained()
    assert all(len(station.probe.runs[name]) == 1 for name in names)
    assert station.inside.dead(table.BACKGROUND) == {}
    assert station.client.keys(f"{APP}:__acks__*") == []


def test_what_stock_dramatiq_enqueues_is_run_too(station: Station) -> None:
    stock = RedisBroker(client=station.client, namespace=APP, middleware=[])  # type: ignore[no-untyped-call]
    sent = message("stock").copy(options={"redis_message_id": "stock-id"})
    stock.do_enqueue(table.BACKGROUND, "stock-id", JSONEncoder().encode(sent.asdict()))
    station.probe.wait("stock")


def test_what_the_bots_broker_enqueues_stock_dramatiq_reads(station: Station) -> None:
    sent = message(1, {"a": "ü"}, queue="elsewhere")
    station.broker.enqueue(sent)
    [data] = station.inside.messages("elsewhere").values()
    read: dramatiq.Message[Any] = dramatiq.Message(**JSONEncoder().decode(data))
    assert (read.args, read.message_id) == ((1, {"a": "ü"}), sent.message_id)


def test_a_delayed_message_is_run_when_its_time_has_come_and_not_before(station: Station) -> None:
    start = time.monotonic()
    station.broker.enqueue(message("delayed"), delay=300)
    [ran] = station.probe.wait("delayed")
    assert ran - start >= 0.29


@pytest.mark.parametrize("field", ["sent_at", "message_timestamp"])
def test_a_time_that_no_clock_shows_stops_nothing(field: str, station: Station) -> None:
    packed = messages.pack(table.BACKGROUND, "notes", msgspec.json.encode(f"{field} is odd"))
    fields = msgspec.json.decode(packed.data)
    fields["options"].pop("sent_at")
    (fields if field in fields else fields["options"])[field] = 10**400
    station.inside.put(table.BACKGROUND, json.dumps(fields).encode())
    station.run(f"behind an odd {field}")
    assert f"{field} is odd" not in station.probe.runs, "it may be of any age"


@pytest.mark.slow
def test_foreign_delayed_messages_are_found_whatever_their_time(station: Station) -> None:
    # Its consumer has looked for the first time, and waits.
    station.broker.enqueue(message("own"), delay=10)
    station.probe.wait("own")
    delayed = keys.delayed(table.BACKGROUND)
    etas: dict[str, object] = {
        "past": 1,
        "none": None,
        "text": "soon",
        "list": [1],
        "huge": 10**400,
    }
    for name, eta in etas.items():
        packed = messages.pack(delayed, "notes", msgspec.json.encode(f"from elsewhere: {name}"))
        fields = msgspec.json.decode(packed.data)
        station.inside.put(delayed, json.dumps(fields | {"options": {"eta": eta}}).encode())
    for name in etas:
        station.probe.wait(f"from elsewhere: {name}")
    station.inside.wait_drained()


@pytest.mark.parametrize(
    ("name", "lie"),
    [
        ("another queue", {"queue_name": "another"}),
        ("another id", {"options": {"redis_message_id": "another"}}),
        ("no id", {"options": {}}),
        ("a time to wait for", {"options": {"eta": 10**15}}),
    ],
)
def test_what_redis_says_of_a_message_counts_and_not_what_it_says_of_itself(
    station: Station, name: str, lie: dict[str, object]
) -> None:
    now = int(time.time() * 1000)
    id = uuid4().hex
    truth = RIGHT | {"args": [name], "message_timestamp": now, "options": {"redis_message_id": id}}
    station.inside.put(table.BACKGROUND, msgspec.json.encode(truth | lie), id)
    station.probe.wait(name)
    station.inside.wait_drained()
    assert len(station.probe.runs[name]) == 1


# Junk.

JUNK = [
    *(b"", b"junk", b"\xff\xfe", b"null", b"[]", b"{}", b'"text"', b"\x80\x04K\x05."),
    # Each field missing, and each of a wrong type.
    *(msgspec.json.encode({n: v for n, v in RIGHT.items() if n != name}) for name in RIGHT),
    *(msgspec.json.encode(RIGHT | {name: None}) for name in RIGHT),
    # Deeper than any Python's decoder goes.
    msgspec.json.encode(RIGHT).replace(b'"junk"', b"[" * 100_000 + b"]" * 100_000),
]


def test_what_cannot_be_read_is_dead_lettered_and_stops_nobody(station: Station) -> None:
    ids = [station.inside.put(table.BACKGROUND, data) for data in JUNK]
    station.run("after the junk")
    station.inside.wait_drained()
    assert station.inside.dead(table.BACKGROUND) == dict(zip(ids, JUNK, strict=True))
    for id in ids:
        died = station.client.zscore(f"{APP}:{table.BACKGROUND}.XQ", id)
        assert died == pytest.approx(time.time() * 1000, abs=60_000)
    station.wait_counted(counters.DEAD, len(JUNK))
    station.client.flushdb()


def test_an_id_without_a_message_is_let_go(station: Station) -> None:
    station.client.rpush(f"{APP}:{table.BACKGROUND}", "nobody", b"\xff\xfe")
    station.run("after nobody")
    station.inside.wait_drained()
    assert station.inside.ids(table.BACKGROUND) == []
    assert station.inside.dead(table.BACKGROUND) == {}


def test_message_for_a_newer_actor_waits_for_a_worker_that_knows_it(station: Station) -> None:
    """It is looked at now and then, and runs in no circle."""
    station.send("unknown", "of tomorrow", max_age=60)
    station.run("after the unknown")
    assert 1000 <= station.wait_delayed()["delay"] < 5000
    station.declare("of tomorrow", table.BACKGROUND, station.probe)
    station.probe.wait("unknown")
    station.inside.wait_drained()
    assert station.inside.all_dead() == {}


def test_message_for_an_unknown_actor_is_tried_every_minute(station: Station) -> None:
    station.send("x", "nobody", sent_at=time.time() - 300)
    assert station.wait_delayed()["delay"] == 60_000
    station.client.flushdb()


def test_message_not_put_off_is_not_lost(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    enqueue, failed = station.broker.enqueue, threading.Event()

    def fail_once(*arguments: Any, **more: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise redis.ConnectionError
        return enqueue(*arguments, **more)

    monkeypatch.setattr(station.broker, "enqueue", fail_once)
    station.send("put off", "of next week", max_age=60)
    assert failed.wait(PATIENCE)
    station.declare("of next week", table.BACKGROUND, station.probe)
    station.probe.wait("put off")


@pytest.mark.parametrize(("age", "max_age", "dies"), [(31, 30, False), (601, 0, True)])
def test_a_message_for_an_unknown_actor_is_kept_while_it_is_fresh(
    station: Station, age: float, max_age: int, dies: bool
) -> None:
    id = station.send("x", "nobody", sent_at=time.time() - age, max_age=max_age)
    station.inside.wait_drained()
    found = station.inside.dead(table.BACKGROUND)
    assert list(found) == [id] * dies
    assert [messages.decode(data).options["died_of"] for data in found.values()] == [UNKNOWN] * dies
    station.wait_counted(counters.DEAD if dies else counters.STALE, 1)
    station.client.flushdb()


@pytest.mark.parametrize("queue", [table.TEAM_JOIN, table.CHANNEL_JOIN, table.MESSAGE_PUBLIC])
@pytest.mark.parametrize(
    "body",
    [
        *("", "null", "[]", '"text"', "{}", '{"event":1}'),
        '{"event":[],"event_id":1,"event_time":"x"}',
    ],
)
def test_a_payload_that_its_actor_cannot_read_is_dead_lettered_once(
    station: Station, queue: str, body: str
) -> None:
    id = station.inside.send(queue, queue, *([body.encode()] if body else []))
    wait_until(lambda: id in station.inside.dead(queue), "it is dead")
    station.inside.wait_drained()
    assert list(station.inside.dead(queue)) == [id]
    station.client.flushdb()


# What a worker holds.


def test_a_worker_that_is_not_registered_gets_nothing(
    settings_for: SettingsFor, redis_client: redis.Redis
) -> None:
    """A dead one's last command may reach Redis when nobody takes over from it any more."""
    broker = Broker(settings_for())
    queue, names = table.BACKGROUND, [f"message {number}" for number in range(5)]
    broker.declare_queue(queue)
    there = Inside(redis_client)
    for name in names:
        there.put(queue, b"{}", name)
    assert broker.store.fetch(queue, 3) is None
    assert there.ids(queue) == names
    assert not redis_client.exists(broker.store.in_flight_key(queue))
    redis_client.hset(keys.processes(APP), broker.broker_id, "it is registered")
    assert broker.store.fetch(queue, 3) == [
        each for id in names[:3] for each in (id.encode(), b"{}")
    ]
    broker.close()


@pytest.mark.slow
def test_heartbeats_do_not_wait_behind_what_messages_need(station: Station) -> None:
    def seen() -> int:
        value = station.client.hget(keys.processes(APP), station.broker.broker_id)
        return int(text(value).split(" ")[0]) if value else 0

    wait_until(seen, "it is listed")
    with ExitStack() as stack:
        # Every connection that acknowledgements, claims and retries share is waited for.
        for lock, _ in station.broker.connections._connections:
            stack.enter_context(lock)
        before = seen()
        wait_until(lambda: seen() > before, "it beats", seconds=8)


@pytest.mark.slow
def test_what_a_consumer_of_delayed_messages_held_is_found_by_the_one_after_it(
    settings_for: SettingsFor, redis_client: redis.Redis
) -> None:
    """Dramatiq makes another one after an error that nobody foresaw."""
    broker = Broker(settings_for())
    redis_client.hset(keys.processes(APP), broker.broker_id, "it is registered")
    broker.declare_queue(table.BACKGROUND)
    delayed = keys.delayed(table.BACKGROUND)
    broker.enqueue(message("held"), delay=100)
    first = broker.consume(delayed, prefetch=10)
    wait_until(lambda: next(first) or len(broker.in_flight[delayed]), "it is held")
    second = broker.consume(delayed, prefetch=10)
    found = Inside(redis_client)
    wait_until(lambda: next(second) or found.ids(table.BACKGROUND), "it is forwarded")
    assert not redis_client.exists(broker.store.in_flight_key(delayed))
    broker.close()
