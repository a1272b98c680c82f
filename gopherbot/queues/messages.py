"""The wire format of actor messages in Redis: Dramatiq's JSON; and how to enqueue them.

The gateway, the scheduler and the operator's tools read and write it without loading Dramatiq. Each
argument stays raw JSON until the actor decodes it, once, into its own type.
"""

from __future__ import annotations

import itertools
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import msgspec
import redis

from gopherbot import decoding
from gopherbot.storage import keys

ENQUEUE = Path(__file__).with_name("enqueue.lua").read_text()


class QueuedMessage(msgspec.Struct):
    """A decoded message."""

    queue_name: str
    actor_name: str
    args: list[msgspec.Raw]
    kwargs: dict[str, Any]
    options: dict[str, Any]
    message_id: str
    message_timestamp: int
    """When the message was enqueued, in Unix milliseconds."""


@dataclass(frozen=True, slots=True)
class EncodedMessage:
    """An encoded message."""

    queue: str
    id: str
    data: bytes


class Stamped(Protocol):
    """A decoded message, ours or Dramatiq's."""

    @property
    def options(self) -> dict[str, Any]: ...

    @property
    def message_timestamp(self) -> int: ...


class _Ids:
    """Generates unique message ids, which need not be unguessable.

    A random id for each message would cost a system call.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.renew_sender()

    def renew_sender(self) -> None:
        self._sender = uuid.uuid4().hex[:16]

    def next(self) -> str:
        return f"{self._sender}-{next(self._numbers):x}"


_ids = _Ids()
# The gateway's processes are forked from one that has loaded this module.
os.register_at_fork(after_in_child=_ids.renew_sender)


def pack(
    queue: str,
    actor: str,
    *args: bytes | str | None,
    sent_at: float | None = None,
    due_at: float | None = None,
    gateway: str = "",
    max_age: int = 0,
) -> EncodedMessage:
    """Encode a message for an actor. Arguments of type bytes must be JSON and are sent unchanged.

    `sent_at` is when the event happened, in Unix seconds; the default is now. With `due_at` (Unix
    seconds) the message is delayed until then. `gateway` names the process that received the event
    from Slack, for the journal. `max_age` (seconds) is for a worker that does not know the actor.
    """
    if due_at is not None:
        queue = keys.delayed(queue)
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
            b',"max_age":%d' % max_age if max_age else b"",
            b"},",
            b'"message_id":"%s","message_timestamp":%d}' % (id.encode(), now * 1000),
        )
    )
    return EncodedMessage(queue, id, data)


@lru_cache(maxsize=4)
def _quoted(text: str) -> bytes:
    return msgspec.json.encode(text)


def sent_at(message: Stamped) -> float:
    """Return when the event of a message happened, in Unix seconds; 0 if unknown."""
    if "sent_at" in message.options:
        return _number(message.options["sent_at"])
    return _number(message.message_timestamp) / 1000


def max_age(message: Stamped) -> float:
    """Return the maximum age that the sender gave a message, in seconds; 0 if it gave none."""
    return _number(message.options.get("max_age"))


def due_in(options: Mapping[str, Any]) -> float:
    """Return in how many seconds a delayed message is due; 0 or less if it is, or if unknown.

    The due time is by the sender's clock, which may be ahead. The result is therefore never more
    than the whole delay.
    """
    wait = _number(options.get("eta")) / 1000 - time.time()
    if "delay" in options:
        wait = min(wait, _number(options["delay"]) / 1000)
    return wait


def _number(value: object) -> float:
    """Return a number as a float; 0 if it is not a number or too large for one."""
    try:
        return float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:
        return 0.0


def option(name: str, value: str) -> bytes:
    """Encode an option for a script, which adds it to an encoded message."""
    return b'"%s":%s,' % (name.encode(), msgspec.json.encode(value))


def encode(message: QueuedMessage | dict[str, Any]) -> bytes:
    """Encode a decoded message, or the dictionary of a Dramatiq message."""
    return msgspec.json.encode(message)


def decode(data: bytes) -> QueuedMessage:
    return decoding.decode(data, QueuedMessage)


def script_arguments(
    app: str, messages: Iterable[EncodedMessage]
) -> tuple[list[str], list[str | bytes]]:
    """Return the keys and arguments with which `ENQUEUE` enqueues these messages."""
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
    client.register_script(ENQUEUE)(keys=names, args=args)
