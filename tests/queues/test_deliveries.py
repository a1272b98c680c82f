"""Whose a message is: two brokers and their consumers, asked step by step, without a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal
from unittest import mock

import dramatiq
import pytest
import redis
import time_machine
from conftest import SettingsFor
from dramatiq.broker import MessageProxy
from support import Inside, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.queues.worker import consumers
from gopherbot.queues.worker.broker import Broker
from gopherbot.queues.worker.consumers import BLOCK_SECONDS, Consumer, DelayedConsumer
from gopherbot.queues.worker.deliveries import InFlight
from gopherbot.storage import keys
from gopherbot.storage.client import RedisConnections

from .conftest import message

QUEUE = table.BACKGROUND
DELAYED = keys.delayed(QUEUE)

NewBroker = Callable[[], Broker]


@pytest.fixture
def new_broker(settings_for: SettingsFor, redis_client: redis.Redis) -> Iterator[NewBroker]:
    made: list[Broker] = []

    def make() -> Broker:
        broker = Broker(settings_for())
        # Redis gives messages to a worker that is registered only.
        redis_client.hset(keys.processes(APP), broker.broker_id, "as its heartbeat would")
        dramatiq.actor(actor_name="notes", queue_name=QUEUE, broker=broker)(lambda: None)
        made.append(broker)
        return broker

    yield make
    for broker in made:
        broker.close()


def take(consumer: Consumer) -> MessageProxy:
    taken = wait_until(lambda: next(consumer), "a message comes")
    assert taken
    return taken


def holding(broker: Broker, delay: int) -> DelayedConsumer:
    """Enqueue a delayed message; return a consumer that holds it."""
    broker.enqueue(message(), delay=delay)
    consumer = broker.consume(DELAYED, prefetch=3)
    assert isinstance(consumer, DelayedConsumer)
    wait_until(lambda: next(consumer) or consumer._held, "it is held")
    return consumer


@pytest.mark.parametrize("outcome", ["ack", "reject", "requeue"])
def test_what_another_worker_holds_by_now_is_not_settled(
    new_broker: NewBroker, inside: Inside, outcome: Literal["ack", "reject", "requeue"]
) -> None:
    frozen, heir = new_broker(), new_broker()
    frozen.enqueue(message())
    taken = take(frozen.consume(QUEUE, prefetch=3))
    id = taken.options["redis_message_id"]
    # As when it is taken for dead.
    inside.client.lpush(keys.waiting(APP, QUEUE), id)
    inside.client.delete(frozen.store.in_flight_key(QUEUE))
    again = take(heir.consume(QUEUE, prefetch=3))
    assert again.options["redis_message_id"] == id
    frozen.store.settle(outcome, QUEUE, [id])
    assert list(inside.messages(QUEUE)) == [id]
    assert inside.ids(QUEUE) == []
    assert inside.dead(QUEUE) == {}


def test_begun_is_recorded_in_full_redis(new_broker: NewBroker, redis_client: redis.Redis) -> None:
    broker = new_broker()
    broker.enqueue(message())
    id = take(broker.consume(QUEUE, prefetch=3)).options["redis_message_id"]
    begun = keys.begun(APP, broker.broker_id)
    redis_client.config_set("maxmemory", 1)
    try:
        broker.store.begin(QUEUE, id)
        wait_until(lambda: redis_client.smembers(begun) == {id.encode()}, "it is recorded")
    finally:
        redis_client.config_set("maxmemory", 0)
    assert redis_client.ttl(begun) > 0
    broker.store.settle("ack", QUEUE, [id])
    assert not redis_client.exists(begun), "its end clears it"


def test_late_begun_is_not_recorded(new_broker: NewBroker, redis_client: redis.Redis) -> None:
    broker = new_broker()
    broker.enqueue(message())
    id = take(broker.consume(QUEUE, prefetch=3)).options["redis_message_id"]
    broker.store.settle("ack", QUEUE, [id])
    broker.store.begin(QUEUE, id)
    for _ in range(RedisConnections.WORKER_MESSAGES):
        broker.store.in_flight(QUEUE)  # On each connection: so it has arrived.
    assert not redis_client.exists(keys.begun(APP, broker.broker_id))


def test_what_is_in_its_own_hands_is_not_found_again(new_broker: NewBroker, inside: Inside) -> None:
    broker = new_broker()
    consumer = broker.consume(QUEUE, prefetch=3)
    broker.enqueue(message())
    taken = take(consumer)
    consumer._next_reconcile = 0.0
    broker.enqueue(message())
    assert take(consumer).message_id != taken.message_id
    assert inside.ids(QUEUE) == []


def test_what_the_living_hold_is_unacked(new_broker: NewBroker, redis_client: redis.Redis) -> None:
    broker = new_broker()
    consumer = broker.consume(QUEUE, prefetch=3)
    broker.enqueue(message())
    taken = take(consumer)
    broker.abandon(taken)
    consumer.ack(taken)
    assert redis_client.scard(broker.store.in_flight_key(QUEUE)) == 1


def test_what_could_not_be_forwarded_is_forwarded_later(
    new_broker: NewBroker, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, failure = new_broker(), mock.Mock(side_effect=redis.ConnectionError("away"))
    consumer = holding(broker, delay=300)
    with monkeypatch.context() as outage:
        outage.setattr(broker.store, "forward_delayed", failure)
        next(consumer)
    assert inside.ids(QUEUE) == []
    next(consumer)
    assert len(inside.ids(QUEUE)) == 1


def test_clock_set_back_delays_no_delayed_message(new_broker: NewBroker, inside: Inside) -> None:
    consumer = holding(new_broker(), delay=300)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1), tick=True):
        wait_until(lambda: next(consumer) or inside.ids(QUEUE), "it is due")


def test_closed_consumer_returns_delayed_messages(new_broker: NewBroker, inside: Inside) -> None:
    consumer = holding(new_broker(), delay=60_000)
    assert inside.ids(DELAYED) == []
    consumer.close()
    assert len(inside.ids(DELAYED)) == 1


def test_new_consumer_takes_as_much_as_the_last(new_broker: NewBroker, inside: Inside) -> None:
    broker = new_broker()
    for _ in range(3):
        broker.enqueue(message())
    first = broker.consume(QUEUE, prefetch=3)
    take(first)
    first.close()
    taken = {take(broker.consume(QUEUE, prefetch=3)).message_id}
    assert taken
    assert len(broker.in_flight[QUEUE]) == 3
    assert inside.ids(QUEUE) == []


@pytest.mark.parametrize(
    ("queue", "redis_answers"), [(DELAYED, True), (QUEUE, True), (QUEUE, False)]
)
def test_a_stop_wakes_a_consumer(
    new_broker: NewBroker, monkeypatch: pytest.MonkeyPatch, queue: str, redis_answers: bool
) -> None:
    broker = new_broker()
    consumer = broker.consume(queue, prefetch=3)
    if queue == DELAYED:
        next(consumer)
    waiting = threading.Thread(target=next, args=(consumer,), daemon=True)
    waiting.start()

    def blocked() -> list[str]:
        found = broker.client.client_list()
        return [each["name"] for each in found if each["flags"] == "b"]

    wait_until(lambda: broker.broker_id in blocked() or queue == DELAYED, "it waits")
    if not redis_answers:
        away = mock.Mock(side_effect=redis.ConnectionError("away"))
        monkeypatch.setattr(broker.client, "client_list", away)
    broker.unblock_consumers()
    waiting.join(BLOCK_SECONDS / 4)
    assert not waiting.is_alive()


@pytest.mark.parametrize("is_registered", [True, False])
def test_more_delayed_messages_are_looked_for_at_once(
    new_broker: NewBroker, inside: Inside, monkeypatch: pytest.MonkeyPatch, is_registered: bool
) -> None:
    """Five, and a consumer that holds three; or it asks before its worker is registered."""
    monkeypatch.setattr(consumers, "BLOCK_SECONDS", 0.05)
    broker = new_broker()
    for _ in range(5):
        broker.enqueue(message(), delay=0)
    consumer = broker.consume(DELAYED, prefetch=3)
    if not is_registered:
        inside.client.delete(keys.processes(APP))
        next(consumer)
        inside.client.hset(keys.processes(APP), broker.broker_id, 0)
    wait_until(lambda: next(consumer) or len(inside.ids(QUEUE)) == 5, "all are forwarded")


def test_capacity_is_waited_for() -> None:
    in_flight = InFlight()
    for id in ("a", "b", "c"):
        in_flight.add(id)
    assert in_flight.wait_for_capacity(3, 0)
    assert not in_flight.wait_for_capacity(1, 0.01)
    threading.Timer(0.05, in_flight.discard, [["a", "b"]]).start()
    assert in_flight.wait_for_capacity(1, 20)
    assert in_flight.ids() == {"c"}
