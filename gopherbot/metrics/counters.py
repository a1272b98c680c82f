"""What a process counts: in memory, until a heartbeat adds it to the counters in Redis.

A count has a name below and, where it is known, the queue of the event: `stale:slack_team_join`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from gopherbot.metrics.journal import Journal

RECEIVED = "received"
"""Events that a gateway put into a queue."""
IGNORED = "ignored"
"""Events of types that no actor handles."""
REFUSED = "refused"
"""Events that a gateway could not queue: Slack sends them again."""
LIMITED = "limited"
"""`app_rate_limited` notices: Slack held back events."""
HANDLED = "handled"
"""Messages that an actor finished."""
ANSWERED = "answered"
"""Events that the bot answered, visibly."""
EFFECTS = "effects"
"""Replies and emoji that Slack took."""
STALE = "stale"
"""Messages dropped because they were too old when their turn came."""
RETRIED = "retried"
"""Failed attempts that are retried."""
FAILED = "failed"
"""Messages given up after an error, and rules that failed."""
DEAD = "dead"
"""Dead letters."""

NAMES = (
    *(RECEIVED, IGNORED, REFUSED, LIMITED),
    *(HANDLED, ANSWERED, EFFECTS, STALE, RETRIED, FAILED, DEAD),
)
REJECTIONS = "rejections"
"""Calls that Slack rejected, by its error."""
TOKEN_ERRORS = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
SLACK_REVOKED = "slack:revoked"
"""When Slack last rejected the token itself."""
SLACK_HEARD = "slack:members"
"""When an event came that Slack had signed, and was taken: one of the things that happened."""
SLACK_REFUSED = "slack:refused"
"""When something was refused that may have been Slack's."""

BY_QUEUE = frozenset({RECEIVED, REFUSED, HANDLED, STALE, RETRIED, FAILED, DEAD})
"""Those that are counted by queue. A rule that failed counts for none."""


class Counts:
    """Counts that are not in Redis yet, and the jobs that succeeded. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._jobs: set[str] = set()
        self._failed: set[str] = set()
        self.journal = Journal()
        """What became of single events, which is reported with the counts."""

    def add(self, name: str, queue: str = "", number: int = 1) -> None:
        """Count something; a delayed message counts for the queue that it comes from."""
        field = f"{name}:{queue.removesuffix('.DQ')}" if queue else name
        with self._lock:
            self._counts[field] += number

    def began(self, job: str) -> None:
        """Note that a periodic job begins: whatever an earlier run said is over."""
        with self._lock:
            self._failed.discard(job)

    def failed(self, job: str) -> None:
        """Note, while a periodic job runs, that this run does not count as a success."""
        with self._lock:
            self._failed.add(job)

    def ended(self, job: str) -> None:
        """Note that a periodic job has ended: a success, unless it said otherwise."""
        with self._lock:
            if job not in self._failed:
                self._jobs.add(job)
            self._failed.discard(job)

    def happened(self, what: str) -> None:
        """Note that something happened: Redis keeps when it did last, as for a job."""
        with self._lock:
            self._jobs.add(what)

    def slack_rejected(self, error: str) -> None:
        """Count a call that Slack rejected, by its word for why."""
        self.add(REJECTIONS, error)
        if error in TOKEN_ERRORS:
            self.happened(SLACK_REVOKED)

    def is_empty(self) -> bool:
        """Return whether there is nothing to report."""
        return not self._counts and not self._jobs and not self.journal

    def take(self) -> tuple[dict[str, int], set[str]]:
        """Return the counts and the jobs, and begin again."""
        with self._lock:
            counts, jobs = dict(self._counts), self._jobs
            self._counts, self._jobs = Counter(), set()
        return counts, jobs

    def give_back(self, counts: Mapping[str, int], jobs: set[str]) -> None:
        """Put back what could not be reported."""
        with self._lock:
            self._counts.update(counts)
            self._jobs |= jobs
