"""One release's sample: every key that its processes leave in Redis.

Bytes stand in it as the characters of Latin-1, since some values are no text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import redis

BYTES = "latin-1"
FOLDER = Path(__file__).parent
WITHIN_SECONDS = 10 * 24 * 60 * 60
"""Numbers this close to the time of the recording are times."""
_TIME = re.compile(r"(?<![\w.-])(1\d{9})(?=\d{3}(?!\d)|\.\d|(?![\d.]))")
"""Whole seconds of a Unix time, in seconds or milliseconds; what follows them is left alone."""

Value = str | list[str] | dict[str, str | float]


def _scores(client: redis.Redis, key: str) -> dict[Any, float]:
    found: Any = client.zrange(key, 0, -1, withscores=True)
    return dict(found)


_READ: dict[str, Callable[[redis.Redis, str], Any]] = {
    "string": lambda client, key: client.get(key),
    "hash": lambda client, key: client.hgetall(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "set": lambda client, key: sorted(client.smembers(key)),
    "zset": _scores,
}
_WRITE: dict[str, Callable[[redis.Redis, str, Any], object]] = {
    "string": lambda client, key, value: client.set(key, value),
    "hash": lambda client, key, value: client.hset(key, mapping=value),
    "list": lambda client, key, value: client.rpush(key, *value),
    "set": lambda client, key, value: client.sadd(key, *value),
    "zset": lambda client, key, value: client.zadd(key, value),
}


class Key(msgspec.Struct):
    """One key: its type in Redis, and what it holds."""

    type: str
    value: Value


class Sample(msgspec.Struct):
    """What a release's processes left in Redis."""

    release: str
    """A tag or a commit."""
    recorded: int
    """Unix seconds."""
    keys: dict[str, Key]

    @classmethod
    def of(cls, release: str, client: redis.Redis) -> Sample:
        """Return all that is in a Redis."""
        keys = {}
        for key in sorted(map(_text, client.keys())):
            type = _text(client.type(key))
            keys[key] = Key(type, msgspec.convert(_text(_READ[type](client, key)), Value))
        return cls(release, int(time.time()), keys)

    def save(self) -> Path:
        """Write it to its file, a line for each value, and return the path."""
        path = FOLDER / f"{self.release}.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")
        return path

    def restore(self, client: redis.Redis, age: int = 0) -> None:
        """Put it into an empty Redis, its times moved as if recorded `age` seconds ago."""
        later = int(time.time()) - age - self.recorded
        for key, kept in self.keys.items():
            value = msgspec.json.decode(
                self._moved(msgspec.json.encode(kept.value).decode(), later)
            )
            _WRITE[kept.type](client, self._moved(key, later), _text(value))

    def _moved(self, text: str, later: int) -> str:
        def move(found: re.Match[str]) -> str:
            seconds = int(found[1])
            near = abs(seconds - self.recorded) < WITHIN_SECONDS
            return str(seconds + later) if near else found[0]

        return _TIME.sub(move, text)


def _text(value: Any) -> Any:
    """Return what Redis gave with its bytes as characters, or the reverse."""
    if isinstance(value, bytes):
        return value.decode(BYTES)
    if isinstance(value, str):
        return value.encode(BYTES)
    if isinstance(value, dict):
        return {_text(key): _text(inner) for key, inner in value.items()}
    return [_text(inner) for inner in value] if isinstance(value, list) else value


def load_all() -> list[Sample]:
    """Return every release's sample, the oldest first."""
    found = (msgspec.json.decode(path.read_bytes(), type=Sample) for path in FOLDER.glob("*.json"))
    return sorted(found, key=lambda sample: sample.recorded)
