"""In-memory counters, which each heartbeat adds to the counters in Redis.

A counter is one of the names below, plus the queue if it is known: `stale:slack_team_join`.
"""

from __future__ import annotations

import threading
from collections import Counter
from enum import StrEnum

from gopherbot.metrics.journal import Journal

RECEIVED = "received"
"""Events that a gateway enqueued."""
IGNORED = "ignored"
"""Events of types without an actor."""
REFUSED = "refused"
"""Events that a gateway could not enqueue; Slack retries them."""
LIMITED = "limited"
"""`app_rate_limited` notices: Slack withheld events."""
HANDLED = "handled"
"""Messages that an actor finished."""
ANSWERED = "answered"
"""Events that led to a visible answer, new or edited."""
EFFECTS = "effects"
"""Replies and emoji that Slack accepted, edited replies included."""
ANNOUNCED = "announced"
"""Watchers' announcements that Slack accepted."""
STALE = "stale"
"""Messages dropped as too old when a worker got to them."""
RETRIED = "retried"
"""Failed attempts that will be retried."""
FAILED = "failed"
"""Messages given up after an error, and rules that failed."""
DEAD = "dead"
"""Dead letters."""

NAMES = (
    *(RECEIVED, IGNORED, REFUSED, LIMITED),
    *(HANDLED, ANSWERED, EFFECTS, ANNOUNCED, STALE, RETRIED, FAILED, DEAD),
)
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

    UNREADABLE = "unreadable"
    """400: not HTTP, or a body or content type that cannot be read."""
    UNSIGNED = "unsigned"
    """401: no signature or timestamp. Slack never sends that."""
    TIMESTAMP = "timestamp"
    """401: signed, but the timestamp is too far from the current time."""
    SIGNATURE = "signature"
    """401: signed, but the signature does not match."""
    TOKEN = "token"  # noqa: S105 # not one
    """401: the verification token does not match."""
    APP = "app"
    """403: another app's event."""
    TEAM = "team"
    """403: another team's event."""
    METHOD = "method"
    """405: not a POST."""
    TIMEOUT = "timeout"
    """408: the request did not arrive in time."""
    LENGTH = "length"
    """411: chunked. Slack always gives the length of its bodies."""
    TOO_LARGE = "too_large"
    """413."""
    CONTENT_TYPE = "content_type"
    """415: not JSON."""
    MALFORMED = "malformed"
    """422: signed, but not an envelope."""
    QUEUE = "queue"
    """503: Redis is unreachable, slow or full. Slack retries."""
    MEMORY = "memory"
    """503: too many large bodies at once."""


CAUSES = {
    Reason.SIGNATURE: "GOPHER_SLACK_REQUEST_SECRET is not this app's signing secret; copy it from "
    "the app's Basic Information page",
    Reason.TIMESTAMP: "this machine's clock is more than 5 minutes off, or requests are replayed",
    Reason.TOKEN: "GOPHER_SLACK_REQUEST_TOKEN is not this app's verification token; unset it, as "
    "the signature is enough",
    Reason.APP: "GOPHER_SLACK_APP_ID is not the id of the app that sends the events",
    Reason.TEAM: "GOPHER_SLACK_TEAM_ID is not the id of the workspace that sends the events",
    Reason.MALFORMED: "the requests are signed but aren't Events API envelopes; check the request "
    "URL of the app",
    Reason.QUEUE: "Redis is unreachable, slow or full: `gopherbot check` says which",
}
"""The likely cause of each reason to refuse a request that Slack signed."""


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
