"""Drops stale messages from the queues, while no worker does."""

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
from gopherbot.queues.recovery import QUEUES
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS

_GRACE_SECONDS = 5
_SIZE = 128
"""Messages that one call looks at, so that it blocks Redis for less than 2 ms."""
_SHARE = 0.1
"""Maximum share of Redis's time that one process spends on this."""
_TURN_SECONDS = 1.0
"""After this long, the heartbeat runs first."""
_SCRIPT = Path(__file__).with_name("drop_stale.lua").read_text()

log = logs.get_logger(__name__)


def _age_limits() -> dict[str, int]:
    """Return the age at which an actor's messages are dropped, in milliseconds."""
    limits = {row.name: row.max_age for row in table.EVENT_ACTORS}
    limits |= {row.name: row.max_age for row in table.INTERACTION_ACTORS}
    limits |= {job.name: job.every for job in table.JOBS}
    return {actor: (age + _GRACE_SECONDS) * 1000 for actor, age in limits.items()}


class SenderHeartbeat(Heartbeat):
    """The heartbeat of a process that fills queues: it also drops their stale messages.

    No member's text then stays in Redis while there is no worker, and a Redis that is full of such
    messages gets room again.
    """

    _next_drop = 0.0
    _queues: tuple[str, ...] = ()
    """The queues that are still to be looked through, the first from `_place` on."""
    _place = 0

    def check_threads(self) -> None:
        """Drop what is stale every `EVERY_SECONDS`; a long backlog takes several calls."""
        now = time.monotonic()
        if not self._queues and now < self._next_drop:
            return
        try:
            # Cheaper for Redis than a look at each queue.
            waiting = (keys.waiting(self.identity.app, queue) for queue in QUEUES)
            if not self._queues and self.client.exists(*waiting):
                self._queues, self._place = QUEUES, 0
            while self._queues and time.monotonic() < now + _TURN_SECONDS:
                self._drop_some(self._queues[0])
        except REDIS_ERRORS as error:
            self.outage.failed(error)
            return
        if self._queues:
            self._wake.set()
        else:
            self._next_drop = now + EVERY_SECONDS

    def _drop_some(self, queue: str) -> None:
        app = self.identity.app
        names = [keys.waiting(app, queue), keys.messages(app, queue)]
        script = self.client.register_script(_SCRIPT)
        limits = _age_limits()
        listed = "".join([" ", *(f"{actor}={age} " for actor, age in limits.items())])
        began = time.monotonic()
        self._place, dropped = script(
            keys=names, args=[listed, self._place, _SIZE, min(limits.values())]
        )
        # A Redis that hangs must not keep the heartbeat, whose silence means death after 10 s.
        pause = min((time.monotonic() - began) * (1 / _SHARE - 1), _TURN_SECONDS)
        if self._place < 0:
            self._queues, self._place = self._queues[1:], 0
        if dropped:
            log.warning("dropped stale messages", queue=queue, count=len(dropped))
            self.counts.add(counters.STALE, queue, len(dropped))
        for data in dropped:
            with contextlib.suppress(*decoding.UNREADABLE):
                self._note(messages.decode(data))
        time.sleep(pause)

    def _note(self, message: messages.QueuedMessage) -> None:
        if record := record_of(message):
            record.kind = RecordKind.DROPPED
            self.counts.journal.add(record)
