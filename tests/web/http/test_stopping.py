"""How the gateway ends: what is under way is answered, what is idle does not keep it."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from support import Bot, wait_until

from gopherbot.dev.bot import APP, environment
from gopherbot.dev.procfile import base_environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.storage import keys
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port
from web.client import EVENT_PATH, TIMEOUT, Gateway, connect, exchange, head, signed


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def test_it_stops_in_good_order_with_open_connections_and_requests_under_way(
    server: RedisServer, web_slack: Simulator, tmp_path: Path
) -> None:
    # What is idle is closed, and not killed at the end of gunicorn's patience.
    patient = {"GUNICORN_CMD_ARGS": "--graceful-timeout 3600"}
    with (
        Bot(server.url, web_slack, tmp_path, names=("web",), more=patient) as bot,
        ThreadPoolExecutor() as pool,
    ):
        gateway = Gateway(bot.port, web_slack)
        idle, busy = (
            http.client.HTTPConnection("127.0.0.1", bot.port, timeout=TIMEOUT) for _ in range(2)
        )
        with closing(idle), closing(busy), connect(bot) as half_sent:
            for line in (idle, busy):
                assert exchange(line, "GET", "/_ruok", {}).status == 200
            server.signal(signal.SIGSTOP)
            body = msgspec.json.encode(gateway.envelope())
            busy.request("POST", EVENT_PATH, body, signed(body))
            half_sent.sendall(head(f"Content-Length: {len(body)}", **signed(body)) + body[:-1])
            under_way = pool.submit(busy.getresponse)
            # Twice, as when Heroku signals every process and gunicorn passes the signal on.
            bot.dynos["web"].terminate()
            bot.dynos["web"].terminate()
            answer = under_way.result()
            assert (answer.status, answer.getheader("Connection")) == (503, "close")
            half_sent.sendall(body[-1:])
            assert half_sent.recv(65536).startswith(b"HTTP/1.1 503 ")
            assert bot.dynos["web"].process.wait(20) == 0
        assert "Traceback" not in bot.printed.text()


_LOOKS_ONCE_AN_HOUR = """
import gopherbot.web.server
from gunicorn.app.wsgiapp import run
from gopherbot.web.http import gunicorn_worker

gunicorn_worker._ROUND_SECONDS = 3600
run()
"""


def test_it_notices_at_once_that_it_is_to_stop(server: RedisServer, web_slack: Simulator) -> None:
    """Not when it looks around the next time: then its master has killed it."""
    port = free_port()
    arguments = ["--config", "python:gopherbot.web.server", "--timeout", "3600"]
    process = subprocess.Popen(
        [sys.executable, "-c", _LOOKS_ONCE_AN_HOUR, *arguments, "gopherbot.web.app:get_app()"],
        # One process: what is listed is what serves, and no other is still starting.
        env=base_environment()
        | environment(server.url, web_slack, port)
        | {"WEB_CONCURRENCY": "1"},
        stdout=subprocess.DEVNULL,
    )

    def answers() -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as line:
            try:
                return exchange(line, "GET", "/_ruok", {}).status == 200
            except OSError:
                return False

    try:
        wait_until(answers, "it serves")
        with server.client() as client:
            registry = keys.processes(APP)
            wait_until(lambda: client.hlen(registry), "it is listed")
            process.terminate()
            assert process.wait(TIMEOUT) == 0
            assert client.hlen(registry) == 0, "it was killed"
    finally:
        process.kill()
