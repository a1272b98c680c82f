"""Slack's `ts`, such as "1718000000.000100": both the time and the ID of a message."""

import re
import threading
import time

_TS = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?")


class Clock:
    """Generate unique, strictly increasing `ts` values from the system clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        """Return the next `ts`: the current time, or 1 µs after the last one if that is later."""
        with self._lock:
            self._last = max(time.time_ns() // 1000, self._last + 1)
            return from_micros(self._last)


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
