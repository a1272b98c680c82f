"""Takes messages off one queue for the worker's threads; blocks in Redis instead of polling."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import redis
from dramatiq import Message
from dramatiq.broker import MessageProxy
from dramatiq.errors import DecodeError

from gopherbot.queues.consumers.ack_batcher import RETRY_SECONDS
from gopherbot.queues.consumers.base import Consumer
from gopherbot.storage import keys
from gopherbot.storage.client import connect
from gopherbot.storage.connection_limits import CONSUMER
from gopherbot.storage.raw_connection import Command, RawConnection

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker

BLOCK_SECONDS = 4
"""How long an idle consumer waits in one command, unless the worker stops."""
YIELD_SECONDS = 0.002
"""A pause before the next fetch while messages are in flight: the thread that just got one needs
the interpreter, which this thread would hold while it builds its next command."""


class QueueConsumer(Consumer):
    """Takes what waits in a queue."""

    def __init__(self, broker: Broker, queue: str, prefetch: int) -> None:
        super().__init__(broker, queue, prefetch)
        # A round trip fetches a third of what may be in flight, not one message at a time.
        self._low_watermark = prefetch * 2 // 3
        self._buffer: deque[MessageProxy] = deque()
        key = keys.waiting(broker.namespace, queue)
        self._wait: Command = ("BLMOVE", key, key, "LEFT", "LEFT", BLOCK_SECONDS)
        self._connection = RawConnection(
            connect(
                broker.settings.redis,
                connections=CONSUMER,
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
        """Fetch the messages that wait, blocking briefly if there are none.

        The command that waits and the one that fetches are sent together: Redis goes on from one
        to the other by itself. Waiting is `BLMOVE queue queue LEFT LEFT`, which answers at once
        when the list has something, and leaves it as it was.
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
            # BLMOVE may need memory, so a full Redis refuses it; fetching is never refused.
            self.broker.stopping.wait(RETRY_SECONDS)
        for raw_id, data in zip(fetched[::2], fetched[1::2], strict=True):
            self._take(raw_id, data)

    def _take(self, raw_id: bytes, data: bytes) -> None:
        try:
            id, message = raw_id.decode(), Message.decode(data)
        except (DecodeError, UnicodeDecodeError):
            self._reject_unreadable(raw_id)
            return
        # Redis's queue and id count, not those that the message claims.
        if message.queue_name != self.queue or message.options.get("redis_message_id") != id:
            message = message.copy(queue_name=self.queue, options={"redis_message_id": id})
        # Only the queue of delayed messages delays them.
        message.options.pop("eta", None)
        self.in_flight.add(id)
        self._buffer.append(MessageProxy(message))
