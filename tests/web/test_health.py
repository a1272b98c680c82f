"""The addresses beside the events: what they answer, and that nothing else is there."""

import time
from email.utils import parsedate_to_datetime

import pytest
from support import PATIENCE, Inside, wait_until

from gopherbot.storage import keys

from .client import Gateway, InProcess


def test_it_says_that_it_lives(gateway: Gateway) -> None:
    answer = gateway.send("GET", "/_ruok?x=<script>")
    assert (answer.status, answer.body) == (200, b"imok")
    assert answer.headers["content-type"].startswith("text/plain")
    sent = parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert abs(sent - time.time()) < PATIENCE


def test_what_it_writes_to_probe_redis_expires(gateway: Gateway, queued: Inside) -> None:
    key = keys.ready(queued.app)

    def asked() -> bool:
        assert gateway.send("GET", "/_ready").status == 200
        return bool(queued.client.exists(key))

    wait_until(asked, "it writes again")
    assert 0 < queued.client.ttl(key) <= 60


def test_many_requests_ask_redis_once_a_second(gateway: Gateway, queued: Inside) -> None:
    def commands() -> int:
        return int(queued.client.info("stats")["total_commands_processed"])

    before = commands()
    for _ in range(300):
        assert gateway.send("GET", "/_ready").status == 200
    assert commands() - before < 150


@pytest.mark.parametrize("path", ["/_ruok", "/_ready"])
def test_a_head_of_its_health_has_no_body(gateway: Gateway, path: str) -> None:
    answer = gateway.send("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "FOO"])
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/slack", "/slack/", "/slack/event/", "/slack/events", "/slack/event/x"),
        *("//slack/event", "/slack//event", "/SLACK/EVENT", "/_ruok/", "//_ruok", "/_ready/"),
        *("/favicon.ico", "/../slack/event", "/%ff%fe", "/%2e%2e/etc/passwd", "/metrics"),
        *("/_ruok", "/_ready"),
    ],
)
def test_nothing_else_is_there_and_its_health_is_only_read(method: str, path: str) -> None:
    desk = InProcess()
    answer = desk.send(method, path, {"Content-Type": "application/json"})
    is_read = path in ("/_ruok", "/_ready") and method in ("GET", "HEAD")
    assert answer.status == (200 if is_read else 404)
    assert path not in answer.words or path == "/"
    assert desk.counts.is_empty()
