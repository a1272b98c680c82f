"""Enqueues messages without a broker."""

from __future__ import annotations

from collections.abc import Iterable

import redis

from gopherbot.queues.messages import EncodedMessage
from gopherbot.storage import keys


def send(client: redis.Redis, app: str, messages: Iterable[EncodedMessage]) -> None:
    """Enqueue all messages or none. Raise `REDIS_ERRORS`."""
    with client.pipeline(transaction=True) as pipe:
        for message in messages:
            pipe.hset(keys.messages(app, message.queue), message.id, message.data)
            pipe.rpush(keys.waiting(app, message.queue), message.id)
        pipe.execute()
