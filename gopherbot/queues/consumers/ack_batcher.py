"""Acknowledges and rejects messages in batches."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable

from gopherbot.queues.consumers.in_flight import InFlight
from gopherbot.queues.consumers.message_store import Disposition
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.storage.outage import RedisAvailability

RETRY_SECONDS = 0.25

Settle = Callable[[Disposition, list[str], str], None]
"""A function that settles messages in Redis: how, their ids, and why they are dead-lettered. It may
raise `REDIS_ERRORS`."""


class AckBatcher:
    """Settles one queue's messages in Redis, and retries while Redis is unreachable. Thread-safe.

    One thread flushes for all; messages that others finish meanwhile go into its next command.
    """

    def __init__(
        self,
        settle: Settle,
        in_flight: InFlight,
        outage: RedisAvailability,
        stopping: threading.Event,
    ) -> None:
        self._settle = settle
        self._in_flight = in_flight
        self._outage = outage
        self._stopping = stopping
        self._done: deque[tuple[Disposition, str, str]] = deque()
        self._flush_lock = threading.Lock()

    def add(self, outcome: Disposition, id: str, died_of: str = "") -> None:
        """Settle a message. If another thread is flushing, leave it to that thread and return."""
        self._done.append((outcome, died_of, id))
        # Check again after releasing the lock, so that no message stays unsettled.
        while self._done and self._flush_lock.acquire(blocking=False):
            try:
                batch = self._done.copy()
                self._flush(batch)
                for _ in batch:
                    self._done.popleft()
            finally:
                self._flush_lock.release()

    def _flush(self, batch: Iterable[tuple[Disposition, str, str]]) -> None:
        alike: defaultdict[tuple[Disposition, str], list[str]] = defaultdict(list)
        for outcome, died_of, id in batch:
            alike[outcome, died_of].append(id)
        for (outcome, died_of), ids in alike.items():
            self._settle_all(outcome, ids, died_of)

    def _settle_all(self, outcome: Disposition, ids: list[str], died_of: str) -> None:
        while left := [id for id in ids if not self._in_flight.is_abandoned(id)]:
            try:
                self._settle(outcome, left, died_of)
                break
            except REDIS_ERRORS as error:
                self._outage.failed(error)
                # Another worker will requeue it, and the ledger shows that it is done.
                if self._stopping.is_set():
                    break
                time.sleep(RETRY_SECONDS)
        self._in_flight.discard(ids)
