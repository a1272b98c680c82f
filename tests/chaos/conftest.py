"""The fault suite's fixtures.

Environment:
  CHAOS_SEED    the seed of what happens at random (a number)
  SOAK_MINUTES  do it all again and again, with other seeds, for at least that long
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Generator, Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from parts import REDIS_SERVER

from gopherbot.dev.gophers import GOPHERS
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .harness import RETRY_DELAYS, Bot, Inside, Judge
from .table import Table


@pytest.fixture
def table(record_property: Callable[[str, object], None]) -> Table:
    return Table(record_property)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """An empty server of one's own: the default one, or the one named by an indirect parameter."""
    name = getattr(request, "param", "default")
    binary = REDIS_SERVER.need() if name == "redis-server" else None
    with RedisServer(binary=binary) as server:
        yield server


@pytest.fixture
def inside(server: RedisServer) -> Inside:
    return Inside(server)


@pytest.fixture
def slack() -> Iterator[Simulator]:
    with Simulator(setup=GOPHERS) as slack:
        slack.deliveries.delays = RETRY_DELAYS
        yield slack


@pytest.fixture
def judge(slack: Simulator) -> Judge:
    return Judge(slack)


@pytest.fixture
def idle_bot(server: RedisServer, slack: Simulator, tmp_path: Path) -> Iterator[Bot]:
    """A bot none of whose processes runs yet."""
    with Bot(server.url, slack, tmp_path) as bot:
        slack.gateway = bot.events_url
        yield bot


@pytest.fixture
def bot(idle_bot: Bot) -> Bot:
    """A bot that runs, one process of each line."""
    idle_bot.start_all()
    return idle_bot


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With SOAK_MINUTES, run every test until they are over, each round with another seed."""
    minutes = float(os.environ.get("SOAK_MINUTES") or 0)
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
    bot = getattr(item, "funcargs", {}).get("idle_bot")
    if isinstance(bot, Bot) and call.when == "call" and call.excinfo is not None:
        last = bot.log_path.read_bytes().splitlines()[-40:]
        report.sections.append(
            ("the bot's log", b"\n".join(line[:600] for line in last).decode(errors="replace"))
        )
    return report
