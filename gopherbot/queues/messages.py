"""How a message for an actor looks in Redis: Dramatiq's own format, JSON.

The gateway, the scheduler and the operators' tools write and read it without loading Dramatiq. Each
argument stays raw JSON until the actor reads it, once, into its own type.
"""

from __future__ import annotations

import itertools
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from gopherbot.storage.keys import delayed


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


class Stamped(Protocol):
    """A message as it was read, ours or Dramatiq's."""

    @property
    def options(self) -> dict[str, Any]: ...

    @property
    def message_timestamp(self) -> int: ...


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


def pack(
    queue: str,
    actor: str,
    *args: bytes | str | None,
    sent_at: float | None = None,
    due_at: float | None = None,
    gateway: str = "",
) -> EncodedMessage:
    """Encode a message for an actor. An argument of type bytes is JSON and is sent as it is.

    `sent_at` is when what it tells of happened, in Unix seconds: now, if it is not given. With
    `due_at` (Unix seconds) it waits until then, in the queue of delayed messages. `gateway` names
    the process that took it from Slack, for the journal.
    """
    if due_at is not None:
        queue = delayed(queue)
    id, now = _ids.next(), time.time()
    encoded = b",".join(a if isinstance(a, bytes) else msgspec.json.encode(a) for a in args)
    data = b"".join(
        (
            b'{"queue_name":"%s","actor_name":"%s","args":[' % (queue.encode(), actor.encode()),
            encoded,
            b'],"kwargs":{},"options":{"redis_message_id":"%s","sent_at":%f'
            % (id.encode(), now if sent_at is None else sent_at),
            b"" if due_at is None else b',"eta":%d' % (due_at * 1000),
            b',"gateway":%s' % _quoted(gateway) if gateway else b"",
            b"},",
            b'"message_id":"%s","message_timestamp":%d}' % (id.encode(), now * 1000),
        )
    )
    return EncodedMessage(queue, id, data)


@lru_cache(maxsize=4)
def _quoted(text: str) -> bytes:
    return msgspec.json.encode(text)


def sent_at(message: Stamped) -> float:
    """Return when what a message tells of happened, in Unix seconds; 0 if that is not known."""
    if "sent_at" in message.options:
        return _number(message.options["sent_at"])
    return _number(message.message_timestamp) / 1000


def due_at(options: Mapping[str, Any]) -> float:
    """Return when a delayed message is due, in Unix seconds; 0 if that is not known.

    Its time is by the clock of whoever sent it, which may be ahead of ours: from now on it waits no
    longer than it was to wait at all.
    """
    due = _number(options.get("eta")) / 1000
    if "delay" in options:
        due = min(due, time.time() + _number(options["delay"]) / 1000)
    return due


def _number(value: object) -> float:
    """Return a number as it stands in a message; 0 for what is none, or too large for one."""
    try:
        return float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:
        return 0.0


def encode(message: QueuedMessage | dict[str, Any]) -> bytes:
    """Encode a message that was read, or one of Dramatiq's as a dictionary."""
    return msgspec.json.encode(message)


def decode(data: bytes) -> QueuedMessage:
    """Decode a message. Raise `msgspec.MsgspecError`, `UnicodeDecodeError` or `RecursionError`."""
    return msgspec.json.decode(data, type=QueuedMessage)
