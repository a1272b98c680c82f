"""`POST /slack/event`: checks requests (`checks.py`), and queues events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import falcon

from gopherbot import logs
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Reason
from gopherbot.queues import messages
from gopherbot.slack import events
from gopherbot.table import EVENT_ACTORS, PROBE_EVENT, EventActor
from gopherbot.web.checks import RequestChecks, enqueue
from gopherbot.web.envelope import Malformed, SlackRequest, read
from gopherbot.web.http import refusals
from gopherbot.web.http.refusals import refused
from gopherbot.web.queue_writer import QueueWriter

_JSON = "application/json"
_LONGEST_TYPE = 64

_ROWS: dict[str, list[EventActor]] = defaultdict(list)
for _row in EVENT_ACTORS:
    _ROWS[_row.type].append(_row)
    # Rows without subtypes or channel types are fallbacks, so they sort last.
    _ROWS[_row.type].sort(key=lambda row: (not row.subtypes, not row.channel_types))

log = logs.get_logger(__name__)


class EventResource:
    """Handles requests of the Events API."""

    def __init__(self, checks: RequestChecks, writer: QueueWriter) -> None:
        self.checks = checks
        self.writer = writer

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer one request. Raise Falcon's HTTP errors to refuse it."""
        environ = request.env
        try:
            envelope, body = read(self.checks.signed_body(environ, _JSON))
        except Malformed as error:
            raise refused(Reason.MALFORMED, str(error)) from None
        request.context.event_id = envelope.event_id
        self.checks.check_token(envelope.token)
        response.content_type = falcon.MEDIA_TEXT
        if envelope.type == "url_verification":
            response.text = envelope.challenge
            return
        self.checks.check_origin(envelope.api_app_id, envelope.team)
        if envelope.type == "app_rate_limited":
            log.warning("slack rate-limits our events", minute=envelope.minute_rate_limited)
            self.writer.counts.add(counters.LIMITED)
        else:
            self._count_delivery(envelope, environ)
            self._queue(envelope, body, refusals.request_id(request))

    def _count_delivery(self, envelope: SlackRequest, environ: Mapping[str, Any]) -> None:
        type = envelope.event.type if envelope.event else ""
        if type == PROBE_EVENT:
            return
        plain = type.isascii() and type.isidentifier() and len(type) <= _LONGEST_TYPE
        self.writer.counts.add(counters.DELIVERIES, type if plain else counters.OTHER)
        if "HTTP_X_SLACK_RETRY_NUM" in environ:
            reason = environ.get("HTTP_X_SLACK_RETRY_REASON")
            known = reason if reason in counters.RETRY_REASONS else counters.OTHER
            self.writer.counts.add(counters.RETRIES, known)

    def _queue(self, envelope: SlackRequest, body: bytes, request_id: str | None) -> None:
        event = envelope.event
        if event is None:
            raise refused(Reason.MALFORMED, "event: missing")
        own = (
            event.bot_id
            or event.channel == self.checks.settings.probe_channel
            or event.type == PROBE_EVENT
        )
        if not own:
            self.writer.counts.happened(counters.SLACK_HEARD)
        actor = route(event.type, event.channel_type, event.subtype)
        if event.bot_id and event.channel_type == "im":
            # The bot's own words. The DM would tell who reported something anonymously.
            actor = None
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
            gateway=self.checks.settings.identity.dyno,
            max_age=actor.max_age,
        )
        enqueue(self.writer, message, event_id=envelope.event_id, request_id=request_id)


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
