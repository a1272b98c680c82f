"""The worker's actors. `dramatiq gopherbot.actors:start` runs them.

One actor for each event type, named like its queue, and one for each periodic job, named like its
file here. `start` is wiring only: it makes every part and hands each what it needs.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy

from gopherbot import events, logs, queues
from gopherbot.actors import joins, messages
from gopherbot.actors.tools import Tools
from gopherbot.broker import Broker, Encoding
from gopherbot.errors import ContentError, SettingsError
from gopherbot.middleware import SentAt, middlewares
from gopherbot.settings import Role, Settings

MESSAGE_MAX_AGE = 30
CHANNEL_JOIN_MAX_AGE = 10 * 60
TEAM_JOIN_MAX_AGE = 24 * 60 * 60
EVENT_LIMIT_MS = 10_000
"""A message or a join of a channel may take so long."""


def start() -> Broker:
    """Make the broker that the `dramatiq` command runs; end with a clear error if it cannot be."""
    try:
        settings = Settings.read(Role.WORKER)
        logs.configure(settings, "worker")
        return new_broker(settings)
    except (SettingsError, ContentError) as error:
        print(error, file=sys.__stderr__, flush=True)
        sys.exit(2)


def new_broker(settings: Settings) -> Broker:
    """Make a broker with every actor declared on it, and make it Dramatiq's own."""
    dramatiq.set_encoder(Encoding())
    broker = Broker(settings, middlewares())
    dramatiq.set_broker(broker)
    tools = Tools.for_worker(settings, broker)
    declare_events(broker, tools)
    declare_jobs(broker, tools)
    return broker


def declare_events(broker: Broker, tools: Tools) -> None:
    """Declare the actor of each event type."""
    for queue, handler, sent_at, options in (
        (
            queues.MESSAGE_PRIVATE,
            messages.handle,
            events.sent_at_message,
            {"max_age": MESSAGE_MAX_AGE, "time_limit": EVENT_LIMIT_MS},
        ),
        (
            queues.MESSAGE_PUBLIC,
            messages.handle,
            events.sent_at_message,
            {"max_age": MESSAGE_MAX_AGE, "time_limit": EVENT_LIMIT_MS},
        ),
        (
            queues.CHANNEL_JOIN,
            joins.handle_channel_join,
            events.sent_at_event,
            {"max_age": CHANNEL_JOIN_MAX_AGE, "max_backoff": 60, "time_limit": EVENT_LIMIT_MS},
        ),
        (
            queues.TEAM_JOIN,
            joins.handle_team_join,
            events.sent_at_event,
            {"max_age": TEAM_JOIN_MAX_AGE, "max_backoff": 600, "time_limit": EVENT_LIMIT_MS},
        ),
    ):
        dramatiq.actor(
            partial(_with_envelope, handler, tools),
            actor_name=queue,
            queue_name=queue,
            broker=broker,
            sent_at=_of_envelope(sent_at),
            **options,
        )


def declare_jobs(broker: Broker, tools: Tools) -> None:
    """Declare the actor of each periodic job: the function `run` of the file of its name."""
    for job in queues.JOBS:
        run: Callable[[Tools], None] = importlib.import_module(f"gopherbot.actors.{job.name}").run
        period = job.period(shadow=tools.settings.shadow)
        dramatiq.actor(
            partial(_without_arguments, run, tools),
            actor_name=job.name,
            queue_name=queues.BACKGROUND,
            broker=broker,
            sent_at=_when_sent,
            max_age=period,
            max_backoff=min(60, period),
            time_limit=5 * 60_000,
        )


def _with_envelope(
    handler: Callable[[Tools, bytes], None],
    tools: Tools,
    envelope: bytes,
    request_id: object = None,
) -> None:
    """Run an event's handler. The gateway sends the envelope, as Slack wrote it, and a request id.

    The log context has taken the request id from the message by then.
    """
    handler(tools, bytes(envelope))


def _without_arguments(run: Callable[[Tools], None], tools: Tools, *ignored: object) -> None:
    run(tools)


def _of_envelope(sent_at: Callable[[bytes], float | None]) -> SentAt:
    def when(message: MessageProxy) -> float | None:
        return sent_at(_envelope_of(message.args))

    return when


def _envelope_of(args: tuple[Any, ...]) -> bytes:
    # Without an envelope it is unreadable, and events.decode says so.
    return bytes(args[0]) if args else b""


def _when_sent(message: MessageProxy) -> float:
    return float(message.message_timestamp) / 1000
