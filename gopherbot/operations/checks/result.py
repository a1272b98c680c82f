"""One line of `gopherbot check`."""

from __future__ import annotations

import enum

import msgspec


class State(enum.Enum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    """It works, but look at it."""
    UNREACHABLE = "unreachable"
    """Not reached: wrong now, and perhaps by itself right again in a minute."""
    FAILED = "failed"


class CheckResult(msgspec.Struct, frozen=True):
    """What was looked at, how it is, and what to do if it is not good."""

    about: str
    state: State
    text: str
    todo: str = ""
