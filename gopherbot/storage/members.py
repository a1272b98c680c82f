"""The members that the bot knows, in Redis: a dated list of all members, and those welcomed since.

Slack has no join date for members. The bot therefore lists all members once a day; a member who is
neither listed nor welcomed is new. A list stores a 4-byte checksum of each id. With 100,000 members
listed, about 2 of 100,000 newcomers collide with a listed member and are not recognized as new.
"""

from __future__ import annotations

import sys
import time
import zlib
from array import array
from collections.abc import Iterable
from typing import Any

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

WELCOMED_SECONDS = 90 * 24 * 60 * 60
"""How long welcomed members are remembered."""
_DAY = 24 * 60 * 60


class Members:
    """The members known to an app. Redis errors pass through."""

    LIST_SECONDS = _DAY
    """Maximum age of the list before it is renewed."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.list = keys.members(app)
        self.next_list = keys.next_members(app)
        self.welcomed_key = keys.welcomed(app)

    def listed_at(self) -> float | None:
        """Return the time of the confirmed list (Unix seconds), or None."""
        return self._time(self.list)

    def propose(self, ids: Iterable[str], at: float) -> None:
        """Store an unconfirmed list of all members as of `at` (Unix seconds)."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(self.next_list, items=["at", f"{at:.3f}", "ids", _packed(ids)])
            pipe.expire(self.next_list, WELCOMED_SECONDS)
            pipe.execute()

    def proposed_at(self) -> float | None:
        """Return the time of the unconfirmed list (Unix seconds), or None."""
        return self._time(self.next_list)

    def confirm(self) -> None:
        """Replace the confirmed list with the proposed one, if there is one."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.copy(self.next_list, self.list, replace=True)
            pipe.delete(self.next_list)
            pipe.execute()

    def discard(self) -> None:
        """Delete the proposed list, which may contain newcomers who were not welcomed."""
        self.client.delete(self.next_list)

    def forget(self) -> None:
        """Delete both lists and the record of welcomed members."""
        self.client.delete(self.next_list, self.list, self.welcomed_key)

    def unknown(self, ids: Iterable[str]) -> list[str]:
        """Return the ids that are neither on the confirmed list nor welcomed."""
        packed: Any = self.client.hget(self.list, "ids") or b""
        welcomed = {text(id) for id in self.client.zrange(self.welcomed_key, 0, -1)}
        listed = _unpacked(packed)
        return [id for id in ids if id not in welcomed and _checksum(id) not in listed]

    def welcome(self, id: str) -> None:
        """Record that a member was welcomed."""
        now = time.time()
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self.welcomed_key, {id: now})
            pipe.zremrangebyscore(self.welcomed_key, "-inf", now - WELCOMED_SECONDS)
            pipe.expire(self.welcomed_key, WELCOMED_SECONDS)
            pipe.execute()

    def was_welcomed(self, id: str) -> bool:
        """Return whether a member was welcomed in the last 90 days."""
        return self.client.zscore(self.welcomed_key, id) is not None

    def _time(self, key: str) -> float | None:
        at = self.client.hget(key, "at")
        return None if at is None else float(at)


def _checksum(id: str) -> int:
    return zlib.crc32(id.encode())


def _packed(ids: Iterable[str]) -> bytes:
    numbers = array("I", map(_checksum, ids))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _unpacked(packed: bytes) -> set[int]:
    numbers = array("I", packed)
    if sys.byteorder == "big":
        numbers.byteswap()
    return set(numbers)
