"""One line of `gopherbot check`."""

from __future__ import annotations

import enum

import msgspec


class State(enum.Enum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    """It works, but needs a look."""
    UNREACHABLE = "unreachable"
    """Not reached now; it may recover without action."""
    FAILED = "failed"


class CheckResult(msgspec.Struct, frozen=True):
    """What was checked, its state, and what to do if there is a problem."""

    about: str
    state: State
    text: str
    todo: str = ""
