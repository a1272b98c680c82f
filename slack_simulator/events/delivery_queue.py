"""What is to be delivered and when: a queue that threads take from as deliveries become due."""

import heapq
import itertools
import threading
import time

import msgspec

from slack_simulator.events.envelopes import EventEnvelope


class Delivery(msgspec.Struct):
    """An event on its way: attempt `number` (0 is the first), for `reason` if it is a retry."""

    envelope: EventEnvelope
    number: int = 0
    reason: str = ""


class DeliveryQueue:
    """A queue of deliveries; whoever takes one says when it is done with it."""

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
        """Have a delivery taken in `wait` seconds; it is dropped once the queue is closed."""
        with self._lock:
            if self._closed:
                return
            if self._held is not None:
                self._held.append(delivery)
                return
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), delivery))
            self._work_due.notify()

    def take(self) -> Delivery | None:
        """Wait for the next delivery to become due; None once the queue is closed."""
        with self._lock:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._due)[2]
                self._work_due.wait(wait)
        return None

    def done(self) -> None:
        """Note that a delivery is dealt with, and put its retry in if there is one."""
        with self._lock:
            self._under_way -= 1
            self._idle.notify_all()

    def hold(self) -> None:
        """Keep back what is put in from now on, until `release`."""
        with self._lock:
            self._held = []

    def release(self, *, backwards: bool, apart: float) -> None:
        """Let go of what was held back, the newest first if `backwards`, `apart` seconds apart."""
        with self._lock:
            held, self._held = self._held or [], None
        for place, delivery in enumerate(reversed(held) if backwards else held):
            self.put(delivery, place * apart)

    def wait_idle(self, timeout: float) -> None:
        """Wait until nothing is due, now or later, and nothing under way; TimeoutError."""
        with self._lock:
            if not self._idle.wait_for(lambda: not self._due and not self._under_way, timeout):
                left = f"{len(self._due)} deliveries wait and {self._under_way} are under way"
                raise TimeoutError(f"{left} after {timeout} s")

    def close(self) -> None:
        """Forget everything, and send home whoever waits."""
        with self._lock:
            self._closed = True
            self._due.clear()
            self._work_due.notify_all()
            self._idle.notify_all()
