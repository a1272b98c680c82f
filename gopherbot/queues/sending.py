"""Enqueues messages without a broker."""

from __future__ import annotations

from collections.abc import Iterable

import redis

from gopherbot.queues.messages import EncodedMessage
from gopherbot.storage import keys

# A command whose reply was lost is sent again, and must not enqueue a message twice.
_SEND = """
if redis.call("HSETNX", KEYS[1], ARGV[1], ARGV[2]) == 1 then
    redis.call("RPUSH", KEYS[2], ARGV[1])
end
"""


def send(client: redis.Redis, app: str, messages: Iterable[EncodedMessage]) -> None:
    """Enqueue all messages or none, each once. Raise `REDIS_ERRORS`."""
    with client.pipeline(transaction=True) as pipe:
        enqueue = pipe.register_script(_SEND)
        for message in messages:
            queue = [keys.messages(app, message.queue), keys.waiting(app, message.queue)]
            enqueue(keys=queue, args=[message.id, message.data])
        pipe.execute()
