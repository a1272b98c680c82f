"""Fixtures for every test: a real Redis, the simulated Slack, settings, and a running bot.

Tests run side by side, each process with a Redis and ports of its own. A file's tests stay in one
process and share what they start; those of `ALONE` are long, and are dealt out one by one.

`redis_server` is one server for the whole run, emptied for each test that asks for it. A fixture
that lives longer than a test takes `shared_redis` and empties it itself.

Environment:
  TEST_SEED   which half of the faults and of the nightly tests `--half` runs (a number)
"""

import gc
import os
import random
import re
import ssl
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest
import redis
import structlog
from support import BOT_TOKEN, Bot, Inside

from gopherbot.dev.bot import environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.settings import Role, Settings
from slack_simulator import Simulator
from slack_simulator.events.envelopes import EventEnvelope

pytest_plugins = ["chaos.table", "attack.table"]

# As in the Makefile, for who starts pytest otherwise: each process would rewrite the assertions of
# every test file, which takes twice as long as all else of a collection.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# It reads its package's metadata, for each client and each connection.
redis.utils.get_lib_version = cache(redis.utils.get_lib_version)
# A traceback with the value of every variable, as structlog's own, takes a tenth of a second.
structlog.configure(
    [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# A busy machine may take any time over an example.
hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.register_profile("few", deadline=None, max_examples=10)
hypothesis.settings.load_profile("busy")

TESTS = Path(__file__).parent
WAITING = ("attack", "chaos", "test_bench.py", "queues", "scheduler", "web")
"""What waits most of the time."""
BUSY = (
    "browser",
    "cli",
    "content",
    "test_contributing.py",
    "actors",
    "test_your_own.py",
    "test_environment.py",
)
"""What has the files that compute longest."""
ALONE = ("attack", "chaos", "test_bench.py", "browser/test_accessibility.py")
"""What is dealt out test by test."""
TOGETHER = (
    "content",
    "search",
    "cli/test_docs.py",
    "rulebook/test_content_files.py",
    "rulebook/test_loader.py",
    "test_testing.py",
)
"""What stays in one process, because all of it reads the Gophers' content: that takes longer than
most of these tests."""
SLOW = ("actors", "attack", "browser", "chaos", "dev", "scheduler", "web")
"""Folders whose tests start processes or wait, and are no part of `make quick`; nor is any other
test that starts a bot."""
BOTS = {"running_bot", "fresh_bot"}
PROCESSES = ("attack", "browser", "chaos")
"""Folders whose tests start the Procfile's processes, or a browser."""
SLOW_FILE = re.compile(r"^pytestmark = pytest\.mark\.(slow|nightly)$", re.MULTILINE)
"""A line by which a file says the same of itself."""
_QUICK = "not slow"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make test` and CI leave out half of what takes longest."""
    text = "run half of the faults and of the nightly tests; TEST_SEED chooses which"
    parser.addoption("--half", action="store_true", help=text)


def pytest_configure() -> None:
    """Choose the seed before xdist starts its processes, which inherit it."""
    os.environ.setdefault("TEST_SEED", str(random.randrange(10**6)))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say how to run the same half again."""
    return (
        f"half of the faults: TEST_SEED={os.environ['TEST_SEED']}" if config.option.half else None
    )


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run more than there are cores, because tests wait for much of their time."""
    more = 1 if config.option.markexpr == _QUICK else 3
    return min(8, (os.cpu_count() or 1) + more)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass over what is not asked for: to load it takes longer than many tests."""
    if collection_path == TESTS / "attack":
        return not any("attack" in argument for argument in config.args)
    if config.option.markexpr != _QUICK or collection_path == TESTS:
        return None
    slow = _within(collection_path, SLOW) or (
        collection_path.is_file() and _says_it_is_slow(collection_path)
    )
    return slow or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage meanwhile: all that is loaded here stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, keep files together, and put them in an order that keeps all busy.

    What waits is spread evenly over what computes, and what is short comes at the end.
    """
    for item in items:
        nightly = item.get_closest_marker("nightly")
        if nightly or _within(item.path, SLOW) or BOTS & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        item.add_marker(_level(item))
    if config.option.half:
        left_out = [item for item in items if _is_long(item) and not _is_chosen(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    dealt = {item: _dealt(item) for item in items}
    turns = dict.fromkeys(dealt.values(), 1.0)
    for places in (WAITING, BUSY):
        these = dict.fromkeys(dealt[item] for item in items if _within(item.path, places))
        turns |= {each: place / len(these) for place, each in enumerate(these)}
    items.sort(key=lambda item: turns[dealt[item]])


def _level(item: pytest.Item) -> str:
    """Return the most that a test starts, which its fixtures tell, as its marker."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("nightly"):
        return "nightly"
    if BOTS & fixtures or _within(item.path, PROCESSES) or _says_it_is_slow(item.path):
        return "process"
    if "slack" in fixtures:
        return "bot"
    return "redis" if "shared_redis" in fixtures else "unit"


@cache
def _says_it_is_slow(path: Path) -> bool:
    return bool(SLOW_FILE.search(path.read_text("utf-8")))


def _is_long(item: pytest.Item) -> bool:
    return _within(item.path, ("chaos",)) or item.get_closest_marker("nightly") is not None


def _is_chosen(item: pytest.Item) -> bool:
    return random.Random(f"{os.environ['TEST_SEED']} {item.nodeid}").random() < 0.5


def _dealt(item: pytest.Item) -> str:
    """Return what a test is dealt out with: the group that it names, its file, or nothing else."""
    if group := item.get_closest_marker("xdist_group"):
        return str(group.args[0])
    if _within(item.path, ALONE):
        return item.nodeid
    together = _group(item.path)
    item.add_marker(pytest.mark.xdist_group(together))
    return together


@cache
def _group(path: Path) -> str:
    return "the Gophers' content" if _within(path, TOGETHER) else _file(path).as_posix()


@cache
def _within(path: Path, places: tuple[str, ...]) -> bool:
    file = _file(path)
    return file.as_posix() in places or file.parts[0] in places


@cache
def _file(path: Path) -> Path:
    return path.relative_to(TESTS)


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """The server of this run, with whatever is in it."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def emptying(shared_redis: RedisServer) -> Iterator[redis.Redis]:
    """A client of the server of this run, to empty it for each test."""
    with shared_redis.client() as client:
        yield client


@pytest.fixture
def redis_server(shared_redis: RedisServer, emptying: redis.Redis) -> RedisServer:
    """The server of this run, empty."""
    emptying.flushall()
    return shared_redis


@pytest.fixture
def redis_client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the empty server, for looking inside."""
    with redis_server.client() as client:
        yield client


@pytest.fixture
def inside(redis_client: redis.Redis) -> Inside:
    """The queues in the empty server."""
    return Inside(redis_client)


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Whom the bot trusts; it takes 40 ms to load."""
    return ssl.create_default_context()


@pytest.fixture
def slack() -> Iterator[Simulator]:
    """A simulated Slack whose redeliveries come quickly."""
    with Simulator(setup=GOPHERS) as slack:
        slack.deliveries.delays = (0.1, 0.2, 0.4)
        yield slack


@pytest.fixture
def heard(slack: Simulator, monkeypatch: pytest.MonkeyPatch) -> list[EventEnvelope]:
    """The events that Slack sent and nobody has handled yet; none is delivered."""
    events: list[EventEnvelope] = []
    monkeypatch.setattr(slack.deliveries, "send", events.append)
    return events


class SettingsFor(Protocol):
    """Makes settings for a role, as a process would read them; `more` replaces variables."""

    def __call__(self, role: Role = ..., **more: str) -> Settings: ...


@pytest.fixture
def settings_for(redis_server: RedisServer, slack: Simulator) -> SettingsFor:
    """Settings for the empty Redis and the simulated Slack."""

    def make(role: Role = Role.WORKER, **more: str) -> Settings:
        token = {"GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN}
        return Settings.read(role, environment(redis_server.url, slack, 8000) | token | more)

    return make


class RunningBot(Protocol):
    """Starts lines of the Procfile (all three if none is named) and waits until they work."""

    def __call__(self, *names: str, **more: str) -> Bot: ...


@pytest.fixture
def running_bot(
    redis_server: RedisServer, slack: Simulator, tmp_path: Path
) -> Iterator[RunningBot]:
    """Bots on the empty Redis and the simulated Slack; stopped after the test."""
    with ExitStack() as stack:
        yield _bots(stack, redis_server, slack, tmp_path, fresh=False)


@pytest.fixture
def fresh_bot(redis_server: RedisServer, slack: Simulator, tmp_path: Path) -> Iterator[RunningBot]:
    """The same, started as the platform does: see `dynos.py`."""
    with ExitStack() as stack:
        yield _bots(stack, redis_server, slack, tmp_path, fresh=True)


def _bots(
    stack: ExitStack, redis: RedisServer, slack: Simulator, folder: Path, *, fresh: bool
) -> RunningBot:
    def run(*names: str, **more: str) -> Bot:
        lines = names or ("web", "worker", "scheduler")
        return stack.enter_context(
            Bot(redis.url, slack, folder, names=lines, more=more, fresh=fresh)
        )

    return run
