"""Connections: shared among the gateway's processes, and never held by one who dawdles."""

import http.client
import socket
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import msgspec
import pytest
from attack.attackers import take_little
from support import Bot, wait_until

from gopherbot.web.http.connections import HEAD_SECONDS, SILENT_SECONDS
from slack_simulator import Simulator
from web.client import (
    EVENT_PATH,
    LEFT_TO_GUNICORN,
    TIMEOUT,
    Gateway,
    connect,
    exchange,
    head,
    signed,
    unproven,
)
from web.conftest import Start

LIMIT = 4


@pytest.fixture(scope="module")
def impatient(start: Start) -> Bot:
    """A gateway of two processes that gives a request four seconds."""
    bot = start(WEB_CONCURRENCY="2", GUNICORN_CMD_ARGS=f"--timeout {LIMIT}")
    # The first to be ready answers for both.
    wait_until(lambda: len(bot.dynos["web"].pids()) == 3, "both processes run")
    time.sleep(1)
    return bot


def test_two_processes_share_the_connections(impatient: Bot) -> None:
    def held() -> list[int]:
        pids = impatient.dynos["web"].pids()
        return sorted(connections_of(pid, impatient.port) for pid in pids)

    with ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(connect(impatient))
        wait_until(lambda: sum(held()) >= 64, "all are accepted")
        main, fewer, _ = held()
        assert main == 0
        # Without a pause after each, one process took them all.
        assert fewer >= 2


def test_many_connections_at_once_do_not_wait_for_each_other(impatient: Bot) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(connect(impatient)) for _ in range(300)]
        for line in lines:
            line.sendall(b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n")
        assert all(line.recv(65536).startswith(b"HTTP/1.1 200 ") for line in lines)


# Whoever is slow is given up.


def test_an_endless_body_is_dropped_and_blocks_nobody(impatient: Bot, web_slack: Simulator) -> None:
    with connect(impatient) as line:
        line.sendall(head(LEFT_TO_GUNICORN, **unproven()))
        start = time.monotonic()
        line.settimeout(0.5)
        answer = b""
        while not answer and time.monotonic() < start + 3 * LIMIT:
            line.sendall(b" ")
            assert Gateway(impatient.port, web_slack).send("GET", "/_ruok").status == 200
            with suppress(TimeoutError):
                answer = line.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - start >= LIMIT - 1
    impatient.printed.wait("request refused", reason="timeout")


@pytest.mark.parametrize("events", [0, 1])
def test_half_a_body_is_given_up(impatient: Bot, web_slack: Simulator, events: int) -> None:
    """Also on a connection that has brought an event."""
    body = msgspec.json.encode(Gateway(impatient.port, web_slack).envelope())
    with connect(impatient) as line:
        for _ in range(events):
            line.sendall(head(f"Content-Length: {len(body)}", **signed(body)) + body)
            assert line.recv(65536).startswith(b"HTTP/1.1 200 ")
        line.sendall(head("Content-Length: 100", **unproven()) + b"{")
        start = time.monotonic()
        assert line.recv(65536).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - start >= LIMIT - 1
        assert line.recv(65536) == b""


def test_a_head_that_does_not_come_is_given_up(impatient: Bot) -> None:
    with ExitStack() as stack:
        lines = []
        for begun in (b"", b"POST ", head("Content-Length: 5")[:-2], b"\r\n", b"\x16\x03\x01"):
            lines.append(stack.enter_context(connect(impatient)))
            lines[-1].sendall(begun)
        start = time.monotonic()
        assert [line.recv(65536) for line in lines] == [b""] * 5
        assert time.monotonic() - start >= SILENT_SECONDS - 1


def test_a_head_that_comes_a_byte_at_a_time_has_as_long_and_no_longer(impatient: Bot) -> None:
    with connect(impatient) as line:
        line.settimeout(0.2)
        start, answer = time.monotonic(), b"?"
        while answer and time.monotonic() < start + TIMEOUT:
            with suppress(OSError):
                line.sendall(b"X")
            with suppress(TimeoutError, ConnectionResetError):
                answer = line.recv(65536)
        assert answer == b""
        assert time.monotonic() - start >= HEAD_SECONDS - 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"\r\n" * 200_000, b"400"), (b"POST / HTTP/1.1\r\n" + b"X-A: b\r\n" * 50_000, b"431")],
    ids=["empty lines", "fields"],
)
def test_a_head_without_end_is_given_up(impatient: Bot, sent: bytes, status: bytes) -> None:
    with connect(impatient) as line:
        with suppress(OSError):
            line.sendall(sent)
        assert line.recv(65536).startswith(b"HTTP/1.1 %s " % status)


