"""The queue that worker threads take deliveries from as they become due."""

import heapq
import itertools
import threading
import time

import msgspec

from slack_simulator.events.envelopes import EventEnvelope


class Delivery(msgspec.Struct):
    """A delivery of an event: attempt `number`, from 0, with the `reason` of a retry."""

    envelope: EventEnvelope
    number: int = 0
    reason: str = ""


class DeliveryQueue:
    """A queue of deliveries. A thread that takes one calls `done` after handling it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work_due = threading.Condition(self._lock)
        self._idle = threading.Condition(self._lock)
        self._due: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._held: list[Delivery] | None = None
        self._under_way = 0
        self._closed = False

    def put(self, delivery: Delivery, wait: float = 0.0) -> None:
        """Queue a delivery that becomes due in `wait` seconds. A closed queue drops it."""
        with self._lock:
            if self._closed:
                return
            if self._held is not None:
                self._held.append(delivery)
                return
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), delivery))
            self._work_due.notify()

    def take(self) -> Delivery | None:
        """Wait for the next due delivery and return it; None once the queue is closed."""
        with self._lock:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._due)[2]
                self._work_due.wait(wait)
        return None

    def done(self) -> None:
        """Mark a delivery as handled. Its retry, if any, must be queued before."""
        with self._lock:
            self._under_way -= 1
            self._idle.notify_all()

    @property
    def is_held(self) -> bool:
        """Whether deliveries wait for `release`."""
        return self._held is not None

    def hold(self) -> None:
        """Hold all further deliveries until `release`."""
        with self._lock:
            self._held = self._held or []

    def release(self, *, backwards: bool, apart: float) -> None:
        """Queue the held deliveries, newest first if `backwards`, due `apart` seconds apart."""
        with self._lock:
            held, self._held = self._held or [], None
        for number, delivery in enumerate(reversed(held) if backwards else held):
            self.put(delivery, number * apart)

    def wait_idle(self, timeout: float) -> None:
        """Wait until no delivery is queued or in flight. Raise `TimeoutError`."""
        with self._lock:
            if not self._idle.wait_for(lambda: not self._due and not self._under_way, timeout):
                left = f"{len(self._due)} deliveries are queued and {self._under_way} in flight"
                raise TimeoutError(f"{left} after {timeout} s")

    def wait_attempted(self, timeout: float) -> None:
        """Wait until each delivery was attempted once. Raise `TimeoutError`."""
        with self._lock:
            if not self._idle.wait_for(
                lambda: not self._under_way and not self._untried(), timeout
            ):
                raise TimeoutError(f"{self._untried()} deliveries not attempted after {timeout} s")

    def _untried(self) -> int:
        return sum(delivery.number == 0 for _, _, delivery in self._due)

    def close(self) -> None:
        """Drop all queued deliveries and wake all waiters."""
        with self._lock:
            self._closed = True
            self._due.clear()
            self._work_due.notify_all()
            self._idle.notify_all()
