"""Runs the jobs on APScheduler, in the scheduler that leads: the one that holds the lease.

Each job runs when the lead is taken, then once per period. Ticks missed during a Redis outage are
sent on recovery, so that an outage of a second costs no hourly job its hour. If Redis comes back
empty, the lead is gone with everything else, so it is taken again and every job runs again: the
channel cache is filled at once. The same happens when this machine's clock is set: APScheduler
would wait until the old time has come.
"""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import redis
from apscheduler.schedulers.background import BackgroundScheduler

from gopherbot import logs, table
from gopherbot.queues import messages
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, RedisAvailability
from gopherbot.table import ScheduledJob

LEASE_SECONDS = 15.0
RENEW_SECONDS = 6.0
RETRY_SECONDS = 1.0

_HERE = Path(__file__).parent

CLOCK_SET_SECONDS = 5.0
"""A jump of the clock by more is worth starting over."""

log = logs.get_logger(__name__)


class Lead(enum.Enum):
    """The result of asking for the lease, as `lead.lua` returns it."""

    ANOTHER = 0
    RENEWED = 1
    TAKEN = 2
    """This scheduler leads, and nobody did before: the lease had expired, or Redis was emptied."""


class Leadership:
    """One scheduler's part in the election. Redis errors pass through."""

    def __init__(self, client: redis.Redis, app: str, id: str) -> None:
        self.app = app
        self.id = id
        self.key = keys.leader(app)
        self._lead = client.register_script((_HERE / "lead.lua").read_text())
        self._send = client.register_script((_HERE / "send_if_leader.lua").read_text())

    def renew(self) -> Lead:
        return Lead(self._lead(keys=[self.key], args=[self.id, int(LEASE_SECONDS * 1000)]))

    def resign(self) -> None:
        """Release the lease, so that the next leader need not wait for it to expire."""
        self._lead(keys=[self.key], args=[self.id, 0])

    def send(self, job: ScheduledJob) -> bool:
        """Send a job to its actor if this scheduler leads. Return whether it was sent."""
        entry = [job.entry] if job.entry else []
        limit = table.max_age(job.actor) or 0
        message = messages.pack(table.BACKGROUND, job.actor, *entry, max_age=limit)
        names = [
            self.key,
            keys.messages(self.app, message.queue),
            keys.waiting(self.app, message.queue),
        ]
        return bool(self._send(keys=names, args=[self.id, message.id, message.data]))


class Clock:
    """The scheduler's main loop: renews the lease and sends due jobs until stopped."""

    def __init__(
        self, leadership: Leadership, jobs: Sequence[ScheduledJob], *, shadow: bool
    ) -> None:
        self.leadership = leadership
        self.jobs = jobs
        self.shadow = shadow
        self.stopping = threading.Event()
        self._due: dict[str, ScheduledJob] = {}
        self._wake = threading.Event()
        self.outage = RedisAvailability()
        self._ticks: BackgroundScheduler | None = None
        self._offset = 0.0
        """By how much the clock was ahead of the monotonic one when the lead was taken."""

    def run(self) -> None:
        """Renew or acquire the lease, and send due jobs while leading, until stopped."""
        while not self.stopping.is_set():
            pause = RENEW_SECONDS
            try:
                self._step()
            except REDIS_ERRORS as error:
                self.outage.failed(error)
                pause = RETRY_SECONDS
            self._wake.wait(pause)
            self._wake.clear()
        self._follow()
        try:
            self.leadership.resign()
        except REDIS_ERRORS as error:
            log.warning("could not resign", error=str(error))

    def stop(self) -> None:
        """Stop soon. Thread-safe and idempotent; do not call it in a signal handler."""
        self.stopping.set()
        self._wake.set()

    def _step(self) -> None:
        lead = self.leadership.renew()
        clock_was_set = abs(_clock_offset() - self._offset) > CLOCK_SET_SECONDS
        if self._ticks and (lead is not Lead.RENEWED or clock_was_set):
            self._follow()
        if lead is not Lead.ANOTHER and not self._ticks:
            self._lead()
        for name, job in list(self._due.items()):
            if self.leadership.send(job):
                log.info("sent", job=name)
                del self._due[name]
        self.outage.answered()

    def _lead(self) -> None:
        log.info("leading", jobs=[job.name for job in self.jobs])
        self._offset = _clock_offset()
        self._ticks = BackgroundScheduler(timezone=UTC)
        for job in self.jobs:
            period = job.period(shadow=self.shadow)
            self._ticks.add_job(
                self._tick,
                "interval",
                args=[job],
                seconds=period,
                next_run_time=datetime.now(UTC),
                misfire_grace_time=period,
            )
        self._ticks.start()

    def _follow(self) -> None:
        if self._ticks:
            log.info("no longer leading")
            self._ticks.shutdown(wait=False)
        self._ticks = None
        self._due.clear()

    def _tick(self, job: ScheduledJob) -> None:
        self._due[job.name] = job
        self._wake.set()


def _clock_offset() -> float:
    return time.time() - time.monotonic()
