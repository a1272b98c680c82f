"""Takes messages off one queue for the worker's threads; blocks in Redis instead of polling.

A consumer runs in a thread of Dramatiq's, which asks it for the next message again and again. No
error of Redis leaves it: it waits and goes on by itself.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

import dramatiq.broker
import redis
from dramatiq import Message
from dramatiq.broker import MessageProxy
from dramatiq.errors import DecodeError

from gopherbot import logs
from gopherbot.metrics import counters
from gopherbot.queues.ack_batcher import RETRY_SECONDS, AckBatcher
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, connect
from gopherbot.storage.connection_limits import CONSUMER
from gopherbot.storage.raw_connection import Command, RawConnection

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker

BLOCK_SECONDS = 4
"""How long an idle consumer waits in one command, unless the worker stops."""
RECONCILE_SECONDS = 10.0
"""How often Redis is asked which messages it takes for ours. A fetch whose connection was lost may
still be executed, long after: by a network that delivers late."""
UNREGISTERED_PAUSE = 0.05
YIELD_SECONDS = 0.002
"""How long a consumer keeps still while what it handed on is worked on: the thread that it woke
needs the interpreter, which this one would hold while it makes up its next command."""

log = logs.get_logger(__name__)


class Consumer(dramatiq.broker.Consumer):
    """What the consumers of waiting and of delayed messages share."""

    def __init__(self, broker: Broker, queue: str, prefetch: int) -> None:
        self.broker = broker
        self.queue = queue
        self.prefetch = prefetch
        self.in_flight = broker.in_flight[queue]
        self._acks = AckBatcher(
            lambda outcome, ids: broker.settle(outcome, queue, ids),
            self.in_flight,
            broker.outage,
            broker.stopping,
        )
        # A consumer before this one may have lost the answer to a fetch.
        self._next_reconcile = 0.0

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or None if there is none for a few seconds."""
        if self.broker.stopping.is_set():
            # What is in a consumer's hands is requeued when it is closed.
            time.sleep(RETRY_SECONDS)
            return None
        try:
            if time.monotonic() >= self._next_reconcile:
                self._reconcile()
            return self._next()
        except REDIS_ERRORS as error:
            self._next_reconcile = 0.0
            self.broker.outage.failed(error)
            self.broker.stopping.wait(RETRY_SECONDS)
        return None

    def ack(self, message: MessageProxy) -> None:
        self._acks.add("ack", message.options["redis_message_id"])

    def nack(self, message: MessageProxy) -> None:
        self._acks.add("reject", message.options["redis_message_id"])

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._requeue([message.options["redis_message_id"] for message in messages])

    def _next(self) -> MessageProxy | None:
        """Return the next message. Raises `REDIS_ERRORS`."""
        raise NotImplementedError

    def _fetch_keys(self) -> list[str]:
        app = self.broker.namespace
        return [
            keys.waiting(app, self.queue),
            keys.messages(app, self.queue),
            self.broker.in_flight_key(self.queue),
            keys.processes(app),
        ]

    def _note_unregistered(self) -> None:
        """Have this worker registered again: Redis gives it nothing before.

        It has just started, or was taken for dead, or Redis has forgotten everything.
        """
        self.broker.heartbeat.beat_soon()
        self.broker.stopping.wait(UNREGISTERED_PAUSE)

    def _reject_unreadable(self, raw_id: bytes) -> None:
        log.error("unreadable message dead-lettered", queue=self.queue, message_id=repr(raw_id))
        self.broker.settle("reject", self.queue, [raw_id])
        self.broker.counts.add(counters.DEAD, self.queue)

    def _requeue(self, ids: list[str]) -> None:
        try:
            self.broker.requeue(self.queue, ids)
        except REDIS_ERRORS as error:
            # Nothing is lost: a living worker takes them up when this one is gone.
            log.warning("messages not requeued", queue=self.queue, error=str(error))

    def _reconcile(self) -> None:
        """Requeue the messages that are ours by Redis's account and not by our own.

        The answer to a fetch may be lost with its connection; nobody would ever work on what it
        brought.
        """
        # Ours first: what others settle meanwhile is then missing in Redis's account alone.
        ours = self.in_flight.ids()
        noted: list[bytes] | Exception
        (noted,) = self.broker.connections.execute(
            ("SMEMBERS", self.broker.in_flight_key(self.queue))
        )
        if isinstance(noted, Exception):
            raise noted
        lost = [id for id in noted if id.decode("utf-8", "replace") not in ours]
        if lost:
            self.broker.settle("requeue", self.queue, lost)
            log.warning("messages found again", queue=self.queue, count=len(lost))
        self._next_reconcile = time.monotonic() + RECONCILE_SECONDS


class QueueConsumer(Consumer):
    """Takes what waits in a queue."""

    def __init__(self, broker: Broker, queue: str, prefetch: int) -> None:
        super().__init__(broker, queue, prefetch)
        # A round trip fetches a third of what may be in flight, not one message at a time.
        self._low_watermark = prefetch * 2 // 3
        self._buffer: deque[MessageProxy] = deque()
        self._keys = self._fetch_keys()
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
        names, count = self._keys, self.prefetch - len(self.in_flight)
        wait: Command = ("BLMOVE", names[0], names[0], "LEFT", "LEFT", BLOCK_SECONDS)
        sha, id = self.broker.fetch_script.sha, self.broker.broker_id
        fetch: Command = ("EVALSHA", sha, len(names), *names, count, id)
        waited, fetched = self._connection.execute(wait, fetch)
        if isinstance(fetched, redis.exceptions.NoScriptError):
            fetched = self.broker.fetch(names, count)
        if isinstance(fetched, Exception):
            raise fetched
        self.broker.outage.answered()
        if fetched is None:
            self._note_unregistered()
            return
        if isinstance(waited, Exception) and not fetched:
            # It could store something, so a full Redis refuses it. Fetching is not refused.
            self.broker.stopping.wait(RETRY_SECONDS)
        for raw_id, data in zip(fetched[::2], fetched[1::2], strict=True):
            self._take(raw_id, data)

    def _take(self, raw_id: bytes, data: bytes) -> None:
        try:
            id, message = raw_id.decode(), Message.decode(data)
        except (DecodeError, UnicodeDecodeError):
            self._reject_unreadable(raw_id)
            return
        # What Redis says of a message counts, not what the message says of itself.
        if message.queue_name != self.queue or message.options.get("redis_message_id") != id:
            message = message.copy(queue_name=self.queue, options={"redis_message_id": id})
        # Only the queue of delayed messages delays them.
        message.options.pop("eta", None)
        self.in_flight.add(id)
        self._buffer.append(MessageProxy(message))
