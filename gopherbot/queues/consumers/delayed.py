"""Holds a queue's delayed messages (retries) until they are due."""

from __future__ import annotations

import heapq
import time
from typing import TYPE_CHECKING

from dramatiq.broker import MessageProxy
from dramatiq.common import q_name

from gopherbot import decoding
from gopherbot.queues import messages
from gopherbot.queues.consumers.base import Consumer
from gopherbot.storage.client import REDIS_ERRORS

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker

POLL_SECONDS = 5.0
"""How often to poll for other processes' delayed messages. This process's own are signalled."""

# Dramatiq prefetches 1,000 per thread, which is too many for Lua's `unpack`.
_MOST_AT_ONCE = 500


class DelayedConsumer(Consumer):
    """Fetches messages from `QUEUE.DQ`, and moves each to its queue when it is due.

    Stock Dramatiq enqueues a delayed message and then acknowledges it. Here both are one step, and
    a Redis error delays the consumer instead of ending it.
    """

    def __init__(self, broker: Broker, queue: str, prefetch: int) -> None:
        super().__init__(broker, queue, prefetch)
        # The previous consumer held its messages only in memory.
        self.in_flight.clear()
        self._held: list[tuple[float, str]] = []
        """A heap of due times (monotonic) and ids."""
        self._added = broker.delayed_added[queue]
        self._next_poll = 0.0

    def close(self) -> None:
        self._requeue([id for _, id in self._held])
        self._held.clear()

    def _next(self) -> MessageProxy | None:
        self._forward_due()
        self._added.wait(self._pause())
        if self.broker.stopping.is_set():
            return None
        if self._added.is_set():
            # Clear first: a message added during the fetch is then fetched next time.
            self._added.clear()
            self._fetch()
        elif time.monotonic() >= self._next_poll and self._some_wait():
            self._fetch()
        return None

    def _pause(self) -> float:
        """Return how many seconds to wait if no message is added."""
        pause = self._next_poll - time.monotonic()
        if self._held:
            pause = min(pause, self._held[0][0] - time.monotonic())
        return max(0.0, pause)

    def _some_wait(self) -> bool:
        """Return whether any messages wait. This is cheaper for Redis than an empty fetch."""
        self._next_poll = time.monotonic() + POLL_SECONDS
        some = self.store.waiting(self.queue) > 0
        self.broker.outage.answered()
        return some

    def _fetch(self) -> None:
        self._next_poll = time.monotonic() + POLL_SECONDS
        count = min(self.prefetch - len(self._held), _MOST_AT_ONCE)
        if count <= 0:
            return
        fetched = self.store.fetch(self.queue, count)
        self.broker.outage.answered()
        if fetched is None:
            self._next_poll = 0.0
            self._note_unregistered()
            return
        if len(fetched) == 2 * count:
            self._next_poll = 0.0  # There may be more.
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
