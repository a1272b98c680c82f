"""Enqueues messages without a broker."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import redis

from gopherbot.queues.messages import EncodedMessage
from gopherbot.storage import keys

SCRIPT = Path(__file__).with_name("enqueue.lua").read_text()


def script_arguments(
    app: str, messages: Iterable[EncodedMessage]
) -> tuple[list[str], list[str | bytes]]:
    """Return the keys and arguments with which `SCRIPT` enqueues these messages."""
    names: list[str] = []
    args: list[str | bytes] = []
    for message in messages:
        names += (keys.messages(app, message.queue), keys.waiting(app, message.queue))
        args += (message.id, message.data)
    return names, args


def send(client: redis.Redis, app: str, messages: Iterable[EncodedMessage]) -> None:
    """Enqueue all messages or none. Raise `REDIS_ERRORS`.

    If the reply is lost, the command is sent again; a message that a worker has finished by then is
    enqueued twice.
    """
    names, args = script_arguments(app, messages)
    client.register_script(SCRIPT)(keys=names, args=args)
