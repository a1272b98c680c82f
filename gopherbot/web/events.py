"""`POST /slack/event`: checks requests, the cheapest and safest checks first, and queues events.

Headers are checked before the body is read, and the body is parsed only after its signature has
been verified. `docs/behaviour.md` lists the checks in order.
"""

from __future__ import annotations

import hmac
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import falcon

from gopherbot import logs
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Reason
from gopherbot.queues import messages
from gopherbot.settings import Secret, Settings
from gopherbot.slack import events, signature
from gopherbot.table import EVENT_ACTORS, PROBE_EVENT, EventActor
from gopherbot.web.envelope import Envelope, Malformed, read
from gopherbot.web.http import refusals
from gopherbot.web.http.refusals import refused
from gopherbot.web.http.request_body import MAX_BODY, BodyBudget
from gopherbot.web.queue_writer import QueueAway, QueueWriter

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE = re.compile(
    rf"({_NAME}/{_NAME})[ \t]*(?:;[ \t]*(?:{_NAME}=(?:{_NAME}|\"[^\"]*\"))?[ \t]*)*"
)
_LONGEST_TYPE = 64

_ROWS: dict[str, list[EventActor]] = defaultdict(list)
for _row in EVENT_ACTORS:
    _ROWS[_row.type].append(_row)
    # Rows without subtypes or channel types are fallbacks, so they sort last.
    _ROWS[_row.type].sort(key=lambda row: (not row.subtypes, not row.channel_types))

log = logs.get_logger(__name__)


@dataclass(frozen=True)
class AppCredentials:
    """The values that prove that a request is from Slack and for this app."""

    signing_secret: Secret
    verification_token: Secret
    app_id: str
    team_id: str
    probe_channel: str = ""

    @classmethod
    def from_settings(cls, settings: Settings) -> AppCredentials:
        return cls(
            signing_secret=settings.signing_secret,
            verification_token=settings.verification_token,
            app_id=settings.slack_app_id,
            team_id=settings.slack_team_id,
            probe_channel=settings.probe_channel,
        )


class EventResource:
    """Handles requests of the Events API."""

    def __init__(self, credentials: AppCredentials, writer: QueueWriter, process: str = "") -> None:
        """`process` is this process's name, for the journal."""
        self.credentials = credentials
        self.writer = writer
        self.process = process
        self._secret = credentials.signing_secret.reveal().encode()
        self._bodies = BodyBudget()

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer one request. Raise Falcon's HTTP errors to refuse it."""
        environ = request.env
        _check_head(environ)
        body = self._bodies.read(environ)
        self._check_signature(environ, body)
        try:
            envelope, body = read(body)
        except Malformed as error:
            raise refused(Reason.MALFORMED, str(error)) from None
        request.context.event_id = envelope.event_id
        self._check_token(envelope)
        response.content_type = falcon.MEDIA_TEXT
        if envelope.type == "url_verification":
            response.text = envelope.challenge
            return
        self._check_origin(envelope)
        if envelope.type == "app_rate_limited":
            log.warning("slack rate-limits our events", minute=envelope.minute_rate_limited)
            self.writer.counts.add(counters.LIMITED)
        else:
            self._count_delivery(envelope, environ)
            self._queue(envelope, body, refusals.request_id(request))

    def _check_signature(self, environ: Mapping[str, Any], body: bytes) -> None:
        timestamp = environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"]
        signed = environ["HTTP_X_SLACK_SIGNATURE"]
        if not signature.is_signed(self._secret, timestamp, body, signed):
            raise refused(Reason.SIGNATURE, "the signature does not match")

    def _check_token(self, envelope: Envelope) -> None:
        ours = self.credentials.verification_token.reveal().encode()
        if ours and not hmac.compare_digest(ours, (envelope.token or "").encode()):
            raise refused(Reason.TOKEN, "the verification token does not match")

    def _check_origin(self, envelope: Envelope) -> None:
        if envelope.api_app_id != self.credentials.app_id:
            raise refused(Reason.APP, "this is another app's event")
        if envelope.team != self.credentials.team_id:
            raise refused(Reason.TEAM, "this is another team's event")

    def _count_delivery(self, envelope: Envelope, environ: Mapping[str, Any]) -> None:
        type = envelope.event.type if envelope.event else ""
        if type == PROBE_EVENT:
            return
        plain = type.isascii() and type.isidentifier() and len(type) <= _LONGEST_TYPE
        self.writer.counts.add(counters.DELIVERIES, type if plain else counters.OTHER)
        if "HTTP_X_SLACK_RETRY_NUM" in environ:
            reason = environ.get("HTTP_X_SLACK_RETRY_REASON")
            known = reason if reason in counters.RETRY_REASONS else counters.OTHER
            self.writer.counts.add(counters.RETRIES, known)

    def _queue(self, envelope: Envelope, body: bytes, request_id: str | None) -> None:
        event = envelope.event
        if event is None:
            raise refused(Reason.MALFORMED, "event: missing")
        own = (
            event.bot_id
            or event.channel == self.credentials.probe_channel
            or event.type == PROBE_EVENT
        )
        if not own:
            self.writer.counts.happened(counters.SLACK_HEARD)
        actor = route(event.type, event.channel_type, event.subtype)
        if actor is None:
            log.debug("no actor for event", event_id=envelope.event_id, request_id=request_id)
            self.writer.counts.add(counters.IGNORED)
            return
        message = messages.pack(
            actor.queue,
            actor.name,
            body,
            request_id,
            sent_at=sent_at(actor, envelope.event_time or 0, event.ts),
            gateway=self.process,
            max_age=actor.max_age,
        )
        try:
            self.writer.put(message)
        except QueueAway:
            self.writer.counts.add(counters.REFUSED, actor.queue)
            log.warning(
                "event refused",
                event_id=envelope.event_id,
                request_id=request_id,
                queue=actor.queue,
            )
            raise refused(Reason.QUEUE, "the queue is unavailable, send it again") from None


def _check_head(environ: Mapping[str, Any]) -> None:
    """Refuse the request if its headers are enough to do so."""
    value = environ.get("CONTENT_TYPE")
    media_type = _media_type(value) if value else ""
    if media_type is None:
        raise refused(Reason.UNREADABLE, "the content type cannot be read")
    if media_type != "application/json":
        raise refused(Reason.CONTENT_TYPE, "events are application/json")
    if "HTTP_TRANSFER_ENCODING" in environ:
        raise refused(Reason.LENGTH, "a body needs a Content-Length")
    length = environ.get("CONTENT_LENGTH")
    if length and int(length) > MAX_BODY:
        raise refused(Reason.TOO_LARGE, "the body is over 2 MiB")
    timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    claims = bool(timestamp) and signature.could_be_one(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
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


def route(event_type: str, channel_type: object, subtype: object = None) -> EventActor | None:
    """Return the actor for an event, or None if no actor handles it."""
    for row in _ROWS.get(event_type, ()):
        if _has(row.subtypes, subtype) and _has(row.channel_types, channel_type):
            return row
    return None


def _has(wanted: frozenset[str], given: object) -> bool:
    return not wanted or (isinstance(given, str) and given in wanted)


def sent_at(row: EventActor, event_time: int, ts: object) -> float:
    """Return when an event happened, by the timestamp that its actor uses, in Unix seconds.

    Return 0 if it is unknown; such an event is too old for any actor.
    """
    if row.clock == "ts":
        return events.seconds(ts) or 0.0
    try:
        return float(event_time)
    except OverflowError:  # hundreds of digits
        return 0.0
