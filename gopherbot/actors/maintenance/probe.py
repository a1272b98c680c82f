"""The end-to-end probe: an event of our own that takes the path of Slack's events every minute.

`run` signs the event and posts it to the gateway, which checks, routes and queues it like any
other. `handle` takes it from the queue and records its arrival. Neither calls Slack. If any part of
the path stalls, the last arrival grows old: `gopherbot status`, `/metrics` and `/_ready` show it.

Without a gateway address (`GOPHER_GATEWAY_URL`), the event goes directly into the queue.
In Redis: `APP:probe`, a hash with the last probe's time of arrival, duration and path.
"""

from __future__ import annotations

import time
import uuid

import msgspec

from gopherbot import logs, table
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater, ServiceError
from gopherbot.queues import messages
from gopherbot.slack import events, signature
from gopherbot.storage import keys

BY_GATEWAY = "gateway"
BY_QUEUE = "queue"
_KEPT_SECONDS = 24 * 60 * 60

log = logs.get_logger(__name__)


class Probe(msgspec.Struct):
    """The event: when it was sent (Unix seconds), and by which path."""

    sent: float
    way: str
    type: str = table.PROBE_EVENT


class ProbeEnvelope(msgspec.Struct):
    """The envelope around it, like Slack's."""

    event: Probe
    event_id: str
    event_time: int
    api_app_id: str
    team_id: str
    token: str = ""
    type: str = "event_callback"


def run(context: WorkerContext) -> None:
    """Send a probe, through the gateway if its address is known."""
    settings = context.settings
    if settings.gateway_url and settings.signing_secret:
        _post(context, envelope(context, BY_GATEWAY))
    else:
        _put(context, envelope(context, BY_QUEUE))


def handle(context: WorkerContext, body: bytes) -> None:
    """Record that a probe arrived."""
    probe = events.decode(body, Probe).event
    took = max(0.0, time.time() - probe.sent)
    seconds, microseconds = context.redis.time()
    key = keys.probe(context.settings.identity.app)
    with context.redis.pipeline(transaction=True) as pipe:
        now = seconds * 1000 + microseconds // 1000
        pipe.hset(key, items=["at", now, "took", round(took * 1000), "way", probe.way])
        pipe.expire(key, _KEPT_SECONDS)
        pipe.execute()


def envelope(context: WorkerContext, way: str) -> bytes:
    """Return a probe event, encoded as Slack would send it to us."""
    settings = context.settings
    now = time.time()
    return msgspec.json.encode(
        ProbeEnvelope(
            event=Probe(sent=now, way=way),
            event_id=f"probe-{uuid.uuid4().hex}",
            event_time=int(now),
            api_app_id=settings.slack_app_id,
            team_id=settings.slack_team_id,
            token=settings.verification_token.reveal(),
        )
    )


def _post(context: WorkerContext, body: bytes) -> None:
    secret = context.settings.signing_secret.reveal().encode()
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature.sign(secret, timestamp, body),
    }
    try:
        status = context.fetcher.post(
            context.settings.gateway_url + events.EVENT_PATH, body, headers
        )
    except ServiceError as error:
        # At startup, the workers may be ready before the gateway.
        raise RetryLater(f"cannot post the probe to the gateway: {error}") from None
    if status >= 500:
        raise RetryLater(f"the gateway answered {status}")
    if status != 200:
        log.warning("the gateway rejected the probe", status=status)
        context.counts.failed("probe")


def _put(context: WorkerContext, body: bytes) -> None:
    message = messages.pack(table.BACKGROUND, table.BACKGROUND, body, None)
    messages.send(context.redis, context.settings.identity.app, [message])
