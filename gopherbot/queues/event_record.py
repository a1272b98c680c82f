"""Makes the journal's record of a queued event, without loading Dramatiq."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from gopherbot import decoding, table
from gopherbot.metrics.journal import Record, RecordKind, now_ms
from gopherbot.queues.messages import Stamped
from gopherbot.slack import events


class EventMessage(Stamped, Protocol):
    """A decoded message, ours or Dramatiq's."""

    @property
    def actor_name(self) -> str: ...

    @property
    def queue_name(self) -> str: ...

    @property
    def args(self) -> Any: ...


def record_of(message: EventMessage) -> Record | None:
    """Return the record of an attempt at a message, but for what became of it.

    Return None if the message is no event, or is a probe. Of a member's click, which is sealed,
    only the id is known.
    """
    if table.interaction_actor(message.actor_name):
        return _record(message, _interaction_id(message))
    envelope = _envelope(message) if table.event_actor(message.actor_name) else None
    if envelope is None or envelope.event.type == table.PROBE_EVENT:
        return None
    channel, ts = events.about(envelope.event)
    return _record(message, envelope.event_id, channel, ts, events.change(envelope.event))


def _record(
    message: EventMessage, event: str, channel: str = "", ts: str = "", change: str = ""
) -> Record:
    return Record(
        kind=RecordKind.HANDLED,
        at=now_ms(),
        event=event,
        channel=channel[:40],
        ts=ts[:40],
        queue=message.queue_name.removesuffix(".DQ"),
        attempt=_small_number(message.options.get("retries")),
        gateway=_text(message.options.get("gateway")),
        change=change,
    )


def _envelope(message: EventMessage) -> events.AnyEnvelope | None:
    try:
        return decoding.decode(bytes(message.args[0]), events.AnyEnvelope)
    except (*decoding.UNREADABLE, IndexError, TypeError):
        return None


def _interaction_id(message: EventMessage) -> str:
    """Return the gateway's third argument, or ""."""
    try:
        return msgspec.json.decode(message.args[2], type=str)[:40]
    except (msgspec.MsgspecError, IndexError, TypeError):
        return ""


def _small_number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1_000_000 else 0


def _text(value: object) -> str:
    return value[:40] if isinstance(value, str) else ""
