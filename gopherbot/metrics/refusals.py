"""Why the gateway refuses a request: the reasons that are counted, and what lies behind each."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason; its value is a counter's name behind `refusals:` and a label in `/metrics`."""

    UNREADABLE = "unreadable"
    """400: not HTTP, or a body or content type that cannot be read."""
    UNSIGNED = "unsigned"
    """401: without a signature or timestamp. Nobody at Slack sends that."""
    TIMESTAMP = "timestamp"
    """401: signed, but with a timestamp that is not near now."""
    SIGNATURE = "signature"
    """401: signed, and the signature does not match."""
    TOKEN = "token"  # noqa: S105 # not one
    """401: the verification token does not match."""
    APP = "app"
    """403: another app's event."""
    TEAM = "team"
    """403: another team's event."""
    METHOD = "method"
    """405: not a POST."""
    TIMEOUT = "timeout"
    """408: the request did not come in time."""
    TOO_LARGE = "too_large"
    """413."""
    CONTENT_TYPE = "content_type"
    """415: not JSON."""
    MALFORMED = "malformed"
    """422: signed, but not an envelope."""
    QUEUE = "queue"
    """503: Redis is away, slow or full; Slack sends it again."""
    MEMORY = "memory"
    """503: too many large bodies at the same time."""


PREFIX = "refusals"

CAUSES = {
    Reason.SIGNATURE: "GOPHER_SLACK_REQUEST_SECRET is not this app's signing secret; copy it from "
    "the app's page Basic Information",
    Reason.TIMESTAMP: "this machine's clock is more than 5 minutes off, or requests are replayed",
    Reason.TOKEN: "GOPHER_SLACK_REQUEST_TOKEN is not this app's verification token; unset it, the "
    "signature is enough",
    Reason.APP: "GOPHER_SLACK_APP_ID names another app than the one that sends",
    Reason.TEAM: "GOPHER_SLACK_TEAM_ID names another workspace than the one that sends",
    Reason.MALFORMED: "what comes is signed but no envelope of the Events API: is it this app's "
    "request URL?",
    Reason.QUEUE: "Redis is away, slow or full: `gopherbot check` says which",
}
"""The likely cause of each reason for which something that Slack signed is refused."""
