"""Connections: shared among the gateway's processes, and never held by one who dawdles."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from support import Bot, wait_until

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .client import EVENT_PATH, TIMEOUT, Gateway
from .conftest import DATABASE

LIMIT = 4


@pytest.fixture(scope="module")
def impatient(
    shared_redis: RedisServer, web_slack: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    """A gateway of two processes that gives a request four seconds."""
    more = {"WEB_CONCURRENCY": "2", "GUNICORN_CMD_ARGS": f"--timeout {LIMIT}"}
    folder = tmp_path_factory.mktemp("impatient")
    url = f"{shared_redis.url}/{DATABASE}"
    with Bot(url, web_slack, folder, names=("web",), more=more) as bot:
        # The first to be ready answers for both.
        wait_until(lambda: len(bot.dynos["web"].pids()) == 3, "both processes run")
        time.sleep(1)
        yield bot


def test_two_processes_share_the_connections(impatient: Bot) -> None:
    def held() -> list[int]:
        pids = impatient.dynos["web"].pids()
        return sorted(connections_of(pid, impatient.port) for pid in pids)

    with ExitStack() as stack:
        for _ in range(16):
            address = ("127.0.0.1", impatient.port)
            stack.enter_context(socket.create_connection(address, timeout=TIMEOUT))
        wait_until(lambda: sum(held()) >= 16, "all are accepted")
        main, fewer, _ = held()
        assert main == 0
        # Without a pause after each, one process took them all.
        assert fewer >= 2


def test_a_body_that_never_ends_is_given_up_and_keeps_nobody_out(
    impatient: Bot, web_slack: Simulator
) -> None:
    head = f"POST {EVENT_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", impatient.port), timeout=TIMEOUT) as line:
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        start = time.monotonic()
        line.settimeout(0.5)
        answer = b""
        while not answer and time.monotonic() < start + 3 * LIMIT:
            line.sendall(b"1\r\n \r\n")
            assert Gateway(impatient.port, web_slack).send("GET", "/_ruok").status == 200
            with suppress(TimeoutError):
                answer = line.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - start >= LIMIT - 1


def test_half_a_body_is_given_up(impatient: Bot) -> None:
    head = f"POST {EVENT_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", impatient.port), timeout=TIMEOUT) as line:
        line.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        assert line.recv(65536) == b""


def connections_of(pid: int, port: int) -> int:
    """How many established connections to this port of ours a process holds."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {
        f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"
    }
    count = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            count += str(descriptor.readlink()) in ours
    return count
