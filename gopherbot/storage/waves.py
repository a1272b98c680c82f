"""The fingerprints of the last minutes' messages, and the waves found. No text, and no member's id.

Redis errors pass through.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import redis

from gopherbot import decoding
from gopherbot.storage import keys
from gopherbot.waves.detection import WaveLimits
from gopherbot.waves.fingerprints import Sighting

DAY = 24 * 60 * 60
_MOST_NEW = 5_000
_HERE = Path(__file__)


@dataclass(frozen=True, slots=True)
class Window:
    """What a message may make a wave with."""

    seen: list[Sighting]
    fresh: frozenset[bytes]
    """Those of its hosts that nobody linked to before the last day."""


class WaveWindows:
    """The windows of an app's members. All methods may be repeated."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self._app = app
        self._new, self._hosts = keys.wave_memory(app, "new"), keys.wave_memory(app, "hosts")
        self._note = client.register_script(_HERE.with_suffix(".lua").read_text())

    def note(self, sighting: Sighting, limits: WaveLimits) -> Window:
        """Note a message, and return its author's window; that of all new members for a new one."""
        window, of_new = (keys.wave_window(self._app, of) for of in (sighting.member.hex(), "new"))
        seen, fresh = self._note(
            keys=[window, of_new, self._new, self._hosts],
            args=[
                sighting.ts,
                limits.minutes * 60,
                limits.new_days * DAY,
                sighting.member,
                msgspec.json.encode(sighting),
                *sighting.hosts,
            ],
        )
        return Window([decoding.decode(each, Sighting) for each in seen], frozenset(fresh))

    def joined(self, member: bytes, limits: WaveLimits) -> None:
        """Note that a member is new."""
        now = time.time()
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self._new, {member: now}, nx=True)
            pipe.zremrangebyscore(self._new, "-inf", now - limits.new_days * DAY)
            pipe.zremrangebyrank(self._new, 0, -_MOST_NEW - 1)
            pipe.expire(self._new, limits.new_days * DAY)
            pipe.execute()
