"""Hands a worker's threads the messages of its queues: one consumer a queue.

A consumer runs in a Dramatiq thread, which keeps asking it for the next message. It survives all
Redis errors: it waits and retries.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Container, Iterable
from threading import Event
from typing import Any

import dramatiq.broker
import redis
from dramatiq import Message
from dramatiq.broker import MessageProxy
from dramatiq.common import q_name
from dramatiq.errors import DecodeError

from gopherbot import decoding, logs
from gopherbot.metrics import counters
from gopherbot.queues import messages
from gopherbot.queues.worker.deliveries import (
    RETRY_SECONDS,
    AckBatcher,
    Disposition,
    InFlight,
    Shared,
)
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.storage.raw_connection import RawConnection, RedisCommand

RECONCILE_SECONDS = 10.0
"""How often to compare our in-flight messages with Redis's list after an error. A fetch whose
connection was lost may still reach Redis much later, when the network has recovered."""
CALM_SECONDS = 300.0
"""How long after an error to do so, and how often otherwise."""
UNREGISTERED_PAUSE = 0.05

BLOCK_SECONDS = 60
"""Seconds that an idle consumer blocks in one command, unless the worker stops or a heartbeat that
follows a failed one interrupts it."""
YIELD_SECONDS = 0.002
"""Seconds to pause before the next fetch while messages are in flight. The thread that just
got a message needs the interpreter, which building the next command would hold."""

UNKNOWN_SECONDS = 600
"""How long a message for an actor that no worker knows is kept, unless it says otherwise."""
UNKNOWN_PAUSE = 60.0
UNKNOWN = "no worker knew its actor while it was fresh"

# Dramatiq prefetches 1,000 per thread, which is too many for Lua's `unpack`.
_MOST_AT_ONCE = 500

log = logs.get_logger(__name__)


class Consumer(dramatiq.broker.Consumer):
    """A consumer of one queue."""

    def __init__(self, shared: Shared, in_flight: InFlight, queue: str, prefetch: int) -> None:
        self.shared = shared
        self.store = shared.store
        self.queue = queue
        self.prefetch = prefetch
        self.in_flight = in_flight
        self._acks = AckBatcher(shared, in_flight, queue)
        # Due at once: the previous consumer may have lost the reply to a fetch.
        self._next_reconcile = 0.0
        self._calm_from = 0.0

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or None after a few seconds without one."""
        if self.shared.stopping.is_set():
            # Fetched messages are requeued when the consumer is closed.
            time.sleep(RETRY_SECONDS)
            return None
        try:
            if time.monotonic() >= self._next_reconcile:
                self._reconcile()
            return self._next()
        except REDIS_ERRORS as error:
            self._next_reconcile = 0.0
            self._calm_from = time.monotonic() + CALM_SECONDS
            self.shared.outage.failed(error)
            self.shared.stopping.wait(RETRY_SECONDS)
        return None

    def ack(self, message: MessageProxy) -> None:
        outcome: Disposition = message.options.get("disposition", "ack")
        self._acks.add(outcome, message.options["redis_message_id"])

    def nack(self, message: MessageProxy) -> None:
        died_of = str(message.options.get("died_of", ""))
        self._acks.add("reject", message.options["redis_message_id"], died_of)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._requeue([message.options["redis_message_id"] for message in messages])

    def interrupt(self) -> None:
        """Wake a consumer that waits for messages. Thread-safe."""
        raise NotImplementedError

    def _next(self) -> MessageProxy | None:
        """Return the next message. Raise `REDIS_ERRORS`."""
        raise NotImplementedError

    def _pause(self) -> float:
        """Return how many seconds to wait for messages at most."""
        return RECONCILE_SECONDS if time.monotonic() < self._calm_from else BLOCK_SECONDS

    def _note_unregistered(self) -> None:
        """Request a heartbeat at once, because this worker is not registered and gets no messages.

        It has just started, was declared dead, or Redis lost its data.
        """
        self.shared.beat_soon()
        self.shared.stopping.wait(UNREGISTERED_PAUSE)

    def _reject_unreadable(self, raw_id: bytes) -> None:
        log.error("unreadable message dead-lettered", queue=self.queue, message_id=repr(raw_id))
        self.store.settle("reject", self.queue, [raw_id], "it cannot be decoded")
        self.shared.counts.add(counters.DEAD, self.queue)

    def _requeue(self, ids: list[str]) -> None:
        try:
            self.store.settle("requeue", self.queue, ids)
            self.in_flight.discard(ids)
        except REDIS_ERRORS as error:
            # They are not lost: another worker requeues them after this one has ended.
            log.warning("messages not requeued", queue=self.queue, error=str(error))

    def _reconcile(self) -> None:
        """Requeue messages that Redis lists as in flight here but this process does not know.

        If the reply to a fetch is lost with its connection, no thread ever works on its messages.
        """
        # Read ours first: a message settled in between is then missing only from Redis's list.
        ours = self.in_flight.ids()
        noted = self.store.in_flight(self.queue)
        lost = [id for id in noted if id.decode("utf-8", "replace") not in ours]
        if lost:
            self.store.settle("requeue", self.queue, lost)
            log.warning("lost messages requeued", queue=self.queue, count=len(lost))
        now = time.monotonic()
        self._next_reconcile = now + (RECONCILE_SECONDS if now < self._calm_from else CALM_SECONDS)


