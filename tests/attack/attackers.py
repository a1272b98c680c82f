"""Whoever attacks the gateway of the tests, in a process of its own: on this machine only.

    python tests/attack/attackers.py KIND PORT SECONDS

Each kind is bounded in what it sends and for how long. It prints a line when it is at work, and
ends by itself.
"""

from __future__ import annotations

import random
import selectors
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

MANY = 2500
"""Connections that are held open."""
BODIES = 1000
"""Connections that send large bodies at the same time."""
TRAILERS = 150
"""Connections whose chunked bodies have trailers that do not end."""
FILLING = 1000
"""Connections that fill the budget of two processes with small pieces of bodies."""
_RATE = 1000
_ADDRESS = "127.0.0.1"
_MEBIBYTE = 1024 * 1024
_MAX_WAIT_SECONDS = 5.0


def head(length: int | None, **headers: str) -> bytes:
    """Return a head that looks like Slack's and proves nothing; without a length it's chunked."""
    lines = {
        "Host": "x",
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": str(int(time.time())),
        "X-Slack-Signature": "v0=" + "0" * 64,
        **headers,
    }
    lines |= {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /slack/event HTTP/1.1\r\n{text}\r\n".encode()


def take_little(client: socket.socket) -> None:
    """Have a connection to be opened hold so little that whoever answers soon has to wait."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    # Loopback's segments are large, and what a sender's kernel takes grows with them.
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)


class Client:
    """A connection that never waits. One that is `deaf` never reads, either."""

    def __init__(self, port: int, to_send: bytes, *, deaf: bool) -> None:
        self.deaf = deaf
        self.socket = socket.socket()
        if deaf:
            take_little(self.socket)
        self.socket.setblocking(False)
        with suppress(BlockingIOError):
            self.socket.connect((_ADDRESS, port))
        self.to_send = memoryview(to_send)

    def go_on(self, readable: bool) -> bool:
        """Send what can be sent and forget what comes; return whether it's still open."""
        try:
            if readable and not self.deaf and not self.socket.recv(65536):
                return False
            if self.to_send:
                self.to_send = self.to_send[self.socket.send(self.to_send) :]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True


def hold(
    port: int, seconds: float, count: int, to_send: Callable[[], bytes], *, deaf: bool = False
) -> None:
    """Hold so many connections open, each of which sends this; open others for those closed.

    No more than `_RATE` are opened a second: a flood of new connections is another attack.
    """
    until = time.monotonic() + seconds
    selector = selectors.DefaultSelector()
    start, made, opened = time.monotonic(), 0, 0

    def open_one() -> None:
        client = Client(port, to_send(), deaf=deaf)
        events = selectors.EVENT_WRITE | (0 if deaf else selectors.EVENT_READ)
        selector.register(client.socket, events, client)

    say_so()
    while time.monotonic() < until:
        while opened < count and made < (time.monotonic() - start) * _RATE:
            open_one()
            opened, made = opened + 1, made + 1
        for key, events in selector.select(0.01):
            client: Client = key.data
            if not client.go_on(bool(events & selectors.EVENT_READ)):
                selector.unregister(client.socket)
                client.socket.close()
                opened -= 1
            elif not client.to_send and not deaf and events & selectors.EVENT_WRITE:
                selector.modify(client.socket, selectors.EVENT_READ, client)


def pipeline(port: int, seconds: float, count: int, request: bytes) -> None:
    """Send request after request over each of some connections, without waiting for answers."""
    hold(port, seconds, count, lambda: request * (32 * _MEBIBYTE // len(request)))


def open_and_close(port: int, seconds: float, rate: int) -> None:
    """Open so many new connections a second, with a request each."""
    start = time.monotonic()
    said = say_so()
    open_ones: list[tuple[float, socket.socket]] = []
    made = 0
    while said and (passed := time.monotonic() - start) < seconds:
        while made < passed * rate:
            client = socket.socket()
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.connect((_ADDRESS, port))
            with suppress(OSError):
                client.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            open_ones.append((passed, client))
            made += 1
        while open_ones and passed - open_ones[0][0] > 0.2:
            open_ones.pop(0)[1].close()
        time.sleep(0.002)


def say_so() -> bool:
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    return True


def kinds(port: int, seconds: float) -> dict[str, Callable[[], None]]:
    body = b"x" * (2 * _MEBIBYTE)
    piece = b"%x\r\n%s\r\n" % (65536, b"x" * 65536)
    chunked = piece * (2 * _MEBIBYTE // 65536)
    tiny = b"1\r\nx\r\n" * (_MEBIBYTE // 6)
    trailers = b"0\r\n" + (b"x: " + b"a" * 8000 + b"\r\n") * 101
    half_head = head(10)[:-30]
    return {
        "pipelined": lambda: pipeline(port, seconds, 2, b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n"),
        "pipelined events": lambda: pipeline(port, seconds, 2, head(2) + b"{}"),
        "pipelined chunks": lambda: pipeline(
            port, seconds, 2, head(None) + b"2\r\n{}\r\n0\r\n\r\n"
        ),
        "silent": lambda: hold(port, seconds, MANY, lambda: b""),
        "half heads": lambda: hold(port, seconds, MANY, lambda: half_head),
        "half bodies": lambda: hold(port, seconds, MANY, lambda: head(1000) + b"{"),
        "idle": lambda: hold(
            port, seconds, MANY, lambda: b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n"
        ),
        "deaf": lambda: hold(
            port,
            seconds,
            MANY,
            lambda: b"GET /_ruok HTTP/1.1\r\nHost: x\r\n\r\n" * 10_000,
            deaf=True,
        ),
        "unsigned bodies": lambda: hold(
            port, seconds, BODIES, lambda: head(len(body), **{"X-Slack-Signature": "?"}) + body
        ),
        "large bodies": lambda: hold(port, seconds, BODIES, lambda: head(len(body)) + body),
        "slow large bodies": lambda: hold(
            port, seconds, BODIES, lambda: head(len(body)) + body[: -random.randrange(1, _MEBIBYTE)]
        ),
        "chunked bodies": lambda: hold(port, seconds, BODIES, lambda: head(None) + chunked),
        "tiny chunks": lambda: hold(port, seconds, 50, lambda: head(None) + tiny),
        "endless trailers": lambda: hold(port, seconds, TRAILERS, lambda: head(None) + trailers),
        "budget filled": lambda: hold(port, seconds, FILLING, lambda: head(20_000) + body[:9720]),
        "new connections": lambda: open_and_close(port, seconds, MANY),
    }


if __name__ == "__main__":
    kinds(int(sys.argv[2]), float(sys.argv[3]))[sys.argv[1]]()
