"""In-memory counters, which each heartbeat adds to the counters in Redis.

A counter is one of the names below, plus the queue if it is known: `stale:slack_team_join`.
"""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum

from gopherbot.metrics.journal import Journal

RECEIVED, IGNORED, REFUSED, LIMITED = "received", "ignored", "refused", "limited"
HANDLED, ANSWERED, EFFECTS, ANNOUNCED = "handled", "answered", "effects", "announced"
STALE, RETRIED, FAILED, DEAD = "stale", "retried", "failed", "dead"

HELP = {
    RECEIVED: "Events that a gateway enqueued.",
    IGNORED: "Events of types without an actor.",
    REFUSED: "Events that a gateway could not enqueue; Slack retries them.",
    LIMITED: "Notices that Slack withheld events.",
    HANDLED: "Messages that an actor finished.",
    ANSWERED: "Events that led to a visible answer, new or edited.",
    EFFECTS: "Replies and emoji that Slack accepted, edited replies included.",
    ANNOUNCED: "Watchers' announcements that Slack accepted.",
    STALE: "Messages dropped because they were too old.",
    RETRIED: "Failed attempts that were retried.",
    FAILED: "Messages given up after an error, and rules that failed.",
    DEAD: "Messages dead-lettered.",
}
"""What each counter counts, as `/metrics` says it."""
DELIVERIES = "deliveries"
"""Events that Slack delivered, repeats included, by event type: `deliveries:message`."""
MOST_DELIVERIES = 30_000
"""Slack delivers no more than this to an app in an hour: https://docs.slack.dev/apis/events-api"""
RETRIES = "retries"
"""Those deliveries that are repeats, by why the delivery before failed: `retries:http_timeout`."""
OTHER = "other"
"""An unknown reason, or an event type that is no plain name."""
RETRY_REASONS = (
    *("http_timeout", "http_error", "connection_failed", "ssl_error"),
    *("too_many_redirects", "unknown_error", OTHER),
)
"""Slack's values of `X-Slack-Retry-Reason`, and what any other value counts as."""
USES = "uses"
"""What became of answers, by use and name: `uses:shown:define goroutine`."""
REFUSALS = "refusals"
"""Requests that a gateway refused, by `Reason`."""
REJECTIONS = "rejections"
"""Calls that Slack rejected, by error code."""
TOKEN_ERRORS = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
SLACK_REVOKED = "slack:revoked"
"""The time of Slack's last rejection of the token itself; recorded like a job."""
SLACK_HEARD = "slack:members"
"""The time of the last accepted event with Slack's signature; recorded like a job."""
REDIS_REFUSED = "redis:refused"
"""The time of Redis's last refusal of a worker's command; recorded like a job."""
SLACK_REFUSED = "slack:refused"
"""The time of the last refusal of a request that may have been Slack's."""

BY_QUEUE = frozenset({RECEIVED, REFUSED, HANDLED, STALE, RETRIED, FAILED, DEAD})
"""Counters with a queue. A failed rule is counted without one."""


class Reason(StrEnum):
    """Why a gateway refuses a request; a label in `/metrics`, and of `refusals:REASON`."""

    status: int
    """The status of the answer."""
    cause: str
    """The likely cause if Slack signed the request; "" if Slack never sends such."""

    def __new__(cls, value: str, status: int = 0, cause: str = "") -> Reason:
        reason = str.__new__(cls, value)
        reason._value_, reason.status, reason.cause = value, status, cause
        return reason

    UNREADABLE = "unreadable", 400
    """Not HTTP, or a body or content type that cannot be read."""
    UNSIGNED = "unsigned", 401
    """No signature or timestamp. Slack never sends that."""
    TIMESTAMP = (
        "timestamp",
        401,
        "this machine's clock is more than 5 minutes off, or requests are replayed",
    )
    """Signed, but the timestamp is too far from the current time."""
    SIGNATURE = (
        "signature",
        401,
        "GOPHER_SLACK_REQUEST_SECRET is not the signing secret on the app's Basic Information page",
    )
    """Signed, but the signature does not match."""
    TOKEN = (
        "token",
        401,
        "GOPHER_SLACK_REQUEST_TOKEN is not the app's verification token; unset it, it isn't needed",
    )
    """The verification token does not match."""
    APP = "app", 403, "GOPHER_SLACK_APP_ID is not the id of the app that sends the events"
    """Another app's event."""
    TEAM = "team", 403, "GOPHER_SLACK_TEAM_ID is not the id of the workspace that sends the events"
    """Another team's event."""
    METHOD = "method", 405
    """Not a POST."""
    TIMEOUT = "timeout", 408
    """The request did not arrive in time."""
    LENGTH = "length", 411
    """Chunked. Slack always gives the length of its bodies."""
    TOO_LARGE = "too_large", 413
    CONTENT_TYPE = "content_type", 415
    """Not JSON."""
    MALFORMED = (
        "malformed",
        422,
        "the requests are signed but aren't Events API envelopes; check the request URL of the app",
    )
    """Signed, but not an envelope."""
    QUEUE = "queue", 503, "Redis is unreachable, slow or full: `gopherbot check` says which"
    """Slack retries."""
    MEMORY = "memory", 503
    """Too many large bodies at once."""


class Counts:
    """Counts not yet in Redis, and the jobs that succeeded. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._jobs: set[str] = set()
        self._failed: set[str] = set()
        self.journal = Journal()
        """The outcomes of individual events, reported with the counts."""

    def add(self, name: str, queue: str = "", number: int = 1) -> None:
        """Add to a counter. A delayed message counts toward its original queue."""
        field = f"{name}:{queue.removesuffix('.DQ')}" if queue else name
        with self._lock:
            self._counts[field] += number

    def began(self, job: str) -> None:
        """Record the start of a periodic job, and clear a failure of its last run."""
        with self._lock:
            self._failed.discard(job)

    def failed(self, job: str) -> None:
        with self._lock:
            self._failed.add(job)

    def ended(self, job: str) -> None:
        """Record the end of a periodic job: a success unless it was marked as failed."""
        with self._lock:
            if job not in self._failed:
                self._jobs.add(job)
            self._failed.discard(job)

    def happened(self, what: str) -> None:
        """Record that something happened. Redis keeps the last time, as for a job."""
        if what not in self._jobs:
            with self._lock:
                self._jobs.add(what)

    def slack_rejected(self, error: str) -> None:
        """Count a call that Slack rejected, by error code."""
        self.add(REJECTIONS, error)
        if error in TOKEN_ERRORS:
            self.happened(SLACK_REVOKED)

    def is_empty(self) -> bool:
        """Return whether there is nothing to report."""
        return not self._counts and not self._jobs and not self.journal

    def take(self) -> tuple[dict[str, int], set[str]]:
        """Return the counts and jobs, and reset them."""
        with self._lock:
            counts, jobs = dict(self._counts), self._jobs
            self._counts, self._jobs = Counter(), set()
        return counts, jobs
