"""Durations and ages in words."""

from __future__ import annotations

_UNITS = ((86400.0, "days"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def words(seconds: float) -> str:
    """Return a duration in a suitable unit: `40 ms`, `12 s`, `5 min`, `3 h`, `2 days`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, unit in _UNITS:
        # "90 s" is more precise than "1 min", and "1 days" is not English.
        if seconds >= 2 * size or seconds == size < _UNITS[0][0] or size == 1:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def ago(seconds: float) -> str:
    """Return an age in words; less than a second is `just now`."""
    return "just now" if seconds < 1 else f"{words(seconds)} ago"
