"""What tests of periodic actors share: workers' context on a real Redis and the simulated Slack."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec
import pytest
import redis
from conftest import SettingsFor
from pytest_httpserver import HTTPServer
from support import every_watcher_in

from gopherbot import actors, table
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.errors import RetryLater, ServiceError
from gopherbot.queues import messages
from gopherbot.queues.worker.broker import Broker
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.services.feeds import parser, reader
from gopherbot.services.feeds.items import FeedDocument
from gopherbot.services.feeds.parser import NoFeed, Source
from gopherbot.settings import CONTENT_FOLDER, Role
from gopherbot.status.snapshot import SnapshotCollector
from gopherbot.storage import keys
from gopherbot.web import events
from slack_simulator import Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.workspace.changes import Posted

Run = Callable[[WorkerContext], None]


class NewWorker(Protocol):
    """Makes the context of one more living worker; `more` replaces variables of its environment."""

    def __call__(self, **more: str) -> WorkerContext: ...


@pytest.fixture(scope="session")
def every_watcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Gophers' content, with those watchers too that it has as comments."""
    return every_watcher_in(tmp_path_factory.mktemp("content"))


@pytest.fixture(scope="session")
def loaded(every_watcher: Path) -> LoadedContent:
    """That content, which takes a third of a second to load."""
    return loader.load(every_watcher)


@pytest.fixture
def new_worker(
    settings_for: SettingsFor,
    redis_client: redis.Redis,
    every_watcher: Path,
    loaded: LoadedContent,
    tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> NewWorker:
    """Workers on the same Redis and Slack. A new one remembers nothing but what Redis does."""
    # A call of which nobody knows the end is over at once, so that nothing has to be waited for.
    monkeypatch.setattr("gopherbot.effects.ledger.DOUBT_SECONDS", 0)
    monkeypatch.setattr("gopherbot.effects.ledger.HISTORY_SECONDS", 0)

    def make(**more: str) -> WorkerContext:
        settings = settings_for(Role.WORKER, **{"GOPHER_CONTENT": str(every_watcher)} | more)
        broker = Broker(settings)
        redis_client.hset(keys.processes(APP), broker.broker_id, int(time.time() * 1000))
        same = settings.content == every_watcher
        content = loaded if same else loader.load(settings.content)
        return WorkerContext.for_worker(settings, broker, content, tls)

    return make


@pytest.fixture
def context(new_worker: NewWorker) -> WorkerContext:
    """A worker whose channel cache is filled."""
    context = new_worker()
    channel_cache.run(context)
    return context


@pytest.fixture
def elsewhere(new_worker: NewWorker, httpserver: HTTPServer) -> WorkerContext:
    """A worker whose sites are all this server."""
    sites = ("GERRIT", "CHANGELOG", "MASTODON", "FEEDS")
    url = httpserver.url_for("").rstrip("/")
    return new_worker(**{f"GOPHER_{site}_URL": url for site in sites})


@pytest.fixture
def forgetful(redis_server: RedisServer, redis_client: redis.Redis) -> Iterator[dict[str, str]]:
    """The environment of a worker that cannot mark anything: it fails right after each post."""
    redis_client.acl_setuser(
        "forgetful", enabled=True, nopass=True, keys=["*"], categories=["+@all"], commands=["-zadd"]
    )
    yield {"REDIS_URL": f"redis://forgetful:any@127.0.0.1:{redis_server.port}"}
    redis_client.acl_deluser("forgetful")


@pytest.fixture
def pass_hours(redis_client: redis.Redis) -> Callable[[int], None]:
    """What some hours do to the ledger."""

    def age(hours: int) -> None:
        for key in redis_client.scan_iter(f"{APP}:ledger:*"):
            redis_client.expire(key, redis_client.ttl(key) - hours * table.HOUR)

    return age


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse feeds without the reader's process, which costs more than all else in a run.

    That both give the same is proved by `services/feeds/test_parser.py`.
    """

    def read(document: bytes, *, url: str, content_type: str = "") -> FeedDocument:
        try:
            return parser.parse(document, Source(url=url, content_type=content_type))
        except NoFeed as error:
            raise ServiceError(str(error)) from None

    monkeypatch.setattr(reader, "read", read)


Hear = Callable[..., None]


@pytest.fixture
def hear(heard: list[EventEnvelope], context: WorkerContext) -> Hear:
    """Has a worker handle what Slack sent, in order, and what that queued in the background."""

    def handle(worker: WorkerContext = context) -> None:
        while heard:
            handle_one(worker, heard.pop(0))
        run_background(worker)

    return handle


def handle_one(worker: WorkerContext, envelope: EventEnvelope) -> None:
    event = msgspec.json.decode(envelope.body)["event"]
    row = events.route(event["type"], event.get("channel_type"), event.get("subtype"))
    if row:
        actors.handler(row)(worker, envelope.body)


def visible(slack: Simulator, place: str = "general") -> list[str]:
    """Return the bot's posts in a channel as they stand now."""
    found = slack.workspace.conversation(place).messages.values()
    return [post.text for post in found if post.bot_id == "B0GOPHERBOT"]


def edit(slack: Simulator, said: Posted, text: str) -> None:
    slack.workspace.edit(said.channel, said.ts, text, said.author.id)


@pytest.fixture
def collector(redis_client: redis.Redis) -> SnapshotCollector:
    """What `gopherbot status` reads."""
    return SnapshotCollector(redis_client, APP, scheduled_jobs(CONTENT_FOLDER))


def run_background(context: WorkerContext) -> None:
    """Handle the bot's own events that wait in the background. What fails stays there."""
    queue = keys.messages(APP, table.BACKGROUND)
    for id, data in cast("dict[bytes, bytes]", context.redis.hgetall(queue)).items():
        message = messages.decode(data)
        row = table.event_actor(message.actor_name)
        assert row
        actors.handler(row)(context, bytes(message.args[0]))
        context.redis.hdel(queue, id)


def job(name: str) -> Run:
    """Return what runs the watcher of this name in a worker, if its content has one."""
    kind, _, entry = name.partition(".")
    (row,) = (job for job in table.JOBS if job.name == kind)
    work, of = actors.runner(row), msgspec.json.encode(entry)
    return lambda worker: actors.run_job(row, work, worker, of)


def succeeds(run: Run, context: WorkerContext, name: str) -> bool:
    """Run a watcher's job; return whether `status` takes the run for a success."""
    context.counts.take()
    run(context)
    return context.counts.take()[1] == {name}


UNREADABLE = "cannot read what a watcher reads"


def warnings(logs: Iterable[MutableMapping[str, Any]]) -> list[str]:
    return [line["event"] for line in logs if line["log_level"] == "warning"]


def run_at_once(run: Run, *workers: WorkerContext) -> None:
    """Run a job in several workers at the same moment, as two schedulers might have it."""
    start = threading.Barrier(len(workers))

    def work(context: WorkerContext) -> None:
        start.wait(5)
        with suppress(RetryLater):
            run(context)

    threads = [threading.Thread(target=work, args=(context,)) for context in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
