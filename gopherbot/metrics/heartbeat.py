"""A process's heartbeat: renews its registry entry and reports its counters.

Each process has one heartbeat thread with its own connection. It costs one command every
`EVERY_SECONDS`, or every `LOOK_SECONDS` while there is something to report. A worker's heartbeat is
faster and does more (`queues/recovery/heartbeat.py`).
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import redis

from gopherbot import logs
from gopherbot.metrics import process_registry
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.settings import Identity
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, RedisAvailability

EVERY_SECONDS = 10.0
LEASE_SECONDS = 25.0
"""A process that is silent for longer counts as dead."""
LOOK_SECONDS = 2.0
"""How often a process checks whether there is something to report."""
SETTLED_SECONDS = 3.0
"""A process declares others dead only after this many seconds without a gap in its own heartbeats.
After an outage of Redis, that gives the others time for a heartbeat."""

_RETRY_SECONDS = 0.5
_STOP_SECONDS = 5.0

_SCRIPT = Path(__file__).with_name("heartbeat.lua").read_text()

log = logs.get_logger(__name__)


@dataclass(frozen=True)
class _Batch:
    """What a process reports at once. Its number tells a report from one that is sent again."""

    number: int
    counts: dict[str, int]
    jobs: set[str]
    chunks: list[bytes]


class Heartbeat:
    """The heartbeat thread. Start it after any fork; under gevent it is a greenlet.

    It survives all Redis errors. A report that Redis may not have received is sent again, and
    counts once.
    """

    every = EVERY_SECONDS
    lease = LEASE_SECONDS
    monitors_peers = False

    def __init__(
        self,
        client: redis.Redis,
        identity: Identity,
        kind: str,
        counts: Counts | None = None,
        outage: RedisAvailability | None = None,
        *,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self.client = client
        self.identity = identity
        self.kind = kind
        self.counts = counts or Counts()
        self.counts.journal.process = identity.dyno
        self.outage = outage or RedisAvailability()
        self.facts = facts
        """Fields of the log line `started`; None once it is written."""
        self.id = ""
        self.guards_process = False
        """Whether the process ends if the heartbeat thread dies, or if no thread gets to run for
        twice the lease: C code keeps the interpreter for itself, or the process was stopped. What
        runs it (gunicorn, the platform) then starts another."""
        self.beats = 0
        self.missed = 0
        """How many heartbeats have failed since the last that succeeded."""
        self._script = client.register_script(_SCRIPT)
        self._info = b""
        self._reports = 0
        self._unsent: _Batch | None = None
        """A report that Redis may or may not have received."""
        self._next = 0.0
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._guard: threading.Thread | None = None

    def start(self, id: str = "") -> None:
        """Start the thread, which beats at once. Pass `id` if the process already has one."""
        self.id = id or process_registry.new_id(self.identity.dyno)
        shadow = bool(self.facts and self.facts.get("shadow"))
        info = ProcessInfo.of_this(self.identity, self.kind, shadow=shadow)
        self._info = msgspec.json.encode(info)
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        if self.guards_process:
            guarded = (self._thread,)
            self._guard = threading.Thread(target=self._guard_process, args=guarded, daemon=True)
            self._put_off_end()
        self._thread.start()
        if self._guard:
            self._guard.start()

    def stop(self) -> None:
        """Stop the thread, report the remaining counts, and leave the registry."""
        if self._thread is None:
            return
        self._stopping.set()
        self._wake.set()
        self._thread.join(_STOP_SECONDS)
        if self._guard:
            self._guard.join()
            faulthandler.cancel_dump_traceback_later()
        try:
            told = not self._unsent or self._beat()
            if told and self._beat() and self.may_sign_off():
                self.client.hdel(keys.processes(self.identity.app), self.id)
        except REDIS_ERRORS as error:
            log.info("could not sign off", error=str(error))

    def beat_soon(self) -> None:
        """Beat now instead of at the next due time. Thread-safe."""
        self._next = 0.0
        self._wake.set()

    def may_sign_off(self) -> bool:
        """Return whether this process leaves no work that another must take over."""
        return True

    def after_beat(self, others: Sequence[tuple[str, str, bool]]) -> None:
        """Run after each successful heartbeat. May raise `REDIS_ERRORS`.

        `others` lists the other processes if this one watches them: id, time last seen (Unix ms),
        and whether the lease has expired.
        """

    def check_threads(self) -> None:
        """Run every time the thread wakes up, even if Redis does not answer."""

    def _guard_process(self, heartbeat: threading.Thread) -> None:
        """End the process if the heartbeat thread has died, or if this one does not get to run.

        It does no I/O: the heartbeat may wait for the network, and nothing limits how long
        resolving a name takes.
        """
        while not self._stopping.is_set():
            if not heartbeat.is_alive() and not self._stopping.is_set():
                log.critical("the heartbeat thread died, exiting")
                os._exit(1)
            self._stopping.wait(self.lease / 10)
            self._put_off_end()

    def _put_off_end(self) -> None:
        # It prints where each thread is, and needs no thread of Python's.
        faulthandler.dump_traceback_later(2 * self.lease, exit=True, file=2)

    def _run(self) -> None:
        while not self._stopping.is_set():
            answered = self._beat_if_due()
            try:
                self.check_threads()
            except Exception:
                # Whatever Redis holds, this process stays in the registry.
                log.exception("heartbeat: looking around failed")
            if self.facts:
                log.info("started", redis=self._server(), **self.facts)
                self.facts = None
            self._wake.wait(LOOK_SECONDS if answered else _RETRY_SECONDS)
            self._wake.clear()

    def _server(self) -> str:
        try:
            info = self.client.info("server")
        except REDIS_ERRORS as error:
            return f"unreachable: {type(error).__name__}"
        name = str(info.get("server_name") or "redis")
        return f"{name} {info.get(f'{name}_version') or info.get('redis_version')}"

    def _beat_if_due(self) -> bool:
        if time.monotonic() < self._next and self.counts.is_empty() and not self._unsent:
            return True
        return self._beat()

    def _beat(self) -> bool:
        """Beat once. Return whether Redis answered."""
        report = self._unsent = self._unsent or self._next_report()
        try:
            others = self._script(keys=self._keys(), args=self._args(report))
        except REDIS_ERRORS as error:
            self.outage.failed(error)
            self.missed += 1
            return False
        self._unsent = None
        self.outage.answered()
        self.beats += 1
        # Slightly early, so that waking every LOOK_SECONDS does not miss the due time.
        self._next = time.monotonic() + self.every - LOOK_SECONDS / 2
        try:
            self.after_beat(
                [
                    (id.decode(), seen.decode(), bool(silent))
                    for id, seen, silent in zip(*[iter(others)] * 3, strict=True)
                ]
            )
        except REDIS_ERRORS as error:
            self.outage.failed(error)
            return False
        except Exception:
            log.exception("heartbeat: what follows it failed")
        self.missed = 0
        return True

    def _keys(self) -> list[str]:
        app = self.identity.app
        return [keys.processes(app), keys.counters(app, "total"), keys.jobs(app), keys.journal(app)]

    def _next_report(self) -> _Batch:
        self._reports += 1
        counts, jobs = self.counts.take()
        return _Batch(self._reports, counts, jobs, self.counts.journal.take())

    def _args(self, report: _Batch) -> list[Any]:
        return [
            self.id,
            int(self.lease * 1000),
            self._info,
            int(self.monitors_peers),
            int(SETTLED_SECONDS * 1000),
            keys.counters(self.identity.app, ""),
            len(report.counts),
            len(report.chunks),
            report.number,
            *(piece for pair in report.counts.items() for piece in pair),
            *report.chunks,
            *sorted(report.jobs),
        ]
