"""One alert."""

from __future__ import annotations

import enum

import msgspec


class Severity(enum.Enum):
    """How serious an alert is."""

    CRITICAL = "critical"
    """The bot does not work."""
    WARNING = "warning"


class Alert(msgspec.Struct):
    """A problem, and what to do about it."""

    text: str
    severity: Severity = Severity.CRITICAL

    @property
    def critical(self) -> bool:
        return self.severity is Severity.CRITICAL


def count(number: int, what: str) -> str:
    """Return a number of things in words."""
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"
