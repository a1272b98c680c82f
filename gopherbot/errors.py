"""Errors that cross module boundaries. Their messages say what to do and contain no secrets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gopherbot import renamed


class GopherbotError(Exception):
    """Base class of all gopherbot errors."""


class SettingsError(GopherbotError):
    """The environment variables are invalid. The message lists every problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"gopherbot cannot start. Fix these environment variables:\n{lines}")


class ContentError(GopherbotError):
    """Content files or rules are invalid. The message lists every problem with its file."""

    HEADING = "gopherbot cannot start. Fix its content:\n"

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = tuple(map(str, problems))
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{self.HEADING}{lines}")


class ServiceError(GopherbotError):
    """A request to a service other than Slack failed."""


class ServiceUnreachable(ServiceError):
    """There was no complete response. The failure may be temporary."""


class NoChannel(GopherbotError):
    """A watcher has no channel to post in. That is recorded for `status`."""


class RetryLater(GopherbotError):
    """The event needs a retry, after `delay` seconds and only while it is fresh."""

    def __init__(self, reason: str, delay: float | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class Unreadable(GopherbotError):
    """The queued payload cannot be read. It is dead-lettered, never retried."""


def __getattr__(name: str) -> Any:
    if name == "ServiceAway":
        renamed.warn("gopherbot.errors.ServiceAway", "ServiceUnreachable")
        return ServiceUnreachable
    raise AttributeError(name)
