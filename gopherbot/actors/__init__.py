"""The worker's actors. `dramatiq gopherbot.actors:start` runs them.

One actor for each event type, named like its queue, and one for each periodic job, named like its
file here. `start` is wiring only: it makes every part and hands each what it needs.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import dramatiq
import redis
from dramatiq.broker import MessageProxy

from gopherbot import logs
from gopherbot.actors import joins, messages, pulse
from gopherbot.actors.tools import Tools
from gopherbot.errors import ContentError, SettingsError, TryAgain, Unreadable
from gopherbot.queues import routing
from gopherbot.queues.broker import Broker, Encoding
from gopherbot.queues.middleware import SentAt, middlewares
from gopherbot.settings import Role, Settings
from gopherbot.slack import events
from gopherbot.slack.client import Slack, SlackError


def start() -> Broker:
    """Make the broker that the `dramatiq` command runs; end with a clear error if it cannot be."""
    try:
        settings = Settings.read(Role.WORKER)
        logs.configure(settings, "worker")
        return new_broker(settings)
    except (SettingsError, ContentError) as error:
        logs.tell(str(error))
        sys.exit(2)


def new_broker(settings: Settings) -> Broker:
    """Make a broker with every actor declared on it, and make it Dramatiq's own."""
    dramatiq.set_encoder(Encoding())
    broker = Broker(settings, middlewares())
    dramatiq.set_broker(broker)
    tools = Tools.for_worker(settings, broker)
    declare_events(broker, tools)
    declare_jobs(broker, tools)
    # Opens the first connection to Slack before the first message needs it.
    threading.Thread(target=_meet_slack, args=(tools.slack,), daemon=True).start()
    return broker


def _meet_slack(slack: Slack) -> None:
    with contextlib.suppress(SlackError):
        slack.own_user()


def declare_events(broker: Broker, tools: Tools) -> None:
    """Declare the actor of each event type."""
    message, other = events.sent_at_message, events.sent_at_event
    for queue, handler, sent_at, max_backoff in (
        (routing.MESSAGE_PRIVATE, messages.handle, message, 4),
        (routing.MESSAGE_PUBLIC, messages.handle, message, 4),
        (routing.CHANNEL_JOIN, joins.handle_channel_join, other, 60),
        (routing.TEAM_JOIN, joins.handle_team_join, other, 600),
        (routing.BACKGROUND, pulse.handle, other, 4),
    ):
        options = Options(_of(sent_at), routing.MAX_AGE[queue], max_backoff)
        _declare(broker, queue, queue, partial(_with_envelope, handler, tools), options)


def declare_jobs(broker: Broker, tools: Tools) -> None:
    """Declare the actor of each periodic job: the function `run` of the file of its name."""
    for job in routing.JOBS:
        run: Callable[[Tools], None] = importlib.import_module(f"gopherbot.actors.{job.name}").run
        period = job.period(shadow=tools.settings.shadow)
        # A backlog that an outage left collapses to one run: the others are older than a period.
        options = Options(
            sent_at=_when_sent, max_age=period, max_backoff=min(60, period), time_limit=300
        )
        _declare(
            broker, job.name, routing.BACKGROUND, partial(_run_job, job.name, run, tools), options
        )


@dataclass(frozen=True)
class Options:
    """An actor's limits, in seconds."""

    sent_at: SentAt
    max_age: int
    max_backoff: int
    time_limit: int = 10


def _declare(
    broker: Broker, name: str, queue: str, run: Callable[..., None], options: Options
) -> None:
    declare = dramatiq.actor(
        actor_name=name,
        queue_name=queue,
        broker=broker,
        sent_at=options.sent_at,
        max_age=options.max_age,
        max_backoff=options.max_backoff,
        throws=(TryAgain, Unreadable, redis.RedisError),
        time_limit=options.time_limit * 1000,
    )
    declare(run)


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


def _run_job(job: str, run: Callable[[Tools], None], tools: Tools, *ignored: object) -> None:
    run(tools)
    tools.counts.ended(job)


def _of(sent_at: Callable[[bytes], float | None]) -> SentAt:
    def when(message: MessageProxy) -> float | None:
        try:
            return sent_at(_envelope_in(message.args))
        except OverflowError:  # a number of hundreds of digits is no time
            return None

    return when


def _envelope_in(args: tuple[Any, ...]) -> bytes:
    # Without an envelope it is unreadable, and events.decode says so.
    return bytes(args[0]) if args else b""


def _when_sent(message: MessageProxy) -> float:
    return float(message.message_timestamp) / 1000
