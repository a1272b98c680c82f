"""Bodies that prove nothing take only so much memory, and keep no event out."""

import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec
import pytest
from support import Bot, wait_until

from slack_simulator import Simulator
from web.client import LEFT_TO_GUNICORN, Gateway, connect, head, message, signed, unproven
from web.conftest import Start

MEBIBYTE = 1024 * 1024
BUDGET = 4 * MEBIBYTE
SMALL = 9_720
"""So much of a body does not arrive with its head, and few bytes of an event do not."""


@pytest.fixture(scope="module")
def filled(start: Start) -> Bot:
    """A gateway of one process, for this file alone."""
    return start(fresh=True)


def resident(bot: Bot) -> int:
    """Return the bytes that the gateway's processes hold."""
    statuses = [Path(f"/proc/{pid}/status").read_text() for pid in bot.dynos["web"].pids()]
    return sum(int(s.partition("VmRSS:")[2].split()[0]) * 1024 for s in statuses)


@pytest.mark.parametrize("begin", ["Content-Length: 2000000", LEFT_TO_GUNICORN])
def test_bodies_that_do_not_end_take_so_much_memory_and_events_are_taken_beside_them(
    filled: Bot, web_slack: Simulator, begin: str
) -> None:
    gateway = Gateway(filled.port, web_slack)
    assert gateway.post_signed(gateway.envelope()).status == 200
    before, most = resident(filled), 0
    with ExitStack() as stack:
        lines = []
        for _ in range(60):
            line = stack.enter_context(connect(filled))
            lines.append(line)
            with suppress(OSError):
                line.sendall(head(begin, **unproven()) + b"x" * MEBIBYTE)
            answer = gateway.post_signed(gateway.envelope())
            assert answer.status == 200
            most = max(most, resident(filled))

        def refused() -> list[bytes]:
            ends = [end for end in map(_end, lines) if end]
            return ends if len(ends) >= 60 - BUDGET // MEBIBYTE - 1 else []

        # On a slow machine, some bodies reach their deadline before they are refused.
        assert b"HTTP/1.1 503" in wait_until(refused, "all but a few are refused")
    assert most - before < 3 * BUDGET, "all of them together are 60 MiB"
    wait_until(lambda: resident(filled) - before < 2 * BUDGET, "memory is given back")


def test_what_its_head_refuses_takes_none(filled: Bot, web_slack: Simulator) -> None:
    gateway = Gateway(filled.port, web_slack)
    before = resident(filled)
    with ExitStack() as stack:
        for _ in range(60):
            line = stack.enter_context(connect(filled))
            with suppress(OSError):
                line.sendall(head("Content-Length: 2000000") + b"x" * MEBIBYTE)
            assert line.recv(65536).startswith(b"HTTP/1.1 415 ")
        assert gateway.post_signed(gateway.envelope()).status == 200
        assert resident(filled) - before < BUDGET


def test_of_bodies_that_do_not_end_the_oldest_are_refused_first_and_no_members(
    filled: Bot, web_slack: Simulator
) -> None:
    """However small they are, and however long an event is."""
    gateway = Gateway(filled.port, web_slack)
    body = msgspec.json.encode(gateway.envelope(message(text="x" * 60_000)))
    request = head(f"Content-Length: {len(body)}", **signed(body)) + body
    begun = head("Content-Length: 20000", **unproven()) + b"x" * SMALL
    with ExitStack() as stack:
        known = stack.enter_context(connect(filled))
        known.sendall(request)
        assert known.recv(65536).startswith(b"HTTP/1.1 200 ")
        known.sendall(request[:20_000])
        oldest = [stack.enter_context(connect(filled)) for _ in range(8)]
        for line in oldest:
            line.sendall(begun)
        for _ in range(BUDGET // SMALL):
            stack.enter_context(connect(filled)).sendall(begun)
        for line in oldest:
            answer = line.recv(65536)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nConnection: close\r\n" in answer
        newest = stack.enter_context(connect(filled))
        # The oldest of all is Slack's, and still waits for its second half; the newest is, too.
        for line, rest in ((known, request[20_000:]), (newest, request)):
            line.sendall(rest)
            assert line.recv(65536).startswith(b"HTTP/1.1 200 ")


def _end(line: socket.socket) -> bytes:
    """Return the start of the gateway's answer, `b"closed"`, or `b""` while neither has come."""
    line.setblocking(False)
    try:
        return line.recv(12, socket.MSG_PEEK) or b"closed"
    except BlockingIOError:
        return b""
    except OSError:
        return b"closed"
