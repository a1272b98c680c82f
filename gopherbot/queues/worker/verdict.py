"""How an attempt at a message ended, and what becomes of the message. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dramatiq.middleware import TimeLimitExceeded

from gopherbot.errors import RetryLater, Unreadable
from gopherbot.metrics.journal import Ended
from gopherbot.slack.errors import SlackError
from gopherbot.storage.client import REDIS_ERRORS

AHEAD_SECONDS = 30.0
"""Seconds that an event may be dated in the future, because clocks differ."""
MAX_BUG_RETRIES = 4
FORESEEN = (RetryLater, SlackError, *REDIS_ERRORS)
"""Errors that aren't bugs: they pass, or the message goes stale."""
_COMPUTING_SHARE = 0.25
"""Share of the time limit. An actor that used more CPU time than this would do so again."""
_FIRST_BACKOFF = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of an actor, in seconds."""

    max_age: float
    max_backoff: float
    time_limit: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended."""

    ended: Ended
    why: str = ""
    """Why it didn't succeed, without message text that an error may quote."""
    delay: float = 0.0
    """Seconds until the next attempt, if there is one."""
    stale: str = ""
    """Why there is none, although the error may pass."""


def judge(
    error: BaseException | None,
    attempt: int,
    age: float | None,
    limits: Limits,
    computed: float = 0.0,
) -> Verdict:
    """Return how an attempt that raised `error` ended.

    `attempt` is the number of attempts before it, `age` the age of the event in seconds (None if it
    is unknown), `computed` the CPU time of the attempt in seconds.

    What may pass is retried while the event is fresh. The error may set the delay; else it backs
    off exponentially. An unforeseen error is dead-lettered after a few retries. An actor that spent
    its time limit computing instead of waiting is dead-lettered at once, because it blocks others.
    """
    if error is None:
        return Verdict(Ended.DONE)
    if isinstance(error, Unreadable):
        return Verdict(Ended.DEAD, "unreadable")
    if isinstance(error, TimeLimitExceeded) and computed > _COMPUTING_SHARE * limits.time_limit:
        return Verdict(Ended.DEAD, "used too much CPU time")
    why, foreseen = type(error).__name__, isinstance(error, FORESEEN)
    if not foreseen and attempt >= MAX_BUG_RETRIES:
        return Verdict(Ended.DEAD, f"failed too often: {why}")
    if foreseen:
        why = str(error) or why
    delay = asked_delay(error)
    if delay is None:
        delay = min(_FIRST_BACKOFF * 2 ** min(attempt, 16), limits.max_backoff)
    if stale := staleness(age, limits.max_age, delay):
        return Verdict(Ended.GAVE_UP, why, stale=stale)
    return Verdict(Ended.RETRY, why, delay)


def judge_age(attempt: int, age: float | None, limits: Limits) -> Verdict | None:
    """Return how an attempt ends before it begins, because its event is stale; None if it isn't."""
    stale = staleness(age, limits.max_age)
    ended = Ended.GAVE_UP if attempt else Ended.STALE
    return Verdict(ended, stale, stale=stale) if stale else None


def asked_delay(error: BaseException) -> float | None:
    """Return the delay that an error asks for, in seconds, or None."""
    if isinstance(error, SlackError):
        return error.retry_after
    return error.delay if isinstance(error, RetryLater) else None


def staleness(age: float | None, max_age: float, wait: float = 0.0) -> str:
    """Return why an event is stale, or will be in `wait` seconds. Return "" if it is not."""
    if age is None:
        return "malformed timestamp"
    if age < -AHEAD_SECONDS:
        return f"dated {-age:.0f} s in the future"
    return f"{age:.0f} s old" if age + wait > max_age else ""
