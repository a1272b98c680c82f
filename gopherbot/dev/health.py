"""Reports the health of the bot's processes, for the page's header."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any, NamedTuple

import redis
import urllib3

from gopherbot.dev.bot import APP, LocalBot
from gopherbot.dev.procfile import Dyno
from gopherbot.metrics.process_registry import read_entry
from gopherbot.settings import Role, Settings
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, connect, text

_TIMEOUT_SECONDS = 1.0
_NAMES = {"web": "gateway"}
_BAD = frozenset({"error", "critical"})
_FROZEN_AFTER_SECONDS = 2.5
"""A worker that sends no heartbeat for this long is frozen: one is due every two seconds."""


class HeartbeatAge(NamedTuple):
    """The time since a process's last heartbeat."""

    seconds: float
    allowed: float

    @property
    def is_too_long(self) -> bool:
        return self.seconds > self.allowed


HeartbeatAges = dict[int, HeartbeatAge]
"""By the PID of the process."""


class Health:
    """Reports whether each process runs, answers and sends heartbeats, and the last error."""

    def __init__(self, bot: LocalBot) -> None:
        self._bot = bot
        # As the bot does: its address alone does not say how to connect.
        self._settings = Settings.read(Role.TOOL, dict(bot.environment)).redis
        self._last_error: dict[str, Any] | None = None
        self._problem = ""
        self._http = urllib3.PoolManager(retries=False, timeout=_TIMEOUT_SECONDS)

    def observe(self, line: dict[str, Any]) -> None:
        """Record the error, if any, of a line that a process logged."""
        if line.get("level") in _BAD:
            parts = [line.get("event"), line.get("error") or _last_line(line.get("exception"))]
            words = ": ".join(str(each) for each in parts if each)
            self.failed(f"{line.get('process')}: {words}")

    def failed(self, words: str) -> None:
        self._last_error = {"at": time.time(), "text": words}

    def not_reloaded(self, words: str) -> None:
        """Show why a change was not loaded, until `reloaded` is called."""
        self._problem = words

    def reloaded(self) -> None:
        """Forget the errors of the previous code."""
        self._problem, self._last_error = "", None

    def __call__(self) -> dict[str, Any]:
        """Return the health, in the form that `slack_simulator/extensions.py` describes."""
        try:
            ages, redis_note = self._heartbeat_ages(), ""
        except REDIS_ERRORS as error:
            ages, redis_note = {}, type(error).__name__
        parts = [self._process(name, ages) for name in self._bot.names]
        parts.append(_part("redis", "down" if redis_note else "ok", redis_note or "answers"))
        return {"parts": parts, "problem": self._problem, "last_error": self._last_error}

    def works(self, worker: Dyno) -> bool:
        """Return whether a worker's process has started and sends heartbeats."""
        try:
            ages = self._heartbeat_ages()
        except REDIS_ERRORS:
            return False
        return any(pid in ages and not ages[pid].is_too_long for pid in worker.pids())

    def _heartbeat_ages(self) -> HeartbeatAges:
        """Return the heartbeat age of each registered process. Raise `REDIS_ERRORS`."""
        with self._client() as client, client.pipeline(transaction=False) as both:
            both.time()
            both.hgetall(keys.processes(APP))
            (seconds, microseconds), entries = both.execute()
        found = filter(None, (read_entry(text(value)) for value in entries.values()))
        # A process that died may have had the same PID: the newest heartbeat counts.
        return {
            each.info.pid: HeartbeatAge(
                seconds + microseconds / 1e6 - each.seen,
                _FROZEN_AFTER_SECONDS if each.info.kind == "worker" else each.lease,
            )
            for each in sorted(found, key=lambda each: each.seen)
        }

    def _process(self, name: str, ages: HeartbeatAges) -> dict[str, str]:
        shown = _NAMES.get(name, name)
        dyno = self._bot.dynos.get(name)
        if dyno is None:
            return _part(shown, "unknown", "not started")
        status = dyno.process.poll()
        if status is not None:
            return _part(shown, "down", f"exited with status {status}")
        if problem := self._problem_of(name, dyno, ages):
            return _part(shown, "down", problem)
        return _part(shown, "ok", f"running, process {dyno.pid}")

    def _problem_of(self, name: str, dyno: Dyno, ages: HeartbeatAges) -> str:
        """Return why a process that runs does not work, or ""."""
        pids = dyno.pids()
        if any(map(_is_stopped, pids)):
            return "stopped by a signal: SIGCONT continues it"
        if name == "web":
            return self._not_ready()
        known = [ages[pid] for pid in pids if pid in ages]
        longest = max((each.seconds for each in known if each.is_too_long), default=0.0)
        return f"frozen: its last heartbeat was {longest:.0f} s ago" if longest else ""

    def _not_ready(self) -> str:
        try:
            answer = self._http.request("GET", f"{self._bot.url}/_ready")
        except urllib3.exceptions.HTTPError as error:
            return f"does not answer: {type(error).__name__}"
        return "" if answer.status == 200 else answer.data.decode("utf-8", "replace").strip()

    def _client(self) -> contextlib.closing[redis.Redis]:
        client = connect(
            self._settings,
            connections=1,
            connect_timeout=_TIMEOUT_SECONDS,
            answer_timeout=_TIMEOUT_SECONDS,
        )
        return contextlib.closing(client)


def _part(name: str, state: str, note: str) -> dict[str, str]:
    return {"name": name, "state": state, "note": note}


def _is_stopped(pid: int) -> bool:
    """Return whether a signal has stopped a process. It's False where there is no `/proc`."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    return False


def _last_line(text: object) -> str:
    lines = str(text).strip().splitlines() if text else []
    return lines[-1] if lines else ""
