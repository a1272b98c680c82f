"""The errors that cross a module's border. Each says what to do; none holds a secret."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class GopherbotError(Exception):
    """Base class of all gopherbot errors."""


class SettingsError(GopherbotError):
    """The environment cannot be used; lists every problem at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"gopherbot cannot start. Fix these environment variables:\n{lines}")


class ContentError(GopherbotError):
    """A content file or a rule is broken; lists every problem, each with its file."""

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = tuple(map(str, problems))
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"gopherbot cannot start. Fix its content:\n{lines}")


class ServiceError(GopherbotError):
    """A service outside Slack did not do what was asked of it."""


class RetryLater(GopherbotError):
    """The event is not finished: run its actor again after `delay` seconds, while it is fresh."""

    def __init__(self, reason: str, delay: float | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class Unreadable(GopherbotError):
    """A queued payload that no actor can read; it is dead-lettered, never tried again."""
