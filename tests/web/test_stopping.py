"""How the gateway ends: what is under way is answered, what is idle does not keep it."""

from __future__ import annotations

import http.client
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from support import Bot

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .client import EVENT_PATH, TIMEOUT, Gateway, exchange, signed


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def test_it_stops_in_good_order_with_open_connections_and_requests_under_way(
    server: RedisServer, web_slack: Simulator, tmp_path: Path
) -> None:
    with Bot(server.url, web_slack, tmp_path, names=("web",)) as bot, ThreadPoolExecutor() as pool:
        gateway = Gateway(bot.port, web_slack)
        idle, busy = (
            http.client.HTTPConnection("127.0.0.1", bot.port, timeout=TIMEOUT) for _ in range(2)
        )
        with closing(idle), closing(busy):
            for line in (idle, busy):
                assert exchange(line, "GET", "/_ruok", {}).status == 200
            server.signal(signal.SIGSTOP)
            body = msgspec.json.encode(gateway.envelope())
            busy.request("POST", EVENT_PATH, body, signed(body))
            under_way = pool.submit(busy.getresponse)
            # Twice, as when Heroku signals every process and gunicorn passes the signal on.
            bot.dynos["web"].terminate()
            bot.dynos["web"].terminate()
            assert under_way.result().status == 503
            assert bot.dynos["web"].process.wait(20) == 0
        assert "Traceback" not in bot.printed.text()
