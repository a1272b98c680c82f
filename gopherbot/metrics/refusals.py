"""Why the gateway refuses requests: the counted reasons and their likely causes."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason. Its value is a label in `/metrics`, and names the counter `refusals:VALUE`."""

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


PREFIX = "refusals"

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
