"""How a message for an actor looks in Redis: Dramatiq's own format, JSON.

The gateway, the scheduler and the operators' tools write and read it without loading Dramatiq. Each
argument stays raw JSON until the actor reads it, once, into its own type.
"""

from __future__ import annotations

import itertools
import os
import time
import uuid
from dataclasses import dataclass
from typing import Any

import msgspec


class QueuedMessage(msgspec.Struct):
    """A message as it is read."""

    queue_name: str
    actor_name: str
    args: list[msgspec.Raw]
    kwargs: dict[str, Any]
    options: dict[str, Any]
    message_id: str
    message_timestamp: int
    """When it was sent, in Unix milliseconds."""


@dataclass(frozen=True, slots=True)
class EncodedMessage:
    """A message as it is written."""

    queue: str
    id: str
    data: bytes


class _Ids:
    """Makes ids that no other sender makes: unique, not unguessable.

    A random one for each message would cost a system call.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.renew_sender()

    def renew_sender(self) -> None:
        self._sender = uuid.uuid4().hex[:16]

    def next(self) -> str:
        return f"{self._sender}-{next(self._numbers):x}"


_ids = _Ids()
# The gateway's processes are forks of one that has loaded this module.
os.register_at_fork(after_in_child=_ids.renew_sender)


def pack(queue: str, actor: str, *args: bytes | str | None) -> EncodedMessage:
    """Encode a message for an actor. An argument of type bytes is JSON and is sent as it is."""
    id = _ids.next()
    encoded = b",".join(a if isinstance(a, bytes) else msgspec.json.encode(a) for a in args)
    data = b"".join(
        (
            b'{"queue_name":"%s","actor_name":"%s","args":[' % (queue.encode(), actor.encode()),
            encoded,
            b'],"kwargs":{},"options":{"redis_message_id":"%s"},' % id.encode(),
            b'"message_id":"%s","message_timestamp":%d}' % (id.encode(), time.time() * 1000),
        )
    )
    return EncodedMessage(queue, id, data)


def encode(message: QueuedMessage | dict[str, Any]) -> bytes:
    """Encode a message that was read, or one of Dramatiq's as a dictionary."""
    return msgspec.json.encode(message)


def decode(data: bytes) -> QueuedMessage:
    """Decode a message. Raises `msgspec.MsgspecError`, `UnicodeDecodeError` or `RecursionError`."""
    return msgspec.json.decode(data, type=QueuedMessage)
