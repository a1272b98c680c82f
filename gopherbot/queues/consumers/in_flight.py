"""Which messages of a queue are in flight: taken off it by this process, and not settled yet."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class InFlight:
    """The ids of one queue's messages that this process holds. For any thread.

    It outlives a consumer, which Dramatiq makes again after an error: the messages are still in
    the hands of the worker's threads.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._abandoned: set[str] = set()
        self._changed = threading.Condition(threading.Lock())

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, id: str) -> None:
        """Note that a message was taken off the queue."""
        with self._changed:
            self._ids.add(id)

    def discard(self, ids: Iterable[str]) -> None:
        """Note that messages were settled."""
        with self._changed:
            self._ids.difference_update(ids)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget every message."""
        with self._changed:
            self._ids.clear()

    def ids(self) -> set[str]:
        """Return the ids as they are now."""
        with self._changed:
            return self._ids.copy()

    def wait_for_capacity(self, most: int, seconds: float) -> bool:
        """Wait until at most so many messages are in flight. Return whether that came about."""
        if len(self._ids) <= most:
            return True
        with self._changed:
            return self._changed.wait_for(lambda: len(self._ids) <= most, seconds)

    def abandon(self, id: str) -> None:
        """Note that nobody here goes on with a message, which must not be acknowledged either.

        Redis still has it as this worker's, so a living worker takes it up when this one is gone.
        """
        self._abandoned.add(id)

    def is_abandoned(self, id: str) -> bool:
        return id in self._abandoned
