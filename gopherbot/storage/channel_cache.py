"""What the bot remembers in Redis beside its queues and its ledger: the channels, and marks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import redis

from gopherbot.storage.client import text

_DAY = 24 * 60 * 60


class ChannelCache:
    """Public channels, by id and by name. Kept for 14 days after the last writing.

    Redis keys `APP:channels:by_id` and `APP:channels:by_name`, a hash each.
    """

    KEPT_SECONDS = 14 * _DAY
    RENEW_SECONDS = 3 * _DAY

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.by_id = f"{app}:channels:by_id"
        self.by_name = f"{app}:channels:by_name"

    def id_of(self, name: str) -> str | None:
        """Give the id of the channel with this name, or None."""
        id = self.client.hget(self.by_name, name)
        return text(id) if id else None

    def name_of(self, id: str) -> str | None:
        """Give the name of the channel with this id, or None."""
        name = self.client.hget(self.by_id, id)
        return text(name) if name else None

    def is_filled(self) -> bool:
        """Whether it has ever been filled."""
        return bool(self.client.exists(self.by_name))

    def fill(self, names: Mapping[str, str]) -> bool:
        """Replace all channels by these (id → name); give whether anything was written.

        It is only written when something changed or the time it is kept nears its end.
        """
        kept = {text(id): text(name) for id, name in self.client.hgetall(self.by_id).items()}
        if kept == dict(names) and self.client.ttl(self.by_id) > self.RENEW_SECONDS:
            return False
        with self.client.pipeline(transaction=True) as pipe:
            pipe.delete(self.by_id, self.by_name)
            if names:
                pipe.hset(self.by_id, items=_pairs(names))
                pipe.hset(self.by_name, items=_pairs({name: id for id, name in names.items()}))
                pipe.expire(self.by_id, self.KEPT_SECONDS)
                pipe.expire(self.by_name, self.KEPT_SECONDS)
            pipe.execute()
        return True


class Marks:
    """What a watcher has dealt with: items by name, each remembered for 31 days.

    Redis key `APP:marks:WATCHER`, a sorted set of items by the Unix time of their marking. A member
    that is no item notes that the watcher has begun, even if there was nothing to mark.
    """

    KEPT_SECONDS = 31 * _DAY
    _BEGUN = "begun"

    def __init__(self, client: redis.Redis, app: str, watcher: str) -> None:
        self.client = client
        self.key = f"{app}:marks:{watcher}"

    def is_new(self) -> bool:
        """Whether this watcher has never run; asking keeps what a quiet one remembers."""
        return not self.client.expire(self.key, self.KEPT_SECONDS)

    def begin(self, *known: str) -> None:
        """Note that this watcher has run, and which items were there before it."""
        self.mark(self._BEGUN, *known)

    def unmarked(self, items: Iterable[str]) -> list[str]:
        """Give those items that are not marked, in their order."""
        wanted = list(items)
        if not wanted:
            return []
        scores = self.client.zmscore(self.key, wanted)
        return [item for item, score in zip(wanted, scores, strict=True) if score is None]

    def items(self) -> set[str]:
        """Give all items that are marked."""
        return {text(item) for item in self.client.zrange(self.key, 0, -1)} - {self._BEGUN}

    def when(self, item: str) -> float | None:
        """Give when an item was marked (Unix seconds), or None."""
        score = self.client.zscore(self.key, item)
        return None if score is None else float(score)

    def mark(self, *items: str) -> None:
        """Remember items as dealt with now; forget the oldest."""
        if not items:
            return
        now = time.time()
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self.key, dict.fromkeys(items, now))
            pipe.zremrangebyscore(self.key, 0, now - self.KEPT_SECONDS)
            pipe.expire(self.key, self.KEPT_SECONDS)
            pipe.execute()


def _pairs(names: Mapping[str, str]) -> list[str]:
    return [piece for pair in names.items() for piece in pair]
