"""The channel cache: Slack's public channels in Redis, by id and by name."""

from __future__ import annotations

from collections.abc import Mapping

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

_DAY = 24 * 60 * 60


class ChannelCache:
    """Public channels, kept for 14 days after they were last written."""

    KEPT_SECONDS = 14 * _DAY
    RENEW_SECONDS = 3 * _DAY

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.by_id = keys.channels_by_id(app)
        self.by_name = keys.channels_by_name(app)

    def id_of(self, name: str) -> str | None:
        """Return the id of the channel with this name, or None."""
        id = self.client.hget(self.by_name, name)
        return text(id) if id else None

    def name_of(self, id: str) -> str | None:
        """Return the name of the channel with this id, or None."""
        name = self.client.hget(self.by_id, id)
        return text(name) if name else None

    def is_filled(self) -> bool:
        """Return whether it has ever been filled."""
        return bool(self.client.exists(self.by_name))

    def fill(self, names: Mapping[str, str]) -> bool:
        """Replace all channels with these (id → name). Return whether anything was written.

        Nothing is written unless a channel changed or the cache will expire within 3 days.
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


def _pairs(names: Mapping[str, str]) -> list[str]:
    return [piece for pair in names.items() for piece in pair]
