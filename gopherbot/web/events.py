"""`POST /slack/event`: the checks, cheapest and safest first, and then into the queue.

Nothing is parsed before the signature holds. The order and every status are those of section 3 of
the contract.
"""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass
from functools import lru_cache

import falcon

from gopherbot import logs
from gopherbot.actors.table import PROBE_EVENT
from gopherbot.metrics import counters
from gopherbot.metrics.refusals import Reason
from gopherbot.queues import messages, routing
from gopherbot.settings import Secret, Settings
from gopherbot.slack import signature
from gopherbot.web import routes
from gopherbot.web.envelope import Envelope, Malformed, read
from gopherbot.web.queue_writer import Outbox, QueueAway

MAX_BODY = 2 * 1024 * 1024

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE = re.compile(
    rf"({_NAME}/{_NAME})[ \t]*(?:;[ \t]*(?:{_NAME}=(?:{_NAME}|\"[^\"]*\"))?[ \t]*)*"
)

# A request with one claims to be Slack's; any scanner of the net sends one without.
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

log = logs.get_logger(__name__)


@dataclass(frozen=True)
class Gate:
    """What a request is measured by."""

    signing_secret: Secret
    verification_token: Secret
    app_id: str
    team_id: str
    probe_channel: str = ""

    @classmethod
    def from_settings(cls, settings: Settings) -> Gate:
        return cls(
            signing_secret=settings.signing_secret,
            verification_token=settings.verification_token,
            app_id=settings.slack_app_id,
            team_id=settings.slack_team_id,
            probe_channel=settings.probe_channel,
        )


class EventResource:
    """Takes the Events API's requests."""

    def __init__(self, gate: Gate, outbox: Outbox) -> None:
        self.gate = gate
        self.outbox = outbox
        self._secret = gate.signing_secret.reveal().encode()

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer one request; refusals are raised as Falcon's HTTP errors."""
        _check_content_type(request.content_type)
        body = _read_body(request)
        self._check_signature(request, body)
        try:
            envelope = read(body)
        except Malformed as error:
            raise falcon.HTTPUnprocessableEntity(
                title=Reason.MALFORMED, description=str(error)
            ) from None
        request.context.event_id = envelope.event_id
        self._check_token(envelope)
        response.content_type = falcon.MEDIA_TEXT
        if envelope.type == "url_verification":
            response.text = envelope.challenge
            return
        self._check_origin(envelope)
        if envelope.type == "app_rate_limited":
            log.warning("slack limits our events", minute=envelope.minute_rate_limited)
            self.outbox.counts.add(counters.LIMITED)
        else:
            self._queue(envelope, body, routes.request_id(request))

    def _check_signature(self, request: falcon.Request, body: bytes) -> None:
        environ = request.env
        timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signed = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        claims = timestamp and _SIGNATURE.fullmatch(signed)
        if not signature.is_recent(timestamp, time.time()):
            raise falcon.HTTPUnauthorized(
                title=Reason.TIMESTAMP if claims else Reason.UNSIGNED,
                description="the timestamp is missing or not near now",
            )
        if not signature.is_signed(self._secret, timestamp, body, signed):
            raise falcon.HTTPUnauthorized(
                title=Reason.SIGNATURE if claims else Reason.UNSIGNED,
                description="the signature does not match",
            )

    def _check_token(self, envelope: Envelope) -> None:
        ours = self.gate.verification_token.reveal().encode()
        if ours and not hmac.compare_digest(ours, (envelope.token or "").encode()):
            raise falcon.HTTPUnauthorized(
                title=Reason.TOKEN, description="the verification token does not match"
            )

    def _check_origin(self, envelope: Envelope) -> None:
        if envelope.api_app_id != self.gate.app_id:
            raise falcon.HTTPForbidden(title=Reason.APP, description="this is another app's event")
        if envelope.team != self.gate.team_id:
            raise falcon.HTTPForbidden(
                title=Reason.TEAM, description="this is another team's event"
            )

    def _queue(self, envelope: Envelope, body: bytes, request_id: str | None) -> None:
        event = envelope.event
        if event is None:
            raise falcon.HTTPUnprocessableEntity(
                title=Reason.MALFORMED, description="event: missing"
            )
        own = event.bot_id or event.channel == self.gate.probe_channel or event.type == PROBE_EVENT
        if not own:
            self.outbox.counts.happened(counters.SLACK_HEARD)
        actor = routing.route(event.type, event.channel_type, event.subtype)
        if actor is None:
            log.debug("nobody reads this event", event_id=envelope.event_id, request_id=request_id)
            self.outbox.counts.add(counters.IGNORED)
            return
        sent_at = routing.sent_at(actor, envelope.event_time or 0, event.ts)
        try:
            self.outbox.put(
                messages.pack(actor.queue, actor.name, body, request_id, sent_at=sent_at)
            )
        except QueueAway:
            self.outbox.counts.add(counters.REFUSED, actor.queue)
            log.warning(
                "refused", event_id=envelope.event_id, request_id=request_id, queue=actor.queue
            )
            raise falcon.HTTPServiceUnavailable(
                title=Reason.QUEUE, description="the queue is away, send it again", retry_after=1
            ) from None


def _check_content_type(value: str | None) -> None:
    media_type = _media_type(value) if value else ""
    if media_type is None:
        raise falcon.HTTPBadRequest(description="the content type cannot be read")
    if media_type != "application/json":
        raise falcon.HTTPUnsupportedMediaType(
            title=Reason.CONTENT_TYPE, description="events are application/json"
        )


@lru_cache(maxsize=64)
def _media_type(value: str) -> str | None:
    """Give type and subtype in lower case, or None if the header cannot be read."""
    match = _MEDIA_TYPE.fullmatch(value.strip()) if len(value) <= 1000 else None
    return match[1].lower() if match else None


def _read_body(request: falcon.Request) -> bytes:
    """Read the body, whatever its framing; never more than the limit."""
    length = request.env.get("CONTENT_LENGTH")
    if length and int(length) > MAX_BODY:
        raise falcon.HTTPContentTooLarge(
            title=Reason.TOO_LARGE, description="the body is over 2 MiB"
        )
    try:
        body: bytes = request.env["wsgi.input"].read(MAX_BODY + 1)
    except Exception:
        # Broken chunks, or a connection that ended: each server has errors of its own for it.
        raise falcon.HTTPBadRequest(description="the body cannot be read") from None
    if len(body) > MAX_BODY:
        raise falcon.HTTPContentTooLarge(
            title=Reason.TOO_LARGE, description="the body is over 2 MiB"
        )
    return body
