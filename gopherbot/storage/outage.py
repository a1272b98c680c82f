"""Tracks whether Redis answers a process or one of its threads, and logs each outage once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import redis

from gopherbot import logs

WARN_AFTER_SECONDS = 4.0
REFUSAL_OVER_SECONDS = 600.0
"""A refusal that returns after so long is a new one."""

log = logs.get_logger(__name__)


class RedisAvailability:
    """The state of Redis as its callers see it, who report each result. Thread-safe."""

    def __init__(self, on_refusal: Callable[[], None] = lambda: None) -> None:
        """`on_refusal` is called when Redis answers a command with an error."""
        self._on_refusal = on_refusal
        self._refused = ""
        self._last_refusal = 0.0
        self._lock = threading.Lock()
        self._ongoing = False
        self._warned = False
        self._last_answer = time.monotonic()

    def failed(self, error: Exception) -> None:
        """Record a failed call.

        Warn once of an error that Redis answers with, until it stops for `REFUSAL_OVER_SECONDS`,
        and once if Redis has been silent for `WARN_AFTER_SECONDS`.
        """
        if isinstance(error, (redis.ResponseError, redis.AuthenticationError)):
            self._on_refusal()
            with self._lock:
                now, before = time.monotonic(), self._last_refusal
                known = str(error) == self._refused and now - before < REFUSAL_OVER_SECONDS
                self._refused, self._last_refusal = str(error), now
            if not known:
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
