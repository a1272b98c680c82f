"""Fetches messages from a queue for the worker's threads; blocks in Redis instead of polling."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import redis
from dramatiq import Message
from dramatiq.broker import MessageProxy
from dramatiq.errors import DecodeError

from gopherbot import logs
from gopherbot.metrics import counters
from gopherbot.queues import messages
from gopherbot.queues.consumers.ack_batcher import RETRY_SECONDS
from gopherbot.queues.consumers.base import Consumer
from gopherbot.storage import keys
from gopherbot.storage.client import RedisConnections, connect
from gopherbot.storage.raw_connection import RawConnection, RedisCommand

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker

BLOCK_SECONDS = 4
"""Seconds that an idle consumer blocks in one command, unless the worker stops."""
YIELD_SECONDS = 0.002
"""Seconds to pause before the next fetch while messages are in flight. The thread that just
got a message needs the interpreter, which building the next command would hold."""


UNKNOWN_SECONDS = 600
"""How long a message for an actor that no worker knows is kept, unless it says otherwise."""
UNKNOWN_PAUSE = 60.0
UNKNOWN = "no worker knew its actor while it was fresh"

log = logs.get_logger(__name__)


class QueueConsumer(Consumer):
    """Consumes the waiting messages of a queue."""

    def __init__(self, broker: Broker, queue: str, prefetch: int) -> None:
        super().__init__(broker, queue, prefetch)
        # One round trip fetches at least a third of the prefetch limit, not just one message.
        self._low_watermark = prefetch * 2 // 3
        self._buffer: deque[MessageProxy] = deque()
        key = keys.waiting(broker.namespace, queue)
        self._wait: RedisCommand = ("BLMOVE", key, key, "LEFT", "LEFT", BLOCK_SECONDS)
        self._connection = RawConnection(
            connect(
                broker.settings.redis,
                connections=RedisConnections.CONSUMER,
                answer_timeout=BLOCK_SECONDS + 2,
                name=broker.broker_id,
            )
        )

    def close(self) -> None:
        self.requeue(self._buffer)
        self._buffer.clear()
        self._connection.close()

    def _next(self) -> MessageProxy | None:
        if not self._buffer and self.in_flight.wait_for_capacity(
            self._low_watermark, BLOCK_SECONDS
        ):
            self._fetch()
        return self._buffer.popleft() if self._buffer else None

    def _fetch(self) -> None:
        """Fetch waiting messages. Block briefly if there are none.

        The blocking command and the fetch are sent in one batch. The blocking command is `BLMOVE
        queue queue LEFT LEFT`, which returns as soon as the list has an element and leaves the
        list unchanged.
        """
        if len(self.in_flight):
            time.sleep(YIELD_SECONDS)
        count = self.prefetch - len(self.in_flight)
        waited, fetched = self._connection.execute(
            self._wait, self.store.fetch_command(self.queue, count)
        )
        if isinstance(fetched, redis.exceptions.NoScriptError):
            fetched = self.store.fetch(self.queue, count)
        if isinstance(fetched, Exception):
            raise fetched
        self.broker.outage.answered()
        if fetched is None:
            self._note_unregistered()
            return
        if isinstance(waited, Exception) and not fetched:
            # BLMOVE may need memory, so a full Redis refuses it. It never refuses the fetch.
            self.broker.stopping.wait(RETRY_SECONDS)
        for raw_id, data in zip(fetched[::2], fetched[1::2], strict=True):
            self._take(raw_id, data)

    def _take(self, raw_id: bytes, data: bytes) -> None:
        try:
            id, message = raw_id.decode(), Message.decode(data)
        except (DecodeError, UnicodeDecodeError):
            self._reject_unreadable(raw_id)
            return
        # Use the queue and id from Redis, not those in the message.
        if message.queue_name != self.queue or message.options.get("redis_message_id") != id:
            message = message.copy(queue_name=self.queue, options={"redis_message_id": id})
        # Only the queue of delayed messages delays them.
        message.options.pop("eta", None)
        if message.actor_name not in self.broker.actors:
            self._put_off(id, message)
            return
        self.in_flight.add(id)
        self._buffer.append(MessageProxy(message))

    def _put_off(self, id: str, message: Message[Any]) -> None:
        """Leave a message to a worker that knows its actor: one of another version, in a deploy.

        It comes back after as long as it has waited, so the fewer such workers there are, the less
        often it is looked at.
        """
        age, limit = time.time() - messages.sent_at(message), messages.max_age(message)
        about = {"queue": self.queue, "actor": message.actor_name, "age": round(age, 1)}
        if age <= (limit or UNKNOWN_SECONDS):
            log.warning("unknown actor, delayed", **about)
            self.broker.enqueue(message, delay=int(1000 * min(max(age, 1.0), UNKNOWN_PAUSE)))
            self.store.settle("ack", self.queue, [id])
        elif limit:
            log.warning("discarded", reason=UNKNOWN, **about)
            self.store.settle("ack", self.queue, [id])
            self.broker.counts.add(counters.STALE, self.queue)
        else:
            log.error("dead-lettered", reason=UNKNOWN, **about)
            self.store.settle("reject", self.queue, [id], UNKNOWN)
            self.broker.counts.add(counters.DEAD, self.queue)
