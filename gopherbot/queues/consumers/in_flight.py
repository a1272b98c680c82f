"""Which of a queue's messages are in flight: fetched by this process, and not settled yet."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class InFlight:
    """The ids of one queue's messages that this process holds. For any thread.

    It outlives a consumer: Dramatiq replaces one that failed, while the worker's threads still
    work on what it fetched.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._abandoned: set[str] = set()
        self._changed = threading.Condition(threading.Lock())

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, id: str) -> None:
        """Record that a message was fetched."""
        with self._changed:
            self._ids.add(id)

    def discard(self, ids: Iterable[str]) -> None:
        """Record that messages were settled."""
        with self._changed:
            self._ids.difference_update(ids)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget every message."""
        with self._changed:
            self._ids.clear()

    def ids(self) -> set[str]:
        """Return a copy of the ids."""
        with self._changed:
            return self._ids.copy()

    def wait_for_capacity(self, most: int, seconds: float) -> bool:
        """Wait until at most `most` messages are in flight. Return whether that happened."""
        if len(self._ids) <= most:
            return True
        with self._changed:
            return self._changed.wait_for(lambda: len(self._ids) <= most, seconds)

    def abandon(self, id: str) -> None:
        """Record that this process will neither finish a message nor acknowledge it.

        Redis still lists it as this worker's, so another one requeues it once this one is gone.
        """
        self._abandoned.add(id)

    def is_abandoned(self, id: str) -> bool:
        return id in self._abandoned
