"""What becomes of a message after an attempt: by its error, the attempts before, and its age."""

from __future__ import annotations

import pytest
import redis
from dramatiq.middleware import TimeLimitExceeded

from gopherbot.errors import RetryLater, Unreadable
from gopherbot.metrics.journal import Ended
from gopherbot.queues.worker.verdict import MAX_BUG_RETRIES, Limits, Verdict, judge, judge_age
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable, TokenRefused

LIMITS = Limits(max_age=30.0, max_backoff=4.0, time_limit=10.0)
BUG, LAST = RuntimeError("the text of a member"), MAX_BUG_RETRIES


def retry(why: str, delay: float) -> Verdict:
    return Verdict(Ended.RETRY, why, delay)


def gave_up(why: str, stale: str) -> Verdict:
    return Verdict(Ended.GAVE_UP, why, stale=stale)


@pytest.mark.parametrize(
    ("error", "attempt", "age", "verdict"),
    [
        (None, 0, 1, Verdict(Ended.DONE)),
        (None, 9, 99, Verdict(Ended.DONE)),
        (Unreadable("the text of a member"), 0, 1, Verdict(Ended.DEAD, "unreadable")),
        (RetryLater("later", delay=2), 0, 1, retry("later", 2)),
        (RetryLater("later", delay=0), 7, 1, retry("later", 0)),
        (RetryLater("later", delay=29), 0, 1, retry("later", 29)),
        (RetryLater("later", delay=29.1), 0, 1, gave_up("later", "1 s old")),
        (RetryLater("later"), 0, 1, retry("later", 0.5)),
        (RetryLater("later"), 1, 1, retry("later", 1)),
        (RetryLater("later"), 2, 1, retry("later", 2)),
        (RetryLater("later"), 9, 1, retry("later", 4)),
        (RetryLater("later"), 10**6, 1, retry("later", 4)),
        (RetryLater("later"), 9, 26.1, gave_up("later", "26 s old")),
        (RetryLater("later"), 0, None, gave_up("later", "malformed timestamp")),
        (RetryLater("later"), 0, -31, gave_up("later", "dated 31 s in the future")),
        (RetryLater("later"), 0, -29, retry("later", 0.5)),
        (Retryable("busy", retry_after=3), 0, 1, retry("busy", 3)),
        (Retryable("busy", retry_after=60), 0, 1, gave_up("busy", "1 s old")),
        (Retryable("busy"), 1, 1, retry("busy", 1)),
        (TokenRefused("a.b", "token_expired"), 0, 1, retry("a.b: token_expired", 0.5)),
        (OutcomeUnknown("a.b: status 500"), LAST, 1, retry("a.b: status 500", 4)),
        (Rejected("a.b", "missing_scope"), LAST, 1, retry("a.b: missing_scope", 4)),
        (redis.ConnectionError("away"), LAST, 1, retry("away", 4)),
        (redis.ConnectionError(), 0, 1, retry("ConnectionError", 0.5)),
        (OSError("broken pipe"), LAST, 1, retry("broken pipe", 4)),
        (BUG, 0, 1, retry("RuntimeError", 0.5)),
        (BUG, LAST - 1, 1, retry("RuntimeError", 4)),
        (BUG, LAST, 1, Verdict(Ended.DEAD, "failed too often: RuntimeError")),
        (BUG, 0, 29.6, gave_up("RuntimeError", "30 s old")),
    ],
)
def test_what_becomes_of_it(
    error: BaseException | None, attempt: int, age: float | None, verdict: Verdict
) -> None:
    assert judge(error, attempt, age, LIMITS) == verdict


@pytest.mark.parametrize(
    ("error", "computed", "attempt", "verdict"),
    [
        (TimeLimitExceeded(), 2.5, 0, retry("TimeLimitExceeded", 0.5)),
        (TimeLimitExceeded(), 2.6, 0, Verdict(Ended.DEAD, "used too much CPU time")),
        (TimeLimitExceeded(), 0, LAST, Verdict(Ended.DEAD, "failed too often: TimeLimitExceeded")),
        (RetryLater("later"), 2.6, 0, retry("later", 0.5)),
    ],
)
def test_waiting_is_retried_computing_not(
    error: Exception, computed: float, attempt: int, verdict: Verdict
) -> None:
    assert judge(error, attempt, 1, LIMITS, computed) == verdict


@pytest.mark.parametrize(
    ("attempt", "age", "ended", "why"),
    [
        (0, 30.0, None, ""),
        (0, -30.0, None, ""),
        (0, 30.1, Ended.STALE, "30 s old"),
        (1, 31.0, Ended.GAVE_UP, "31 s old"),
        (0, -31.0, Ended.STALE, "dated 31 s in the future"),
        (0, None, Ended.STALE, "malformed timestamp"),
    ],
)
def test_what_is_stale_is_not_begun(
    attempt: int, age: float | None, ended: Ended | None, why: str
) -> None:
    assert judge_age(attempt, age, LIMITS) == (ended and Verdict(ended, why, stale=why))
