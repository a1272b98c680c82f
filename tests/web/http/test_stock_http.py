"""Without the short way through HTTP: gunicorn reads everything, and all is as ever."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Bot, Inside

from gopherbot.dev import procfile
from gopherbot.dev.bot import environment
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator
from web.client import Gateway, message
from web.conftest import DATABASE
from web.requests import requests


@pytest.fixture(scope="module")
def stock(
    shared_redis: RedisServer, web_slack: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway that leaves all HTTP to gunicorn."""
    more = {"GOPHER_STOCK_HTTP": "1"}
    folder = tmp_path_factory.mktemp("stock")
    url = f"{shared_redis.url}/{DATABASE}"
    with Bot(url, web_slack, folder, names=("web",), more=more) as bot:
        yield Gateway(bot.port, web_slack)


def test_gunicorn_reads_the_requests(stock: Gateway, gateway: Gateway) -> None:
    assert stock.send("GET", "/_ruok").headers["server"] == "gunicorn"
    assert "server" not in gateway.send("GET", "/_ruok").headers


def test_events_are_queued(stock: Gateway, queued: Inside) -> None:
    text = "x" * 200_000
    assert stock.post_signed(stock.envelope(message(text=text))).status == 200
    assert len(queued.ids("slack_message_public")) == 1


def test_every_request_is_answered_as_by_the_short_way(stock: Gateway, gateway: Gateway) -> None:
    found = {}
    for data in requests(200, seed=100):
        answers = [_status(each.send_raw(data)) for each in (stock, gateway)]
        if answers[0] != answers[1]:
            found[data] = answers
    assert found == {}


def _status(answer: bytes) -> bytes:
    """Return the status of the first answer."""
    return answer.partition(b"\r\n")[0].partition(b" ")[2]


def test_no_header_of_a_clients_says_who_it_is_or_by_which_way_it_came(
    web_slack: Simulator,
) -> None:
    command = procfile.lines()["web"]
    printed = subprocess.run(
        f"{Path(sys.executable).parent}/{command} --print-config",
        shell=True,
        cwd=procfile.ROOT,
        env=procfile.base_environment() | environment("redis://127.0.0.1:1", web_slack, 8000),
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    settings = dict(re.findall(r"^(\w+) += (.*)$", printed, re.MULTILINE))
    assert (settings["forwarded_allow_ips"], settings["forwarder_headers"]) == ("[]", "[]")
