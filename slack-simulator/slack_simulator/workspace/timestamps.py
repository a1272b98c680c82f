"""Slack's `ts`, such as "1718000000.000100": both the time and the ID of a message."""

import re
import threading
import time
from collections.abc import Callable

_TS = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?")


class Clock:
    """Slack's clock: the system's, which tests can advance, or one that stands still.

    With `start` (Unix seconds), the time is `start` until it's advanced.
    """

    def __init__(self, start: float | None = None) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._start = start
        self._ahead = 0.0
        self._waiting: list[Callable[[float], None]] = []

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return (time.time() if self._start is None else self._start) + self._ahead

    def monotonic(self) -> float:
        """Return seconds that never go back: what deadlines are measured in."""
        return (time.monotonic() if self._start is None else self._start) + self._ahead

    def next(self) -> str:
        """Return the next `ts`: the current time, or 1 µs after the last one if that is later."""
        with self._lock:
            self._last = max(int(self.now() * 1_000_000), self._last + 1)
            return from_micros(self._last)

    def stamp(self) -> str:
        """Return the time as an `event_ts`, which need not be unique."""
        return f"{self.now():.6f}"

    def advance(self, seconds: float) -> None:
        """Move the time on and do what becomes due. Raise `ValueError` for the past."""
        if seconds < 0:
            raise ValueError("time can't go back")
        with self._lock:
            self._ahead += seconds
        for notify in self._waiting:
            notify(seconds)

    def on_advance(self, notify: Callable[[float], None]) -> None:
        """Call `notify` with the seconds by which the time was advanced, whenever it is."""
        self._waiting.append(notify)


def from_micros(micros: int) -> str:
    """Return microseconds since 1970 as a `ts`."""
    return f"{micros // 1_000_000:010d}.{micros % 1_000_000:06d}"


def to_micros(ts: str) -> int:
    """Return a `ts` or whole seconds as microseconds. Raise `ValueError` for anything else."""
    match = _TS.fullmatch(ts)
    if match is None:
        raise ValueError(f"not a Slack timestamp: {ts[:40]!r}")
    seconds, fraction = match.groups()
    return int(seconds) * 1_000_000 + int((fraction or "0").ljust(6, "0"))
