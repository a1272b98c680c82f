"""A gateway that is attacked, and good events beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import Bot, wait_until
from web.client import SECRET, Gateway

from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator

DATABASE = 4


@pytest.fixture(scope="package")
def bot(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A gateway of two processes, as it runs in production."""
    folder = tmp_path_factory.mktemp("attack")
    more = {"WEB_CONCURRENCY": "2"}
    with (
        Simulator(setup=GOPHERS, signing_secret=SECRET) as slack,
        Bot(f"{shared_redis.url}/{DATABASE}", slack, folder, names=("web",), more=more) as bot,
    ):
        wait_until(lambda: len(bot.dynos["web"].pids()) == 3, "both processes run")
        yield bot


@pytest.fixture
def gateway(bot: Bot) -> Gateway:
    return Gateway(bot.port, bot.slack)
