"""Reports the health of the bot's processes, for the page's header."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import redis
import urllib3

from gopherbot.dev.bot import APP, LocalBot
from gopherbot.metrics.process_registry import read_entry
from gopherbot.settings import Role, Settings
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, connect, text

_PATIENCE = 1.0
_NAMES = {"web": "gateway"}
_BAD = frozenset({"error", "critical"})


class Health:
    """Reports whether each process runs and answers, and the last error that one logged."""

    def __init__(self, bot: LocalBot) -> None:
        self._bot = bot
        # As the bot does: its address alone does not say how to connect.
        self._settings = Settings.read(Role.TOOL, dict(bot.environment)).redis
        self._last_error: dict[str, Any] | None = None
        self._not_reloaded: dict[str, Any] | None = None
        self._http = urllib3.PoolManager(retries=False, timeout=_PATIENCE)

    def observe(self, line: dict[str, Any]) -> None:
        """Record the error, if any, of a line that a process logged."""
        if line.get("level") in _BAD:
            told = [line.get("event"), line.get("error") or _last_line(line.get("exception"))]
            words = ": ".join(str(each) for each in told if each)
            self.failed(f"{line.get('process')}: {words}")

    def failed(self, words: str) -> None:
        """Record an error."""
        self._last_error = {"at": time.time(), "text": words}

    def not_reloaded(self, words: str) -> None:
        """Show why a change was not loaded, until `reloaded` is called."""
        self._not_reloaded = {"at": time.time(), "text": f"Not reloaded:\n{words}"}

    def reloaded(self) -> None:
        """Forget the errors of the previous code."""
        self._not_reloaded = self._last_error = None

    def __call__(self) -> dict[str, Any]:
        """Return the parts and the last error, as described in `slack_simulator/extensions.py`."""
        parts = [self._process(name) for name in self._bot.names]
        return {
            "parts": [*parts, self._redis()],
            "last_error": self._not_reloaded or self._last_error,
        }

    def workers(self) -> set[str]:
        """Return the ids of the workers that have started; none if Redis doesn't answer."""
        try:
            with self._client() as client:
                entries = client.hgetall(keys.processes(APP))
        except REDIS_ERRORS:
            return set()
        found = {text(id): read_entry(text(value)) for id, value in entries.items()}
        return {id for id, entry in found.items() if entry and entry.info.kind == "worker"}

    def _process(self, name: str) -> dict[str, str]:
        shown = _NAMES.get(name, name)
        dyno = self._bot.dynos.get(name)
        if dyno is None:
            return {"name": shown, "state": "unknown", "note": "not started"}
        status = dyno.process.poll()
        if status is not None:
            return {"name": shown, "state": "down", "note": f"exited with status {status}"}
        if name == "web" and (problem := self._not_ready()):
            return {"name": shown, "state": "down", "note": problem}
        return {"name": shown, "state": "ok", "note": f"running, process {dyno.pid}"}

    def _not_ready(self) -> str:
        try:
            answer = self._http.request("GET", f"{self._bot.url}/_ready")
        except urllib3.exceptions.HTTPError as error:
            return f"does not answer: {type(error).__name__}"
        return "" if answer.status == 200 else answer.data.decode("utf-8", "replace").strip()

    def _redis(self) -> dict[str, str]:
        try:
            with self._client() as client:
                client.ping()
        except REDIS_ERRORS as error:
            return {"name": "redis", "state": "down", "note": type(error).__name__}
        return {"name": "redis", "state": "ok", "note": "answers"}

    def _client(self) -> contextlib.closing[redis.Redis]:
        client = connect(
            self._settings, connections=1, connect_timeout=_PATIENCE, answer_timeout=_PATIENCE
        )
        return contextlib.closing(client)


def _last_line(text: object) -> str:
    lines = str(text).strip().splitlines() if text else []
    return lines[-1] if lines else ""
