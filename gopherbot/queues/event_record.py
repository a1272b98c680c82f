"""Makes the journal's record of a queued event, without loading Dramatiq."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from gopherbot import shapes
from gopherbot.actors import table
from gopherbot.metrics.journal import Kind, Record, now_ms
from gopherbot.queues.messages import Stamped


class Message(Stamped, Protocol):
    """A decoded message, ours or Dramatiq's."""

    @property
    def actor_name(self) -> str: ...

    @property
    def queue_name(self) -> str: ...

    @property
    def args(self) -> Any: ...


class _Message(msgspec.Struct):
    ts: object = None


class _Item(msgspec.Struct):
    channel: object = None
    ts: object = None


class _Event(msgspec.Struct):
    type: str = ""
    channel: object = None
    ts: object = None
    deleted_ts: object = None
    message: _Message | None = None
    item: _Item | None = None

    @property
    def about(self) -> tuple[object, object]:
        """The message's channel and `ts`. An edit has its own `ts`; a reaction names an item."""
        if self.item:
            return self.item.channel, self.item.ts
        return self.channel, (self.message and self.message.ts) or self.deleted_ts or self.ts


class _Envelope(msgspec.Struct):
    event_id: str
    event: _Event


def record_of(message: Message) -> Record | None:
    """Return the record of an attempt at a message, but for what became of it.

    Return None if the message is no event, or is a probe.
    """
    envelope = _envelope(message) if table.event_actor(message.actor_name) else None
    if envelope is None or envelope.event.type == table.PROBE_EVENT:
        return None
    channel, ts = envelope.event.about
    return Record(
        kind=Kind.HANDLED,
        at=now_ms(),
        event=envelope.event_id,
        channel=_text(channel),
        ts=_text(ts),
        queue=message.queue_name.removesuffix(".DQ"),
        attempt=int(message.options.get("retries") or 0),
        gateway=_text(message.options.get("gateway")),
    )


def _envelope(message: Message) -> _Envelope | None:
    try:
        return shapes.decode(bytes(message.args[0]), _Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError, TypeError):
        return None


def _text(value: object) -> str:
    return value[:40] if isinstance(value, str) else ""
