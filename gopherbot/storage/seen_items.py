"""The items that each watcher has handled, in Redis, so that each is announced once."""

from __future__ import annotations

import time
from collections.abc import Iterable

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

_DAY = 24 * 60 * 60


class SeenItems:
    """The items that one watcher has handled, each remembered for 31 days.

    The key is a sorted set of items by the Unix time at which they were handled. An extra member
    marks that the watcher has run, even if it found no items.
    """

    KEPT_SECONDS = 31 * _DAY
    _BEGUN = "begun"

    def __init__(self, client: redis.Redis, app: str, watcher: str) -> None:
        self.client = client
        self.key = keys.seen_items(app, watcher)

    def is_first_run(self) -> bool:
        """Return whether this watcher has never run. Renew the key's expiry if it has."""
        return not self.client.expire(self.key, self.KEPT_SECONDS)

    def begin(self, *known: str) -> None:
        """Record that this watcher has run, and mark the `known` items as handled."""
        self.remember(self._BEGUN, *known)

    def unseen(self, items: Iterable[str]) -> list[str]:
        """Return the items that are not remembered, in the given order."""
        wanted = list(items)
        if not wanted:
            return []
        scores = self.client.zmscore(self.key, wanted)
        return [item for item, score in zip(wanted, scores, strict=True) if score is None]

    def all(self) -> set[str]:
        """Return all remembered items."""
        return {text(item) for item in self.client.zrange(self.key, 0, -1)} - {self._BEGUN}

    def seen_at(self, item: str) -> float | None:
        """Return when an item was handled (Unix seconds), or None."""
        score = self.client.zscore(self.key, item)
        return None if score is None else float(score)

    def remember(self, *items: str) -> None:
        """Mark items as handled now. Drop those older than 31 days."""
        if not items:
            return
        now = time.time()
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self.key, dict.fromkeys(items, now))
            pipe.zremrangebyscore(self.key, 0, now - self.KEPT_SECONDS)
            pipe.expire(self.key, self.KEPT_SECONDS)
            pipe.execute()
