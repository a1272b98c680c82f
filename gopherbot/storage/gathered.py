"""Workspace events that are collected in Redis and announced in one post.

A batch that was taken does not change until it is done, so a retry after a crash announces the
same events.
"""

from __future__ import annotations

from pathlib import Path

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

_SCRIPT = Path(__file__).with_name("take_batch.lua").read_text()


class Gathered:
    """One kind of event: the time of each, by name. Redis errors pass through."""

    KEPT_SECONDS = 24 * 60 * 60

    def __init__(self, client: redis.Redis, app: str, kind: str) -> None:
        self.client = client
        self.waiting = keys.gathered(app, kind)
        self.taken = keys.gathered_batch(app, kind)
        self._take = client.register_script(_SCRIPT)

    def add(self, name: str, value: str) -> None:
        """Add an event. Replace one of the same name that is still waiting."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(self.waiting, name, value)
            pipe.expire(self.waiting, self.KEPT_SECONDS)
            pipe.execute()

    def forget(self, name: str) -> None:
        """Remove an event that is still waiting."""
        self.client.hdel(self.waiting, name)

    def take(self) -> dict[str, str]:
        """Return the current batch. Start one from the waiting events if there is none."""
        flat = self._take(keys=[self.waiting, self.taken])
        return {text(k): text(v) for k, v in zip(flat[::2], flat[1::2], strict=True)}

    def done(self) -> None:
        """Delete the current batch, once it has been announced."""
        self.client.delete(self.taken)
