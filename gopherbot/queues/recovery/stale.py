"""Drops stale messages from the queues, for when no worker does."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from gopherbot import decoding, logs, table
from gopherbot.metrics import counters
from gopherbot.metrics.heartbeat import EVERY_SECONDS, Heartbeat
from gopherbot.metrics.journal import RecordKind
from gopherbot.queues import messages
from gopherbot.queues.event_record import record_of
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS

_GRACE_SECONDS = 5
_MANY = 256
"""If so many were dropped at once, there may be more."""
_SCRIPT = Path(__file__).with_name("drop_stale.lua").read_text()

log = logs.get_logger(__name__)


def _age_limits() -> str:
    limits = {row.name: row.max_age for row in table.EVENT_ACTORS}
    limits |= {job.name: job.every for job in table.JOBS}
    return "".join([" ", *(f"{a}={(age + _GRACE_SECONDS) * 1000} " for a, age in limits.items())])


class SenderHeartbeat(Heartbeat):
    """The heartbeat of a process that fills queues: it also drops their stale messages.

    So no text of a member's stays in Redis while there is no worker, and a Redis that is full of
    such messages has room again.
    """

    _next_drop = 0.0

    def check_threads(self) -> None:
        """Drop stale messages now and then."""
        if time.monotonic() < self._next_drop:
            return
        try:
            dropped = self._drop()
        except REDIS_ERRORS as error:
            self.outage.failed(error)
            return
        if dropped < _MANY:
            self._next_drop = time.monotonic() + EVERY_SECONDS

    def _drop(self) -> int:
        app = self.identity.app
        queues = [name for queue in table.QUEUES for name in (queue, keys.delayed(queue))]
        names = [key for q in queues for key in (keys.waiting(app, q), keys.messages(app, q))]
        dropped = self.client.register_script(_SCRIPT)(keys=names, args=[_age_limits()])
        if dropped:
            log.warning("dropped stale messages", count=len(dropped))
        for number, data in dropped:
            self.counts.add(counters.STALE, queues[number])
            with contextlib.suppress(*decoding.UNREADABLE):
                self._note(messages.decode(data))
        return len(dropped)

    def _note(self, message: messages.QueuedMessage) -> None:
        if record := record_of(message):
            record.kind = RecordKind.DROPPED
            self.counts.journal.add(record)
