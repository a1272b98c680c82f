"""Tracks whether Redis answers a process, and logs each outage once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import redis

from gopherbot import logs

WARN_AFTER_SECONDS = 4.0

log = logs.get_logger(__name__)


class Outage:
    """The state of Redis as one process sees it. Thread-safe; callers report each result."""

    def __init__(self, on_refusal: Callable[[], None] = lambda: None) -> None:
        """`on_refusal` is called when Redis answers a command with an error."""
        self._on_refusal = on_refusal
        self._refused = ""
        self._lock = threading.Lock()
        self._ongoing = False
        self._warned = False
        self._last_answer = time.monotonic()

    def failed(self, error: Exception) -> None:
        """Record a failed call.

        Warn once of an error that Redis answers with, and once if it has been silent for
        `WARN_AFTER_SECONDS`.
        """
        if isinstance(error, (redis.ResponseError, redis.AuthenticationError)):
            self._on_refusal()
            if str(error) != self._refused:
                self._refused = str(error)
                log.warning("redis refuses a command", error=str(error))
            return
        with self._lock:
            first, self._ongoing = not self._ongoing, True
            seconds = time.monotonic() - self._last_answer
            warn = seconds >= WARN_AFTER_SECONDS and not self._warned
            self._warned = self._warned or warn
        if warn:
            log.warning("redis is unreachable", seconds=round(seconds, 1), error=str(error))
        elif first:
            log.info("redis does not answer", error=str(error))

    def answered(self) -> None:
        """Record a successful call."""
        with self._lock:
            back, self._ongoing, self._warned = self._warned, False, False
            self._last_answer = time.monotonic()
        if back:
            log.info("redis is reachable again")
