"""A worker's signs of life, and what follows when somebody's, or Redis's, or its own fail.

Every `EVERY_SECONDS` the worker notes itself in a hash in Redis. Whoever has been silent for
`SILENCE_SECONDS` is dead, and its messages go back to the front of their queues. A worker of the
same machine whose process is gone is known to be dead at once, so a restart takes up what its
predecessor held without waiting.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path

import redis

from gopherbot import logs
from gopherbot.actors import table
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.storage.outage import Outage

EVERY_SECONDS = 2.0
SILENCE_SECONDS = 10.0
"""More than a Redis that hangs for five seconds makes a living worker silent."""
DEAD_LETTER_DAYS = 7

_DAY_MS = 24 * 60 * 60 * 1000
_TIDY_EVERY = 300
"""Old dead letters are removed at one beat in so many."""

_UNFIT = re.compile(r"[^!-.0-~]")
_SCRIPT = Path(__file__).with_name("heartbeat.lua").read_text()

log = logs.get_logger(__name__)


def new_worker_id(dyno: str) -> str:
    """Make an id that no other worker has: `DYNO/HOME/PID/RANDOM`.

    HOME names the kernel and its process namespace: a PID means the same to whoever shares it.
    """
    # Redis takes it as the name of connections: printable ASCII without spaces.
    return f"{_UNFIT.sub('-', dyno)}/{_HOME}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


class Heartbeat:
    """The thread that beats, and watches the worker's other threads.

    `stopping` is set when the worker begins to stop: from then on its threads may end.
    """

    def __init__(
        self,
        client: redis.Redis,
        app: str,
        worker_id: str,
        stopping: threading.Event,
        outage: Outage,
    ) -> None:
        self.client = client
        self.app = app
        self.worker_id = worker_id
        self.stopping = stopping
        self.script = client.register_script(_SCRIPT)
        self.beats = 0
        self.known_dead: list[str] = []
        self.stopped = threading.Event()
        self.threads: Sequence[threading.Thread] = ()
        self.outage = outage
        self.parent = os.getppid()

    def start(self, threads: Sequence[threading.Thread]) -> None:
        """Beat once now and from then on in a thread, which watches these others."""
        self.threads = threads
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """Beat no more and leave the list of the living.

        A worker that still holds messages stays in it: only who dies on the list is inherited from.
        """
        self.stopped.set()
        try:
            if self.client.exists(*self._held_keys()):
                log.warning("worker leaves messages behind, a living one will find them")
                return
            self.client.hdel(keys.workers(self.app), self.worker_id)
            self.client.zrem(keys.dramatiq_heartbeats(self.app), self.worker_id)
        except REDIS_ERRORS as error:
            log.warning("worker could not sign off", error=str(error))

    def _held_keys(self) -> list[str]:
        return [
            keys.in_flight(self.app, self.worker_id, name)
            for queue in table.QUEUES
            for name in (queue, keys.delayed(queue))
        ]

    def _run(self) -> None:
        while True:
            self._beat()
            self._look_after_itself()
            if self.stopped.wait(EVERY_SECONDS):
                return

    def _beat(self) -> None:
        tidy = self.beats % _TIDY_EVERY == 0
        self.beats += 1
        try:
            returned, *alive = self.script(
                keys=[keys.workers(self.app)],
                args=[
                    self.app,
                    self.worker_id,
                    int(SILENCE_SECONDS * 1000),
                    DEAD_LETTER_DAYS * _DAY_MS if tidy else 0,
                    len(table.QUEUES),
                    *table.QUEUES,
                    *self.known_dead,
                ],
            )
        except REDIS_ERRORS as error:
            self.outage.failed(error)
            return
        self.outage.answered()
        if returned:
            log.warning("took up what a dead worker held", count=returned)
        self.known_dead = [id for id in (w.decode() for w in alive) if _is_gone(id)]
        if self.known_dead:
            self._beat()

    def _look_after_itself(self) -> None:
        if self.stopping.is_set():
            return
        if os.getppid() != self.parent:
            log.error("the main process is gone, stopping")
            self.parent = os.getppid()
            os.kill(os.getpid(), signal.SIGTERM)
        if not all(thread.is_alive() for thread in self.threads):
            # Dramatiq does not start a dead thread again; the platform starts a dead process.
            log.critical("a thread of the worker died, giving up")
            os._exit(1)


def _home() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return uuid.uuid4().hex[:12]
    return hashlib.sha256(f"{boot}{namespace}".encode()).hexdigest()[:12]


_HOME = _home()


def _is_gone(worker_id: str) -> bool:
    """Whether a worker's process certainly no longer runs: told by /proc, on this machine only."""
    parts = worker_id.split("/")
    if len(parts) != 4 or parts[1] != _HOME:
        return False
    try:
        state = Path(f"/proc/{int(parts[2])}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return True
    return state in "ZX"
