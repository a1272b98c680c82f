"""The gateway's app. `create_app` wires it, `get_app` also reads the environment."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import falcon
import redis

from glossary import read_toml
from gopherbot import logs
from gopherbot.errors import ContentError, SettingsError
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.queues.recovery.stale import SenderHeartbeat
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import Role, Settings
from gopherbot.slack.events import EVENT_PATH, INTERACTIVITY_PATH
from gopherbot.status.snapshot import SnapshotCollector
from gopherbot.storage.client import RedisConnections, connect
from gopherbot.table import InteractionActor, ScheduledJob, interaction_actors
from gopherbot.web.checks import RequestChecks
from gopherbot.web.events import EventResource
from gopherbot.web.http.refusals import Refusals, failed, request_id
from gopherbot.web.interactions import InteractionResource
from gopherbot.web.monitoring import Alive, Metrics, Ready
from gopherbot.web.queue_writer import DEADLINE_SECONDS, QueueWriter

ALIVE_PATH = "/_ruok"
READY_PATH = "/_ready"
METRICS_PATH = "/metrics"

_FROM_SLACK = frozenset({EVENT_PATH, INTERACTIVITY_PATH})
_READ = frozenset({ALIVE_PATH, READY_PATH, METRICS_PATH})
_READING = frozenset({"GET", "HEAD"})


class Gateway(falcon.App):  # type: ignore[type-arg]
    """The app and the heartbeat of its process, which `server.py` starts and stops."""

    heartbeat: Heartbeat | None = None
    refusals: Refusals | None = None


class Methods:
    """Falcon middleware that allows POST for what Slack sends, GET and HEAD for other pages."""

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        """Echo the request's id, and refuse any other path or method."""
        id = request_id(request)
        if id:
            response.set_header("X-Request-ID", id)
        if request.path in _FROM_SLACK:
            if request.method != "POST":
                raise falcon.HTTPMethodNotAllowed(["POST"], description="use POST")
        elif request.path not in _READ or request.method not in _READING:
            raise falcon.HTTPNotFound(description="not found")


def create_app(
    settings: Settings,
    writer: QueueWriter,
    ready: Ready,
    metrics: Metrics | None = None,
    *,
    interactions: Sequence[InteractionActor] = (),
) -> Gateway:
    """Return an app with all resources. Without `metrics`, there is no such page.

    `interactions` are the rows whose shortcuts, modals and buttons are offered.
    """
    app = Gateway(middleware=Methods())
    app.refusals = Refusals(writer.counts)
    app.set_error_serializer(app.refusals.answer)
    app.add_error_handler(Exception, failed)
    app.add_route(ALIVE_PATH, Alive())
    app.add_route(READY_PATH, ready)
    if metrics:
        app.add_route(METRICS_PATH, metrics)
    checks = RequestChecks(settings)
    app.add_route(EVENT_PATH, EventResource(checks, writer))
    app.add_route(INTERACTIVITY_PATH, InteractionResource(checks, writer, interactions))
    return app


def get_app() -> Gateway:
    """Return an app configured from the environment. Exit with status 2 if that is invalid."""
    try:
        settings = Settings.read(Role.WEB)
        jobs = scheduled_jobs(settings.content)
        # Only the names of the tables count here; the worker checks what they hold.
        tables, _ = read_toml(settings.content / "moderation.toml")
    except (SettingsError, ContentError) as error:
        logs.tell(str(error))
        sys.exit(2)
    logs.configure(settings, "web")
    half = DEADLINE_SECONDS / 2
    writing = connect(
        settings.redis,
        connections=RedisConnections.GATEWAY_WRITER,
        connect_timeout=half,
        answer_timeout=half,
    )
    asking = connect(
        settings.redis,
        connections=RedisConnections.GATEWAY_READER,
        connect_timeout=1,
        answer_timeout=1,
    )
    counts = Counts()
    writer = QueueWriter(writing, settings.identity.app, counts)
    app = create_app(
        settings,
        writer,
        Ready(asking, settings.identity.app, writer),
        _metrics(settings, asking, jobs),
        interactions=interaction_actors(tables),
    )
    beating = connect(
        settings.redis,
        connections=RedisConnections.HEARTBEAT,
        connect_timeout=1,
        answer_timeout=1,
    )
    facts = logs.start_facts(settings)
    app.heartbeat = SenderHeartbeat(beating, settings.identity, "web", counts, facts=facts)
    return app


def _metrics(
    settings: Settings, client: redis.Redis, jobs: Sequence[ScheduledJob]
) -> Metrics | None:
    if not settings.metrics_token:
        return None
    collector = SnapshotCollector(client, settings.identity.app, jobs, shadow=settings.shadow)
    return Metrics(collector, settings.metrics_token)
