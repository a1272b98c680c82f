"""A worker's heartbeat, which also recovers the in-flight messages of dead workers.

A process that is silent for longer than its lease is dead: its messages are requeued at the front.
A dead process on the same machine is detected at once, so a restarted worker takes over from its
predecessor without waiting for the lease. A message that killed its worker twice is dead-lettered.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import redis

from gopherbot import logs, table
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.metrics.journal import Ended, Record, RecordKind, now_ms
from gopherbot.metrics.process_registry import GONE_SECONDS, is_gone
from gopherbot.queues import messages
from gopherbot.queues.event_record import record_of
from gopherbot.queues.recovery import QUEUES
from gopherbot.settings import Identity
from gopherbot.storage import keys
from gopherbot.storage.client import RedisAvailability

EVERY_SECONDS = 2.0
LEASE_SECONDS = 10.0
"""Longer than the silence of a live worker while Redis hangs for five seconds."""
DEAD_LETTER_DAYS = 7
KILLER = "its worker died twice while it worked on it"
"""Why a message is dead-lettered that may have killed its workers."""

_DAY_MS = 24 * 60 * 60 * 1000
_PURGE_EVERY = 300
"""Purge old dead letters on every Nth heartbeat."""
_LOOK_FOR_DELAYED_EVERY = 3
"""Look for delayed messages of other processes on every Nth heartbeat."""
_HERE = Path(__file__).parent

log = logs.get_logger(__name__)


class WorkerHeartbeat(Heartbeat):
    """A heartbeat that also reaps dead processes and monitors the worker's other threads.

    `stopping` is set when the shutdown begins; from then on the threads may end.
    """

    every = EVERY_SECONDS
    lease = LEASE_SECONDS
    monitors_peers = True

    def __init__(
        self,
        client: redis.Redis,
        identity: Identity,
        counts: Counts,
        outage: RedisAvailability,
        stopping: threading.Event,
        *,
        facts: Mapping[str, object] | None = None,
        after_outage: Callable[[], None] = lambda: None,
        wake_delayed: Callable[[], None] = lambda: None,
        report_more: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `after_outage` after a heartbeat that follows a failed one, `wake_delayed` when
        delayed messages of any process wait, and `report_more` after each heartbeat.
        """
        super().__init__(client, identity, "worker", counts, outage, facts=facts)
        self.stopping = stopping
        self.after_outage = after_outage
        self.wake_delayed = wake_delayed
        self.report_more = report_more
        self.threads: Sequence[threading.Thread] = ()
        self.deadlines: dict[int, float] = {}
        """By thread ident: the monotonic time from which a thread at work counts as stuck."""
        self._overdue: set[int] = set()
        self._reap = client.register_script((_HERE / "reap.lua").read_text())
        self._delayed = [keys.waiting(identity.app, keys.delayed(name)) for name in table.QUEUES]
        self._purge = client.register_script((_HERE / "purge_dead_letters.lua").read_text())

    def may_sign_off(self) -> bool:
        """Return whether nothing is in flight: an unregistered worker's would be lost."""
        names = (keys.in_flight(self.identity.app, self.id, name) for name in QUEUES)
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
        if self.missed:
            self.after_outage()
        look = requeued or self.beats % _LOOK_FOR_DELAYED_EVERY == 0
        if look and self.client.exists(*self._delayed):
            self.wake_delayed()
        self.report_more()
        if self.beats % _PURGE_EVERY == 1:
            self._purge_dead_letters()

    def check_threads(self) -> None:
        """End this process if one of the worker's threads died or is stuck.

        Dramatiq never restarts a thread, but the platform restarts a dead process.
        """
        if not self.stopping.is_set() and not all(thread.is_alive() for thread in self.threads):
            log.critical("a worker thread died, exiting")
            os._exit(1)
        now = time.monotonic()
        overdue = {
            thread
            for thread, deadline in self.deadlines.copy().items()
            if deadline < now and not _resolves_name(thread)
        }
        # A process that was frozen gets until the next look to interrupt its threads.
        if overdue & self._overdue:
            log.critical("a worker thread is stuck, exiting")
            os._exit(1)
        self._overdue = overdue

    def _take_over_from(self, id: str, seen: str) -> int:
        app = self.identity.app
        names = [keys.processes(app), keys.gone_processes(app), keys.begun(app, id)]
        for queue in QUEUES:
            names += [
                keys.in_flight(app, id, queue),
                keys.messages(app, queue),
                keys.waiting(app, queue),
                keys.dead_ids(app, queue),
                keys.dead_messages(app, queue),
            ]
        args = (id, seen, GONE_SECONDS, messages.option("died_of", KILLER))
        requeued, events, dead = self._reap(keys=names, args=args)
        dyno = id.partition("/")[0]
        for event in events:
            self.counts.journal.add(
                Record(RecordKind.TAKEN_OVER, now_ms(), event.decode(), process=dyno)
            )
        for data in dead:
            self._note_killer(messages.decode(data), dyno)
        return int(requeued)

    def _note_killer(self, message: messages.QueuedMessage, dyno: str) -> None:
        queue, actor = message.queue_name, message.actor_name
        log.error("dead-lettered", reason=KILLER, queue=queue, actor=actor, worker=dyno)
        self.counts.add(counters.DEAD, queue)
        if record := record_of(message):
            record.outcome, record.error, record.process = Ended.DEAD, KILLER, dyno
            self.counts.journal.add(record)

    def _purge_dead_letters(self) -> None:
        app = self.identity.app
        for queue in table.QUEUES:
            self._purge(
                keys=[keys.dead_ids(app, queue), keys.dead_messages(app, queue)],
                args=[DEAD_LETTER_DAYS * _DAY_MS],
            )


def _resolves_name(thread: int) -> bool:
    """Return whether a thread is resolving a host's name.

    While name servers are silent, that takes 20 s or more; nothing interrupts it, and a restart
    would not help.
    """
    frames = traceback.walk_stack(sys._current_frames().get(thread))
    return any(frame.f_code is socket.getaddrinfo.__code__ for frame, _ in frames)
