"""The fault suite's fixtures.

Environment:
  CHAOS_SEED    the seed of what happens at random (a number)
  SOAK_MINUTES  do it all again and again, with other seeds, for at least that long; without -n
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

import pytest
from parts import REDIS_SERVER

from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port

from .harness import LINES, RETRY_DELAYS, Bot, Inside, wait_until
from .table import Table
from .trial import Trial, TrialAt


class Home:
    """Where tests share one bot: a Redis, and an address at which each has its Slack.

    To start a bot takes as long as most tests do. They have to leave it in good health, with
    nothing left to do; after one that failed, the next gets another bot.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slack_port = free_port()
        self._server: RedisServer | None = None
        self._bot: Bot | None = None

    @property
    def server(self) -> RedisServer:
        self._server = self._server or RedisServer().start()
        return self._server

    def bot(self, slack: Simulator) -> Bot:
        """Return the bot once one process of each line works; this Slack's events go to it."""
        bot = self._bot = self._bot or Bot(self.server.url, slack, self.folder).__enter__()
        slack.gateway = bot.events_url
        for name in bot.dynos.keys() - set(LINES):
            bot.forget(name).stop()
        bot.start_all()
        bot.wait_until_up("web")
        bot.wait_until_up("worker")
        wait_until(bot.is_whole, 30, "what was killed is started again")
        bot.begin()
        Inside(self.server).drop_dead_letters()
        return bot

    def give_up(self) -> None:
        """End the bot and its Redis, with all that they knew."""
        bot, self._bot = self._bot, None
        if bot is not None:
            bot.__exit__()
        server, self._server = self._server, None
        if server is not None:
            server.stop()


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home of all tests of this process that ask for `bot`."""
    home = Home(tmp_path_factory.mktemp("home"))
    yield home
    home.give_up()


def _home(request: pytest.FixtureRequest) -> Home | None:
    """Return where a test is at home; None if it starts its own bot, or has another Redis."""
    if "home" not in request.fixturenames or _redis(request) != "default":
        return None
    home: Home = request.getfixturevalue("home")
    return home


def _redis(request: pytest.FixtureRequest) -> str:
    """Return the name of the server that a test is parametrized with."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    return str(parameters.get("server", "default"))


@pytest.fixture
def table(record_property: Callable[[str, object], None]) -> Table:
    return Table(record_property)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """The home's, or an empty one: the default one, or that named by an indirect parameter."""
    if home := _home(request):
        yield home.server
        return
    binary = REDIS_SERVER.need() if _redis(request) == "redis-server" else None
    with RedisServer(binary=binary) as server:
        yield server


@pytest.fixture
def inside(server: RedisServer) -> Inside:
    return Inside(server)


@pytest.fixture
def slack(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    home = _home(request)
    with Simulator(setup=GOPHERS, port=home.slack_port if home else 0) as slack:
        slack.deliveries.delays = RETRY_DELAYS
        yield slack


@pytest.fixture
def idle_bot(server: RedisServer, slack: Simulator, tmp_path: Path) -> Iterator[Bot]:
    """A bot none of whose processes runs yet."""
    with Bot(server.url, slack, tmp_path) as bot:
        slack.gateway = bot.events_url
        yield bot


@pytest.fixture
def bot(request: pytest.FixtureRequest, home: Home, slack: Simulator) -> Bot:
    """A bot that runs, one process of each line: the home's, unless the test has another Redis."""
    if _home(request):
        return home.bot(slack)
    bot: Bot = request.getfixturevalue("idle_bot")
    bot.start_all()
    return bot


@pytest.fixture
def trial(bot: Bot, slack: Simulator, server: RedisServer, table: Table) -> Trial:
    return Trial(bot, slack, server, table)


@pytest.fixture
def idle_trial(idle_bot: Bot, slack: Simulator, server: RedisServer, table: Table) -> Trial:
    return Trial(idle_bot, slack, server, table)


@pytest.fixture
def trial_at(slack: Simulator, table: Table, tmp_path: Path) -> TrialAt:
    @contextmanager
    def begin(
        server: RedisServer, url: str = "", *, ready: bool = True, **more: str
    ) -> Iterator[Trial]:
        with Bot(url or server.url, slack, tmp_path, **more) as bot:
            slack.gateway = bot.events_url
            if ready:
                bot.start_all()
            yield Trial(bot, slack, server, table)

    return begin


def _soak_minutes() -> float:
    return float(os.environ.get("SOAK_MINUTES") or 0)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to soak side by side: pytest-xdist deals out every test once, and no more."""
    if _soak_minutes() and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("SOAK_MINUTES repeats the tests in one process: leave out -n.")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With SOAK_MINUTES, run every test until they are over, each round with another seed."""
    minutes = _soak_minutes()
    if not minutes or session.config.option.collectonly:
        return None
    deadline = time.monotonic() + minutes * 60
    while time.monotonic() < deadline:
        os.environ["CHAOS_SEED"] = str(random.randrange(10**6))
        for item, following in zip_longest(session.items, session.items[1:]):
            item.user_properties.clear()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the last of the bot's log with a failure."""
    report = yield
    found = getattr(item, "funcargs", {})
    bot, home = found.get("bot", found.get("idle_bot")), found.get("home")
    if isinstance(bot, Bot) and call.when == "call" and call.excinfo is not None:
        last = bot.log.path.read_bytes().splitlines()[-40:]
        report.sections.append(
            ("the bot's log", b"\n".join(line[:600] for line in last).decode(errors="replace"))
        )
    if isinstance(home, Home) and call.excinfo is not None:
        home.give_up()
    return report
