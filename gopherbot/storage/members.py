"""The members that the bot knows, in Redis: who was there at a time, and who was welcomed since.

Slack tells nobody when a member joined. So all members are listed once a day, and who is on no list
and was not welcomed is new. A list keeps four bytes for each member, a checksum of the id: of two
members in a hundred thousand it takes one for another, who is then not taken for new.
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
"""How long it is known who was welcomed."""
_DAY = 24 * 60 * 60


class Members:
    """Who is known to an app. Errors of Redis pass through."""

    LIST_SECONDS = _DAY
    """How old the list may be before another is made."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.list = keys.members(app)
        self.next_list = keys.next_members(app)
        self.welcomed_key = keys.welcomed(app)

    def listed_at(self) -> float | None:
        """Return when the members were listed (Unix seconds), by a list that is confirmed."""
        return self._time(self.list)

    def propose(self, ids: Iterable[str], at: float) -> None:
        """Keep a list of all members of a time (Unix seconds), unconfirmed."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(self.next_list, items=["at", f"{at:.3f}", "ids", _packed(ids)])
            pipe.expire(self.next_list, WELCOMED_SECONDS)
            pipe.execute()

    def proposed_at(self) -> float | None:
        """Return of when the list is that is not confirmed; None if there is none."""
        return self._time(self.next_list)

    def confirm(self) -> None:
        """Let the proposed list take the place of the one before."""
        self.client.rename(self.next_list, self.list)

    def discard(self) -> None:
        """Forget the proposed list: newcomers may be on it whom nobody has welcomed."""
        self.client.delete(self.next_list)

    def forget(self) -> None:
        """Forget both lists and who was welcomed."""
        self.client.delete(self.next_list, self.list, self.welcomed_key)

    def unknown(self, ids: Iterable[str]) -> list[str]:
        """Return those who are on no list and were not welcomed."""
        packed: Any = self.client.hget(self.list, "ids") or b""
        welcomed = {text(id) for id in self.client.zrange(self.welcomed_key, 0, -1)}
        listed = _unpacked(packed)
        return [id for id in ids if id not in welcomed and _checksum(id) not in listed]

    def welcome(self, id: str) -> None:
        """Note that a member was welcomed."""
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
