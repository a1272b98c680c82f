"""A worker's heartbeat, which also recovers the in-flight messages of dead workers.

A process that is silent for longer than its lease is dead: its messages are requeued at the front.
A dead process on the same machine is detected at once, so a restarted worker takes over from its
predecessor without waiting for the lease.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import redis

from gopherbot import logs
from gopherbot.actors import table
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.metrics.journal import Kind, Record, now_ms
from gopherbot.metrics.process_registry import GONE_SECONDS, is_gone
from gopherbot.settings import Identity
from gopherbot.storage import keys
from gopherbot.storage.outage import Outage

EVERY_SECONDS = 2.0
LEASE_SECONDS = 10.0
"""Longer than the silence of a live worker while Redis hangs for five seconds."""
DEAD_LETTER_DAYS = 7

_DAY_MS = 24 * 60 * 60 * 1000
_PURGE_EVERY = 300
"""Purge old dead letters on every Nth heartbeat."""
_HERE = Path(__file__).parent

log = logs.get_logger(__name__)


class WorkerHeartbeat(Heartbeat):
    """A heartbeat that also reaps dead processes and monitors the worker's other threads.

    `stopping` is set when the shutdown begins; from then on the threads may end.
    """

    every = EVERY_SECONDS
    lease = LEASE_SECONDS
    watches_others = True

    def __init__(
        self,
        client: redis.Redis,
        identity: Identity,
        counts: Counts,
        outage: Outage,
        stopping: threading.Event,
    ) -> None:
        super().__init__(client, identity, "worker", counts, outage)
        self.stopping = stopping
        self.threads: Sequence[threading.Thread] = ()
        self._reap = client.register_script((_HERE / "reap.lua").read_text())
        self._purge = client.register_script((_HERE / "purge_dead_letters.lua").read_text())

    def may_sign_off(self) -> bool:
        """Return whether nothing is in flight: an unregistered worker's would be lost."""
        names = (keys.in_flight(self.identity.app, self.id, name) for name in _queue_names())
        if not self.client.exists(*names):
            return True
        log.warning("stopping with messages in flight; another worker will requeue them")
        return False

    def after_beat(self, others: Sequence[tuple[str, str, bool]]) -> None:
        """Take over from dead processes, and periodically purge old dead letters."""
        requeued = sum(
            self._take_over_from(id, seen) for id, seen, silent in others if silent or is_gone(id)
        )
        if requeued:
            log.warning("requeued a dead worker's messages", count=requeued)
        if self.beats % _PURGE_EVERY == 1:
            self._purge_dead_letters()

    def look_around(self) -> None:
        """End this process if one of the worker's threads died.

        Dramatiq never restarts a dead thread, but the platform restarts a dead process.
        """
        if not self.stopping.is_set() and not all(thread.is_alive() for thread in self.threads):
            log.critical("a worker thread died, exiting")
            os._exit(1)

    def _take_over_from(self, id: str, seen: str) -> int:
        app = self.identity.app
        names = [keys.processes(app), keys.gone_processes(app)]
        for queue in _queue_names():
            names += [
                keys.in_flight(app, id, queue),
                keys.messages(app, queue),
                keys.waiting(app, queue),
            ]
        requeued, *events = self._reap(keys=names, args=[id, seen, GONE_SECONDS])
        for event in events:
            dead = id.partition("/")[0]
            self.counts.journal.add(Record(Kind.TAKEN_OVER, now_ms(), event.decode(), process=dead))
        return int(requeued)

    def _purge_dead_letters(self) -> None:
        app = self.identity.app
        for queue in table.QUEUES:
            self._purge(
                keys=[keys.dead_ids(app, queue), keys.dead_messages(app, queue)],
                args=[DEAD_LETTER_DAYS * _DAY_MS],
            )


def _queue_names() -> list[str]:
    return [name for queue in table.QUEUES for name in (queue, keys.delayed(queue))]
