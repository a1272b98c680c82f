"""Records the outcome of each event in the journal."""

# Dramatiq types its hooks for any broker. These only ever get ours, so the overrides are safe.
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from gopherbot.metrics import counters, journal
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.journal import ANSWERS, Ended, Happened
from gopherbot.queues.broker import Broker
from gopherbot.queues.event_record import record_of


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
        record = record_of(message)
        if record is None:
            return
        record.outcome = Ended.DEAD if message.failed else attempt.ended
        record.process = broker.settings.identity.dyno
        record.queued = max(0, int(attempt.started * 1000) - message.message_timestamp)
        record.worked = max(0, int((time.time() - attempt.started) * 1000))
        record.rules, record.notes, record.error = attempt.rules, attempt.notes, attempt.error
        broker.counts.journal.add(record)


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
