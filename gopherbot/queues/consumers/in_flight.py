"""The messages of a queue that are in flight: fetched by this process and not yet settled."""

from __future__ import annotations

import threading
from collections.abc import Iterable


class InFlight:
    """The ids of one queue's in-flight messages. Thread-safe.

    It outlives a consumer: when Dramatiq replaces a failed one, the worker's threads still process
    the messages that it fetched.
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
        """Forget all messages."""
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
        """Record that this process will neither finish nor acknowledge a message.

        Redis still lists it as in flight here, so another worker requeues it after this one ends.
        """
        self._abandoned.add(id)

    def is_abandoned(self, id: str) -> bool:
        return id in self._abandoned
