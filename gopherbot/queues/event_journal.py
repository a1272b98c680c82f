"""Records the outcome of each event in the journal."""

# Dramatiq types its hooks for any broker. These only ever get ours, so the overrides are safe.
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from gopherbot import shapes
from gopherbot.actors import table
from gopherbot.metrics import counters, journal
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.journal import ANSWERS, Ended, Happened, Kind, Record
from gopherbot.queues.broker import Broker


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


class EventJournal(Middleware):
    """Middleware that writes the journal, and counts what happened.

    It comes first, so it sees the outcome of all others.
    """

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        journal.begin()

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        self._write(broker, message)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        self._write(broker, message)

    def _write(self, broker: Broker, message: MessageProxy) -> None:
        attempt = journal.end()
        if attempt is None:
            return
        _count(broker.counts, attempt.happened)
        envelope = _envelope(message) if table.event_actor(message.actor_name) else None
        if envelope is None or envelope.event.type == table.PROBE_EVENT:
            return
        channel, ts = envelope.event.about
        broker.counts.journal.add(
            Record(
                kind=Kind.HANDLED,
                at=journal.now_ms(),
                event=envelope.event_id,
                outcome=Ended.DEAD if message.failed else attempt.ended,
                channel=_text(channel),
                ts=_text(ts),
                queue=message.queue_name.removesuffix(".DQ"),
                process=broker.settings.identity.dyno,
                queued=max(0, int(attempt.started * 1000) - message.message_timestamp),
                worked=max(0, int((time.time() - attempt.started) * 1000)),
                attempt=int(message.options.get("retries") or 0),
                rules=attempt.rules,
                notes=attempt.notes,
                error=attempt.error,
                gateway=_text(message.options.get("gateway")),
            )
        )


def _count(counts: Counts, happened: Mapping[Happened, int]) -> None:
    effects = sum(number for each, number in happened.items() if each in ANSWERS)
    announced = happened.get(Happened.ANNOUNCED, 0)
    # After a partial attempt, the event has been counted already.
    answered = int(bool(effects) and Happened.SETTLED not in happened)
    for name, number in (
        (counters.ANSWERED, answered),
        (counters.EFFECTS, effects),
        (counters.ANNOUNCED, announced),
    ):
        if number:
            counts.add(name, number=number)


def _envelope(message: MessageProxy) -> _Envelope | None:
    try:
        return shapes.decode(bytes(message.args[0]), _Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError, TypeError):
        return None


def _text(value: object) -> str:
    return value[:40] if isinstance(value, str) else ""
