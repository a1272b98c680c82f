"""Answers, counts and logs refused requests, never showing a body, a token or a signature.

For each reason, the first refusal is logged in full. A minute later, one line gives the number of
further refusals, so that a flood of requests does not flood the log.
"""

from __future__ import annotations

from collections import Counter

import falcon
import gevent

from gopherbot import logs
from gopherbot.metrics.counters import REFUSALS, SLACK_REFUSED, Counts, Reason
from gopherbot.metrics.journal import Record, RecordKind, now_ms

SAMPLE_SECONDS = 60.0

# Slack's retries of these would be in vain: https://docs.slack.dev/apis/events-api#retries
_FINAL = frozenset({falcon.HTTP_403, falcon.HTTP_422})
_BY_STATUS = {falcon.HTTP_400: Reason.UNREADABLE, falcon.HTTP_405: Reason.METHOD}

_RETRY_AFTER_SECONDS = "1"

log = logs.get_logger(__name__)


def refused(reason: Reason, text: str) -> falcon.HTTPError:
    """Return the error that refuses a request. `text` must not repeat anything from the request."""
    status = falcon.code_to_http_status(reason.status)
    headers = {"Retry-After": _RETRY_AFTER_SECONDS} if status == falcon.HTTP_503 else None
    return falcon.HTTPError(status, title=reason, description=text, headers=headers)


class Refusals:
    """The refusals of one process."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self._more: Counter[Reason] = Counter()
        self._sampled: set[Reason] = set()

    def answer(
        self, request: falcon.Request, response: falcon.Response, error: falcon.HTTPError
    ) -> None:
        """Answer an error with a short line that repeats nothing from the request.

        Falcon calls this for each error. One made by `refused` has its reason as title.
        """
        response.content_type = falcon.MEDIA_TEXT
        response.text = f"{error.description or error.title}\n"
        if error.status in _FINAL:
            response.set_header("X-Slack-No-Retry", "1")
        if error.title in Reason._value2member_map_:
            reason = Reason(error.title)
        elif error.status in _BY_STATUS:
            reason = _BY_STATUS[error.status]
        else:
            return
        self.note(
            reason,
            status=str(error.status)[:3],
            request_id=request_id(request),
            event_id=getattr(request.context, "event_id", None),
        )

    def note(self, reason: Reason, **facts: object) -> None:
        """Count a refusal. Log it unless one with the same reason was logged in the last minute."""
        self.counts.add(REFUSALS, reason)
        event = facts.get("event_id") or ""
        if reason.cause and (event or reason not in self._sampled):
            self.counts.journal.add(Record(RecordKind.REFUSED, now_ms(), str(event), reason))
        if reason.cause:
            self.counts.happened(SLACK_REFUSED)
        if reason in self._sampled:
            self._more[reason] += 1
            return
        self._sampled.add(reason)
        known = {name: fact for name, fact in facts.items() if fact is not None}
        log.warning("request refused", reason=str(reason), **known)
        gevent.spawn_later(SAMPLE_SECONDS, self._log_more, reason)

    def _log_more(self, reason: Reason) -> None:
        self._sampled.discard(reason)
        more = self._more.pop(reason, 0)
        if more:
            if reason.cause:
                self.counts.journal.add(
                    Record(RecordKind.REFUSED, now_ms(), outcome=reason, count=more)
                )
            log.warning("more requests refused", reason=str(reason), count=more)


def request_id(request: falcon.Request) -> str | None:
    """Return the request id set by the sender, if it is safe to repeat."""
    given: str = request.env.get("HTTP_X_REQUEST_ID", "")
    fit = 1 <= len(given) <= 200 and given.isascii() and given.isprintable()
    return given if fit else None


def failed(
    request: falcon.Request, response: falcon.Response, error: Exception, params: object
) -> None:
    """Log an unexpected error and answer 500."""
    log.error("request failed", exc_info=error, request_id=request_id(request))
    raise falcon.HTTPInternalServerError(description="internal error")