class QueueConsumer(Consumer):
    """Consumes the waiting messages of a queue."""

    def __init__(
        self,
        shared: Shared,
        in_flight: InFlight,
        queue: str,
        prefetch: int,
        *,
        connection: RawConnection,
        actors: Container[str],
        put_off: Callable[[Message[Any], int], object],
    ) -> None:
        """`actors` are the known ones. `put_off` enqueues a message with a delay in ms."""
        super().__init__(shared, in_flight, queue, prefetch)
        # One round trip fetches at least a third of the prefetch limit, not just one message.
        self._low_watermark = prefetch * 2 // 3
        self._buffer: deque[MessageProxy] = deque()
        self._key = keys.waiting(shared.store.app, queue)
        self._connection = connection
        self._actors = actors
        self._enqueue_again = put_off

    def close(self) -> None:
        self.requeue(self._buffer)
        self._buffer.clear()
        self._connection.close()

    def interrupt(self) -> None:
        self._connection.interrupt()

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
        wait: RedisCommand = ("BLMOVE", self._key, self._key, "LEFT", "LEFT", self._pause())
        waited, fetched = self._connection.execute(
            wait, self.store.fetch_command(self.queue, count)
        )
        if isinstance(fetched, redis.exceptions.NoScriptError):
            fetched = self.store.fetch(self.queue, count)
        if isinstance(fetched, Exception):
            raise fetched
        self.shared.outage.answered()
        if fetched is None:
            self._note_unregistered()
            return
        if isinstance(waited, Exception) and not fetched:
            # BLMOVE may need memory, so a full Redis refuses it. It never refuses the fetch.
            self.shared.stopping.wait(RETRY_SECONDS)
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
        if message.actor_name not in self._actors:
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
            self._enqueue_again(message, int(1000 * min(max(age, 1.0), UNKNOWN_PAUSE)))
            self.store.settle("ack", self.queue, [id])
        elif limit:
            log.warning("discarded", reason=UNKNOWN, **about)
            self.store.settle("ack", self.queue, [id])
            self.shared.counts.add(counters.STALE, self.queue)
        else:
            log.error("dead-lettered", reason=UNKNOWN, **about)
            self.store.settle("reject", self.queue, [id], UNKNOWN)
            self.shared.counts.add(counters.DEAD, self.queue)


class DelayedConsumer(Consumer):
    """Fetches messages from `QUEUE.DQ`, and moves each to its queue when it is due.

    Stock Dramatiq enqueues a delayed message and then acknowledges it. Here both are one step, and
    a Redis error delays the consumer instead of ending it.
    """

    def __init__(
        self, shared: Shared, in_flight: InFlight, queue: str, prefetch: int, *, added: Event
    ) -> None:
        super().__init__(shared, in_flight, queue, prefetch)
        # The previous consumer held its messages only in memory.
        self.in_flight.clear()
        self._held: list[tuple[float, str]] = []
        """A heap of due times (monotonic) and ids."""
        self._added = added
        self._added.set()

    def close(self) -> None:
        self._requeue([id for _, id in self._held])
        self._held.clear()

    def interrupt(self) -> None:
        self._added.set()

    def _next(self) -> MessageProxy | None:
        self._added.wait(self._pause())
        if self.shared.stopping.is_set():
            return None
        if self._added.is_set():
            # Clear first: a message added during the fetch is then fetched next time.
            self._added.clear()
            self._fetch()
        self._forward_due()
        return None

    def _pause(self) -> float:
        due = self._held[0][0] - time.monotonic() if self._held else BLOCK_SECONDS
        return max(0.0, min(due, super()._pause()))

    def _fetch(self) -> None:
        count = min(self.prefetch - len(self._held), _MOST_AT_ONCE)
        if count <= 0:
            return
        fetched = self.store.fetch(self.queue, count)
        self.shared.outage.answered()
        if fetched is None:
            self._added.set()
            self._note_unregistered()
            return
        if len(fetched) == 2 * count:
            self._added.set()  # There may be more.
        for raw_id, data in zip(fetched[::2], fetched[1::2], strict=True):
            self._take(raw_id, data)

    def _take(self, raw_id: bytes, data: bytes) -> None:
        try:
            id, wait = raw_id.decode(), messages.due_in(messages.decode(data).options)
        except decoding.UNREADABLE:
            self._reject_unreadable(raw_id)
            return
        self.in_flight.add(id)
        heapq.heappush(self._held, (time.monotonic() + wait, id))

    def _forward_due(self) -> None:
        due = []
        while self._held and self._held[0][0] <= time.monotonic():
            due.append(heapq.heappop(self._held))
        if not due:
            return
        ids = [id for _, id in due]
        try:
            self.store.forward_delayed(self.queue, q_name(self.queue), ids)
        except REDIS_ERRORS:
            for one in due:
                heapq.heappush(self._held, one)
            raise
        self.in_flight.discard(ids)