def test_a_head_in_pieces_is_read_as_a_whole(impatient: Bot, web_slack: Simulator) -> None:
    gateway = Gateway(impatient.port, web_slack)
    body = msgspec.json.encode(gateway.envelope())
    whole = head(f"Content-Length: {len(body)}", **signed(body)) + body
    with connect(impatient) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(whole), 50):
            line.sendall(whole[start : start + 50])
            time.sleep(0.01)
        assert line.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_an_idle_connection_stays_longer_than_a_silent_one(impatient: Bot) -> None:
    request = b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(impatient) as line:
        line.sendall(request)
        assert line.recv(65536).startswith(b"HTTP/1.1 200 ")
        time.sleep(SILENT_SECONDS + 2)
        line.sendall(request)
        assert line.recv(65536).startswith(b"HTTP/1.1 200 ")


# Whoever is greedy keeps nobody out.


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n", id="plain"),
        pytest.param(head("Content-Length: 2", **unproven()) + b"{}", id="events"),
    ],
)
def test_connections_that_always_have_another_request_leave_others_their_turn(
    bot: Bot, gateway: Gateway, request_: bytes
) -> None:
    over = threading.Event()

    def pipeline() -> None:
        with connect(bot) as line:
            reader = threading.Thread(target=read_all, args=(line,))
            reader.start()
            with suppress(OSError):
                while not over.is_set():
                    line.sendall(request_ * 500)
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            reader.join()

    greedy = [threading.Thread(target=pipeline) for _ in range(2)]
    for thread in greedy:
        thread.start()
    try:
        for _ in range(10):
            assert gateway.post_signed(gateway.envelope()).status == 200
    finally:
        over.set()
        for thread in greedy:
            thread.join()


@pytest.fixture(scope="module")
def narrow(start: Start) -> Bot:
    """A gateway that has room for ten connections."""
    return start(GUNICORN_CMD_ARGS="--worker-connections 10")


BODY_BEGUN = head("Content-Length: 100", **unproven()) + b"{"


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="silent"),
        pytest.param(BODY_BEGUN[:60], id="half heads"),
        pytest.param(BODY_BEGUN, id="half bodies"),
        pytest.param(head(LEFT_TO_GUNICORN, **unproven()) + b"{", id="half bodies by gunicorn"),
        pytest.param(b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n", id="idle"),
    ],
)
def test_when_all_connections_are_taken_the_longest_idle_makes_room(
    narrow: Bot, web_slack: Simulator, begun: bytes
) -> None:
    gateway = Gateway(narrow.port, web_slack)
    with ExitStack() as stack:
        lines = []
        for _ in range(40):
            lines.append(stack.enter_context(connect(narrow)))
            lines[-1].sendall(begun)
            answer = gateway.post_signed(gateway.envelope())
            assert answer.status == 200
        first = b""
        while received := lines[0].recv(65536):
            first += received
        assert first.count(b"HTTP/1.1") <= 1


def test_a_client_that_reads_no_answers_makes_room(narrow: Bot, web_slack: Simulator) -> None:
    gateway = Gateway(narrow.port, web_slack)
    requests = b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
    with ExitStack() as stack:
        for _ in range(25):
            line = stack.enter_context(socket.socket())
            take_little(line)
            line.connect(("127.0.0.1", narrow.port))
            line.settimeout(0.3)
            # Until the gateway reads no more, because it cannot answer.
            with suppress(OSError):
                for _ in range(200):
                    line.sendall(requests)
            assert gateway.post_signed(gateway.envelope()).status == 200
        pids = narrow.dynos["web"].pids()

        def held() -> int:
            return sum(connections_of(pid, narrow.port) for pid in pids)

        # What made room is closed, too, though nobody has read what was sent to it.
        wait_until(lambda: held() <= 10 * (len(pids) - 1), "those that made room are closed")


def test_a_connection_with_an_event_goes_later(narrow: Bot, web_slack: Simulator) -> None:
    gateway = Gateway(narrow.port, web_slack)
    with (
        closing(http.client.HTTPConnection("127.0.0.1", narrow.port, timeout=TIMEOUT)) as known,
        ExitStack() as stack,
    ):
        for _ in range(2):
            body = msgspec.json.encode(gateway.envelope())
            assert exchange(known, "POST", EVENT_PATH, signed(body), body).status == 200
            lines = []
            for _ in range(30):
                lines.append(stack.enter_context(connect(narrow)))
                # What anybody may ask makes no connection a member's.
                lines[-1].sendall(b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n")
                assert lines[-1].recv(65536).startswith(b"HTTP/1.1 200 ")
            assert lines[0].recv(1) == b"", "it had to make room"


def test_a_connection_whose_request_was_refused_is_among_the_first_to_go(narrow: Bot) -> None:
    with ExitStack() as stack:
        refused = stack.enter_context(connect(narrow))
        refused.sendall(head("Content-Length: 2", **unproven()) + b"{}")
        assert refused.recv(65536).startswith(b"HTTP/1.1 401 ")
        for _ in range(30):
            line = stack.enter_context(connect(narrow))
            line.sendall(b"POST ")
        refused.settimeout(SILENT_SECONDS / 2)
        assert refused.recv(1) == b"", "it had to make room"


def read_all(line: socket.socket) -> None:
    with suppress(OSError):
        while line.recv(65536):
            pass


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
