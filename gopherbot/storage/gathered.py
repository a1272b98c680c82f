"""What happened in the workspace and is to be told together, in Redis.

What is taken stays as it is until it is done with, so that whoever tells of it again, after a
crash, tells of the same.
"""

from __future__ import annotations

from pathlib import Path

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

_SCRIPT = Path(__file__).with_name("take_batch.lua").read_text()


class Gathered:
    """One kind of event: when each thing happened, by its name. Errors of Redis pass through."""

    KEPT_SECONDS = 24 * 60 * 60

    def __init__(self, client: redis.Redis, app: str, kind: str) -> None:
        self.client = client
        self.waiting = keys.gathered(app, kind)
        self.taken = keys.gathered_batch(app, kind)
        self._take = client.register_script(_SCRIPT)

    def add(self, name: str, value: str) -> None:
        """Gather a thing; one of the same name that was not taken yet is replaced."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(self.waiting, name, value)
            pipe.expire(self.waiting, self.KEPT_SECONDS)
            pipe.execute()

    def forget(self, name: str) -> None:
        """Tell of a thing no more, if it was not taken yet."""
        self.client.hdel(self.waiting, name)

    def take(self) -> dict[str, str]:
        """Return what there is to tell of."""
        flat = self._take(keys=[self.waiting, self.taken], args=[self.KEPT_SECONDS])
        return {text(k): text(v) for k, v in zip(flat[::2], flat[1::2], strict=True)}

    def done(self) -> None:
        """Forget what was taken: it is told."""
        self.client.delete(self.taken)
