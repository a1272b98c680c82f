"""The worker's actors: makes what they share, and declares them by the table of actors.

`python -m gopherbot.actors` runs them. Each has a file in `events/`, `interactions/`,
`watchers/` or `maintenance/`.
"""

from __future__ import annotations

import contextlib
import importlib
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gopherbot import lean_imports

# isort: split
import dramatiq
import msgspec

from gopherbot import logs, table
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import NoChannel, ServiceError, SettingsError, Unreadable
from gopherbot.queues.worker.broker import Broker, MessageEncoder
from gopherbot.queues.worker.middleware import middlewares
from gopherbot.queues.worker.verdict import FORESEEN
from gopherbot.rulebook import loader
from gopherbot.rulebook.watchers import schedule
from gopherbot.settings import Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError
from gopherbot.slack.interactions import Interaction
from gopherbot.slack.interactions import decode as decode_interaction
from gopherbot.table import EventActor, InteractionActor, Job

lean_imports.end()
log = logs.get_logger(__name__)
_UNSIGNED = (
    "GOPHER_SLACK_REQUEST_SECRET is missing: moderation.toml has shortcuts, and workers need it to "
    "open what the gateway sealed"
)


def new_broker(settings: Settings) -> Broker:
    """Return a broker with every actor declared on it, set as Dramatiq's global broker.

    Raise `ContentError` if the content is broken.
    """
    dramatiq.set_encoder(MessageEncoder())
    with ThreadPoolExecutor(1) as beside:
        # OpenSSL takes 20 ms to read the certificates, and releases the GIL meanwhile.
        tls = beside.submit(ssl.create_default_context)
        loaded = loader.load(settings.content)
    facts = logs.start_facts(settings) | {"rules": len(loaded.rules.rules)}
    broker = Broker(settings, facts)
    dramatiq.set_broker(broker)
    context = WorkerContext.for_worker(settings, broker, loaded, tls.result())
    for each in middlewares(before_retry=context.executor.exactly_once.memory.record_pending):
        broker.add_middleware(each)
    for row in table.EVENT_ACTORS:
        _declare_row(broker, row, partial(_with_envelope, handler(row), context))
    offered = table.interaction_actors(loaded.data.moderation.tables)
    if offered and not settings.signing_secret:
        raise SettingsError([_UNSIGNED])
    for click in offered:
        _declare_row(broker, click, partial(_with_interaction, clicked(click), context))
    for job in table.JOBS:
        _declare_job(broker, job, context)
    # Connect to Slack before the first message needs it.
    threading.Thread(target=_connect_to_slack, args=(context.slack,), daemon=True).start()
    return broker


def handler(row: EventActor) -> Callable[[WorkerContext, bytes], None]:
    """Return the function that handles the events of a row."""
    return _function(row.handler)


def clicked(row: InteractionActor) -> Callable[[WorkerContext, Interaction], None]:
    """Return the function that handles what members do with a row's shortcut, modal or button."""
    return _function(row.handler)


def runner(job: Job) -> Callable[..., None]:
    """Return the function that runs a job. A watcher's takes its `Watcher` as second argument."""
    return _function(job.runs)


def _function(name: str) -> Callable[..., None]:
    module, _, function = name.rpartition(".")
    found: Callable[..., None] = getattr(
        importlib.import_module(f"gopherbot.actors.{module}"), function
    )
    return found


def _connect_to_slack(slack: Slack) -> None:
    with contextlib.suppress(SlackError):
        slack.own_user()


def _declare_row(
    broker: Broker, row: EventActor | InteractionActor, run: Callable[..., None]
) -> None:
    _declare(broker, row, run, row.queue, max_age=row.max_age, max_backoff=row.max_backoff)


def _declare_job(broker: Broker, job: Job, context: WorkerContext) -> None:
    scheduled = [each for each in schedule(context.content.watchers) if each.actor == job.name]
    periods = [each.period(shadow=context.settings.shadow) for each in scheduled]
    period = max(periods, default=job.every)
    run = partial(run_job, job, runner(job), context)
    # Collapses the backlog of an outage to one run: all others are older than a period.
    _declare(broker, job, run, table.BACKGROUND, max_age=period, max_backoff=min(60, period))


def _declare(
    broker: Broker,
    row: EventActor | InteractionActor | Job,
    run: Callable[..., None],
    queue: str,
    *,
    max_age: int,
    max_backoff: int,
) -> None:
    declare = dramatiq.actor(
        actor_name=row.name,
        queue_name=queue,
        broker=broker,
        max_age=max_age,
        max_backoff=max_backoff,
        throws=(*FORESEEN, Unreadable),
        time_limit=row.time_limit * 1000,
    )
    declare(run)


def _with_envelope(
    handler: Callable[[WorkerContext, bytes], None], context: WorkerContext, *args: Any
) -> None:
    """Run an event's handler. `args` are the envelope, as Slack wrote it, and a request id.

    The middleware has already bound the request id to the log context.
    """
    if not args:
        raise Unreadable("the message has no envelope")
    handler(context, bytes(args[0]))


def _with_interaction(
    handler: Callable[[WorkerContext, Interaction], None], context: WorkerContext, *args: Any
) -> None:
    """Open what the gateway sealed, and run its handler. `args` also hold two ids."""
    try:
        sealed, id = (msgspec.json.decode(args[number], type=str) for number in (0, 2))
    except (IndexError, msgspec.MsgspecError):
        raise Unreadable("the message has no interaction") from None
    logs.bind(event_id=id)
    handler(context, decode_interaction(context.sealer.open(sealed), id))


def run_job(job: Job, run: Callable[..., None], context: WorkerContext, *args: Any) -> None:
    """Run a job. If the job has many tables, the scheduler sends the name of one of them.

    A watcher whose channel or service is missing has failed: the next run is soon enough.
    """
    if job.table is None:
        context.counts.began(job.name)
        run(context)
        context.counts.ended(job.name)
        return
    entry = msgspec.json.decode(args[0], type=str) if args else ""
    for watcher in context.content.watchers:
        if (watcher.job.name, watcher.entry) == (job.name, entry):
            logs.bind(watcher=watcher.name)
            context.counts.began(watcher.name)
            begun = time.time()
            try:
                run(context, watcher)
                context.watcher_log.ran(watcher.name, begun)
            except NoChannel:
                pass  # It's recorded for `status`.
            except ServiceError as error:
                log.warning("cannot read what a watcher reads", error=str(error))
                context.counts.failed(watcher.name)
            context.counts.ended(watcher.name)
