"""A process's sign of life, whatever kind it is, and with it what the process counted.

It is for whoever watches over the bot and decides nothing: what becomes of a dead worker's messages
is `heartbeat.py`'s. Cheap: one command every `EVERY_SECONDS`, and while there is something to count
one every `LOOK_SECONDS`.

In Redis: `APP:processes`, a hash of cards by process id, each behind when it was last told;
`APP:counts:MINUTE` for two hours and `APP:counts:total`; `APP:jobs`, when each job last succeeded.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from pathlib import Path

import msgspec
import redis

from gopherbot import logs
from gopherbot.metrics.counters import Counts
from gopherbot.settings import Identity
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS

EVERY_SECONDS = 10.0
LOOK_SECONDS = 2.0
_TIDY_EVERY = 60
"""Who ended without a word is forgotten at one sign of life in so many."""
_STOP_SECONDS = 5.0

_SCRIPT = Path(__file__).with_name("process_registry.lua").read_text()

log = logs.get_logger(__name__)


class Card(msgspec.Struct):
    """Who a process is."""

    kind: str
    """The Procfile line: `web`, `worker` or `scheduler`."""
    dyno: str
    pid: int
    commit: str
    started: float
    """Unix seconds."""


class Presence:
    """Tells of one process, in a thread; begin it after any fork.

    Under gevent the thread is a greenlet. No error of Redis leaves it: counts are kept and told
    when Redis is back.
    """

    def __init__(
        self, client: redis.Redis, identity: Identity, kind: str, counts: Counts | None = None
    ) -> None:
        self.client = client
        self.identity = identity
        self.kind = kind
        self.counts = counts or Counts()
        self.id = ""
        self._report = client.register_script(_SCRIPT)
        self._card = b""
        self._next_card = 0.0
        self._cards = 0
        self._away = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, id: str = "") -> None:
        """Begin to tell, now and from then on. `id` names the process if it has a name already."""
        identity, pid = self.identity, os.getpid()
        self.id = id or f"{identity.dyno.replace('/', '-')}/{pid}/{uuid.uuid4().hex[:8]}"
        card = Card(self.kind, identity.dyno, pid, identity.commit, time.time())
        self._card = msgspec.json.encode(card)
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell what is left, and sign off."""
        if self._thread is None:
            return
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)
        self._tell()
        if self._away:
            return
        try:
            self.client.hdel(keys.processes(self.identity.app), self.id)
        except REDIS_ERRORS as error:
            log.info("could not sign off", error=str(error))

    def _run(self) -> None:
        while True:
            self._tell()
            if self._stopping.wait(LOOK_SECONDS):
                return

    def _tell(self) -> None:
        due = time.monotonic() >= self._next_card
        counts, jobs = self.counts.take()
        if not (due or counts or jobs):
            return
        pairs = [piece for pair in counts.items() for piece in pair]
        card = self._card if due else b""
        tidy = int(due and self._cards % _TIDY_EVERY == 0)
        args = [self.id, card, tidy, len(counts), *pairs, *sorted(jobs)]
        try:
            self._report(keys=[self.identity.app], args=args)
        except REDIS_ERRORS:
            # That Redis is away is told by those who cannot work without it.
            self.counts.give_back(counts, jobs)
            self._away = True
            return
        self._away = False
        if due:
            self._cards += 1
            self._next_card = time.monotonic() + EVERY_SECONDS
