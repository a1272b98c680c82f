"""One running gateway for all tests of this folder, on a database of its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest
import redis
from support import Bot, Inside

from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator

from .client import PROBE_CHANNEL, SECRET, Gateway

DATABASE = 3


@pytest.fixture(scope="package")
def web_slack() -> Iterator[Simulator]:
    """Who the gateway's app and team are; nothing is delivered by it."""
    with Simulator(setup=GOPHERS, signing_secret=SECRET) as slack:
        yield slack


class Start(Protocol):
    """Starts a gateway, on the shared Redis unless a URL is given; `more` replaces variables."""

    def __call__(self, url: str = "", *, fresh: bool = False, **more: str) -> Bot: ...


@pytest.fixture(scope="module")
def start(
    shared_redis: RedisServer, web_slack: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(url: str = "", *, fresh: bool = False, **more: str) -> Bot:
            url = url or f"{shared_redis.url}/{DATABASE}"
            folder = tmp_path_factory.mktemp("web")
            bot = Bot(url, web_slack, folder, names=("web",), more=more, fresh=fresh)
            return stack.enter_context(bot)

        yield start


@pytest.fixture(scope="package")
def bot(
    shared_redis: RedisServer, web_slack: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    """The running gateway's processes."""
    folder = tmp_path_factory.mktemp("web")
    url = f"{shared_redis.url}/{DATABASE}"
    more = {"GOPHER_SLACK_PROBE_CHANNEL": PROBE_CHANNEL}
    with Bot(url, web_slack, folder, names=("web",), more=more) as bot:
        yield bot


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """A Redis of a file's own."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="package")
def gateway(bot: Bot, web_slack: Simulator) -> Gateway:
    """The running gateway."""
    return Gateway(bot.port, web_slack)


@pytest.fixture(scope="package")
def database(shared_redis: RedisServer) -> Iterator[redis.Redis]:
    """A client of the gateway's database."""
    with redis.Redis("127.0.0.1", port=shared_redis.port, db=DATABASE, protocol=2) as client:
        yield client


@pytest.fixture
def queued(bot: Bot, database: redis.Redis) -> Inside:
    """The gateway's queues, empty."""
    database.flushdb()
    return Inside(database)
