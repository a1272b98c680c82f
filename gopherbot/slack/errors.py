"""What a call to Slack that did not work means for making it again. Pure.

Retryable        surely nothing happened: try again, after `retry_after` seconds if told
OutcomeUnknown   it may have happened: look it up before trying again
Rejected         Slack will never do it: `error` is Slack's word for why
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gopherbot.errors import GopherbotError

# https://docs.slack.dev/reference/methods/chat.postMessage: what may have happened all the same.
_UNKNOWN = frozenset({"fatal_error", "internal_error", "request_timeout"})
_RETRYABLE = frozenset({"ratelimited", "rate_limited", "service_unavailable", "accesslimited"})
_ERROR_WORD = re.compile(r"[a-z0-9_]+")


class SlackError(GopherbotError):
    """A call to Slack that did not work."""

    retry_after: float | None = None
    """When Slack says to try again, in seconds."""


class Retryable(SlackError):
    """Surely nothing happened."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class OutcomeUnknown(SlackError):
    """It may have happened."""


class Rejected(SlackError):
    """Slack will not do it, now or later."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error


def of_response(method: str, status: int, data: object, headers: Mapping[str, str]) -> SlackError:
    """Return what a response that is not `ok` means. The names of `headers` are in lower case."""
    given = data.get("error") if isinstance(data, dict) else None
    error = given if isinstance(given, str) else ""
    if status >= 500 or error in _UNKNOWN:
        return OutcomeUnknown(f"{method}: status {status} {error[:40]}".strip())
    if status == 429 or error in _RETRYABLE:
        return Retryable(f"{method}: {error}", retry_after=_retry_after(headers))
    if _ERROR_WORD.fullmatch(error):
        return Rejected(method, error)
    # A proxy's page, perhaps; and slack-sdk has a sentence of its own for what is not JSON.
    return OutcomeUnknown(f"{method}: status {status} without a word of Slack's")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None
