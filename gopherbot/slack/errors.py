"""The errors of failed calls to Slack, by whether the call may be retried. Pure.

Retryable        the call had no effect: retry, after `retry_after` seconds if given
TokenRefused     the same for every call with this token, until it or its team is usable again
OutcomeUnknown   the call may have taken effect: look it up before a retry
Rejected         the call will never succeed: `error` is Slack's error code
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gopherbot.errors import GopherbotError

# Calls with these errors may have taken effect:
# https://docs.slack.dev/reference/methods/chat.postMessage
_UNKNOWN = frozenset({"fatal_error", "internal_error", "request_timeout"})
_RETRYABLE = frozenset(
    {
        *("ratelimited", "rate_limited", "service_unavailable", "accesslimited"),
        "external_channel_migrating",
    }
)
TOKEN_REFUSED = frozenset(
    {
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("team_access_not_granted", "team_added_to_org", "org_login_required"),
    }
)
"""Errors of the token or its team. They pass: a token is rotated, or a team joins an organization.
"""
CHANNEL_GONE = frozenset({"channel_not_found", "is_archived"})
"""Errors that say that a channel is deleted or archived. Any other says nothing about it."""
_ERROR_WORD = re.compile(r"[a-z0-9_]+")


class SlackError(GopherbotError):
    """A call to Slack failed."""

    retry_after: float | None = None
    """The delay before a retry that Slack asks for, in seconds."""


class Retryable(SlackError):
    """The call had no effect and may be retried."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TokenRefused(Retryable):
    """Slack refuses every call with this token for now: `error` is Slack's error code."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error


class OutcomeUnknown(SlackError):
    """The call may have taken effect."""


class Rejected(SlackError):
    """Slack rejected the call. A retry would not help."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.error = error


def of_response(method: str, status: int, data: object, headers: Mapping[str, str]) -> SlackError:
    """Return the error for a response that is not `ok`. Header names are in lower case."""
    given = data.get("error") if isinstance(data, dict) else None
    error = given if isinstance(given, str) else ""
    if status >= 500 or error in _UNKNOWN:
        return OutcomeUnknown(f"{method}: status {status} {error[:40]}".strip())
    if status == 429 or error in _RETRYABLE:
        return Retryable(f"{method}: {error}", retry_after=_retry_after(headers))
    if error in TOKEN_REFUSED:
        return TokenRefused(method, error)
    if _ERROR_WORD.fullmatch(error):
        return Rejected(method, error)
    # Probably a proxy's error page. For a body that is not JSON, slack-sdk makes up a sentence.
    return OutcomeUnknown(f"{method}: status {status} without an error code from Slack")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None
