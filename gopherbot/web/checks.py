"""The checks that prove a request to be Slack's, the cheapest and safest first.

Headers are checked before the body is read, and the body is parsed only after its signature has
been verified. `docs/behaviour.md` lists the checks in order.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gopherbot import logs
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Reason
from gopherbot.queues.messages import EncodedMessage
from gopherbot.settings import Settings
from gopherbot.slack import signature
from gopherbot.web.http.refusals import refused
from gopherbot.web.http.request_body import MAX_BODY, BodyBudget
from gopherbot.web.queue_writer import QueueUnreachable, QueueWriter

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE = re.compile(
    rf"({_NAME}/{_NAME})[ \t]*(?:;[ \t]*(?:{_NAME}=(?:{_NAME}|\"[^\"]*\"))?[ \t]*)*"
)

log = logs.get_logger(__name__)


class RequestChecks:
    """The checks, with the budget for bodies that all resources of a process share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._secret = settings.signing_secret.reveal().encode()
        self._bodies = BodyBudget()

    def signed_body(self, environ: Mapping[str, Any], media_type: str) -> bytes:
        """Return the body of a request that Slack signed. Raise Falcon's errors to refuse it."""
        _check_head(environ, media_type)
        body = self._bodies.read(environ)
        timestamp = environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"]
        signed = environ["HTTP_X_SLACK_SIGNATURE"]
        if not signature.is_signed(self._secret, timestamp, body, signed):
            raise refused(Reason.SIGNATURE, "the signature does not match")
        return body

    def check_token(self, token: str | None) -> None:
        """Refuse another verification token than the configured one."""
        ours = self.settings.verification_token.reveal().encode()
        if ours and not hmac.compare_digest(ours, (token or "").encode()):
            raise refused(Reason.TOKEN, "the verification token does not match")

    def check_origin(self, app: str | None, team: str | None) -> None:
        """Refuse what is for another app or team."""
        if app != self.settings.slack_app_id:
            raise refused(Reason.APP, "this is another app's event")
        if team != self.settings.slack_team_id:
            raise refused(Reason.TEAM, "this is another team's event")


def enqueue(writer: QueueWriter, message: EncodedMessage, **facts: object) -> None:
    """Return once the message is in its queue, or refuse the request. `facts` are for the log."""
    try:
        writer.put(message)
    except QueueUnreachable:
        writer.counts.add(counters.REFUSED, message.queue)
        log.warning("event refused", queue=message.queue, **facts)
        raise refused(Reason.QUEUE, "the queue is unavailable, send it again") from None


def _check_head(environ: Mapping[str, Any], wanted: str) -> None:
    """Refuse the request if its headers are enough to do so."""
    value = environ.get("CONTENT_TYPE")
    media_type = _media_type(value) if value else ""
    if media_type is None:
        raise refused(Reason.UNREADABLE, "the content type cannot be read")
    if media_type != wanted:
        raise refused(Reason.CONTENT_TYPE, f"this takes {wanted}")
    if "HTTP_TRANSFER_ENCODING" in environ:
        raise refused(Reason.LENGTH, "a body needs a Content-Length")
    length = environ.get("CONTENT_LENGTH")
    if length and int(length) > MAX_BODY:
        raise refused(Reason.TOO_LARGE, "the body is over 2 MiB")
    timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    claims = bool(timestamp) and signature.is_well_formed(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
    if not signature.is_recent(timestamp, time.time()):
        raise refused(
            Reason.TIMESTAMP if claims else Reason.UNSIGNED,
            "the timestamp is missing or more than 5 minutes off",
        )
    if not claims:
        raise refused(Reason.UNSIGNED, "the signature does not match")


@lru_cache(maxsize=64)
def _media_type(value: str) -> str | None:
    """Return type and subtype in lower case, or None if the header is malformed."""
    match = _MEDIA_TYPE.fullmatch(value.strip()) if len(value) <= 1000 else None
    return match[1].lower() if match else None
