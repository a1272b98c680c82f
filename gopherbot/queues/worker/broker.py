"""The Redis broker: Dramatiq's, with another way to fetch and settle messages.

The differences from stock Dramatiq:

- An idle consumer blocks in Redis (`consumers.py`). Stock Dramatiq sleeps up to a second
  between polls.
- Messages are fetched and acknowledged in batches (`deliveries.py`). Stock Dramatiq
  makes one round trip for each.
- A worker's heartbeat requeues a dead worker's messages (`recovery/heartbeat.py`). Stock Dramatiq
  does so at random, and only after a minute.
- A message whose fetch lost its connection is recovered (`consumers.py`).
- A message that cannot be decoded is dead-lettered; it does not stop the consumer.
- A consumer survives all Redis errors: it waits and retries.
- Messages can be fetched and settled when Redis is full (`settle_delivery.lua`). Stock
  Dramatiq needs memory to free memory, so a full Redis would stay full.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from dramatiq import Message
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import dq_name
from dramatiq.encoder import Encoder

from gopherbot import logs
from gopherbot.metrics import counters, process_registry
from gopherbot.queues import messages
from gopherbot.queues.recovery.heartbeat import WorkerHeartbeat
from gopherbot.queues.sealing import Sealer
from gopherbot.queues.worker.consumers import (
    BLOCK_SECONDS,
    Consumer,
    DelayedConsumer,
    QueueConsumer,
)
from gopherbot.queues.worker.deliveries import InFlight, MessageStore, Shared
from gopherbot.settings import Settings
from gopherbot.storage.client import REDIS_ERRORS, RedisAvailability, RedisConnections, connect
from gopherbot.storage.missed_words import MissedWords
from gopherbot.storage.raw_connection import RawConnection, RawConnections

log = logs.get_logger(__name__)


class MessageEncoder(Encoder):
    """Dramatiq's JSON, with each argument left as raw JSON until its actor reads it."""

    def encode(self, data: dict[str, Any]) -> bytes:
        return messages.encode(data)

    def decode(self, data: bytes) -> dict[str, Any]:
        return msgspec.structs.asdict(messages.decode(data))


class Broker(RedisBroker):
    """Dramatiq's Redis broker with blocking consumers. All keys start with `APP:`."""

    def __init__(self, settings: Settings, facts: Mapping[str, object] | None = None) -> None:
        """`facts` are the fields of the log line `started`."""
        super().__init__(  # type: ignore[no-untyped-call]
            client=connect(settings.redis, connections=RedisConnections.HEARTBEAT),
            middleware=[],
            namespace=settings.identity.app,
            maintenance_chance=0,
        )
        # `client` is the heartbeat's connection; at shutdown it also unblocks the consumers.
        self.settings = settings
        self.broker_id = process_registry.new_id(settings.identity.dyno)
        self.counts = counters.Counts()
        self.outage = RedisAvailability(lambda: self.counts.happened(counters.REDIS_REFUSED))
        self.stopping = threading.Event()
        self.in_flight: dict[str, InFlight] = {}
        """In-flight messages by queue, including the queues of delayed messages."""
        self.consumers: dict[str, Consumer] = {}
        self.delayed_added: dict[str, threading.Event] = {}
        """By queue of delayed messages. An event is set when this process adds a message, and when
        the heartbeat finds some of another process's."""
        self.missed_words = MissedWords(
            self.client, self.namespace, Sealer(settings.bot_token).digest
        )
        self.heartbeat = WorkerHeartbeat(
            self.client,
            settings.identity,
            self.counts,
            self.outage,
            self.stopping,
            facts=facts,
            after_outage=self.interrupt_consumers,
            wake_delayed=self.wake_delayed,
            report_more=self.missed_words.flush,
        )
        self.connections = RawConnections(
            connect(settings.redis, connections=RedisConnections.WORKER_MESSAGES),
            RedisConnections.WORKER_MESSAGES,
        )
        self.store = MessageStore(self.namespace, self.broker_id, self.connections)
        self._shared = Shared(
            self.store, self.counts, self.outage, self.stopping, self.heartbeat.beat_soon
        )

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            delayed = dq_name(queue_name)
            self.in_flight |= {queue_name: InFlight(), delayed: InFlight()}
            self.delayed_added[delayed] = threading.Event()
        super().declare_queue(queue_name)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        given = (self._shared, self.in_flight[queue_name], queue_name, prefetch)
        consumer: Consumer
        if queue_name in self.delay_queues:
            consumer = DelayedConsumer(*given, added=self.delayed_added[queue_name])
        else:
            client = connect(
                self.settings.redis,
                connections=RedisConnections.CONSUMER,
                answer_timeout=BLOCK_SECONDS + 2,
                name=self.broker_id,
            )
            consumer = QueueConsumer(
                *given,
                connection=RawConnection(client),
                actors=self.actors,
                put_off=lambda message, delay: self.enqueue(message, delay=delay),
            )
        self.consumers[queue_name] = consumer
        return consumer

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueue a message. Wake the consumer for a delayed one, so it need not poll."""
        if delay is not None:
            message = message.copy(options={"delay": delay})
        sent = super().enqueue(message, delay=delay)
        added = self.delayed_added.get(sent.queue_name)
        if added:
            added.set()
        return sent

    def do_enqueue(self, queue: str, id: str, data: bytes) -> None:
        self.store.put(queue, id, data)

    def requeue_all(self, waiting: Iterable[MessageProxy]) -> int:
        """Requeue messages that no thread has begun. Return their number. Raise `REDIS_ERRORS`."""
        ids: defaultdict[str, list[str]] = defaultdict(list)
        for message in waiting:
            ids[message.queue_name].append(message.options["redis_message_id"])
        for queue, some in ids.items():
            self.store.settle("requeue", queue, some)
            self.in_flight[queue].discard(some)
        return sum(map(len, ids.values()))

    def abandon(self, message: MessageProxy) -> None:
        """Leave a message in flight, for the worker that takes over from this one."""
        self.in_flight[message.queue_name].abandon(message.options["redis_message_id"])

    def unblock_consumers(self) -> None:
        """Wake the blocked consumers at shutdown."""
        self.wake_delayed()
        try:
            for client in self.client.client_list():
                if client["name"] == self.broker_id:
                    self.client.client_unblock(int(client["id"]))
        except REDIS_ERRORS as error:
            log.info("could not unblock consumers, interrupting them", error=str(error))
            self.interrupt_consumers()

    def interrupt_consumers(self) -> None:
        """Have the consumers connect again, in case their connections were lost silently."""
        for consumer in list(self.consumers.values()):
            consumer.interrupt()

    def wake_delayed(self) -> None:
        """Have the consumers of delayed messages look for some."""
        for added in self.delayed_added.values():
            added.set()

    def close(self) -> None:
        self.connections.close()
        self.client.close()
