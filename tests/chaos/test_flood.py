"""Fault 7: a flood of hostile requests, and connections that never get to the point."""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Self

from slack_simulator import Simulator

from .harness import Bot, Inside, dice, resident_bytes, wait_until
from .load import Judge, Load
from .table import Table

RATE = 8.0
FLOOD_SECONDS = 3.0
FLOODERS = 4
GROWTH = 1.3
"""How much more memory after the second half of a flood than after the first is still flat."""
LORISES = 300


def _requests(port: int, secret: Callable[[bytes], dict[str, str]]) -> list[bytes]:
    """Return hostile requests, each as it goes over the wire."""

    def request(
        body: bytes = b"{}",
        start: str = "POST /slack/event HTTP/1.1",
        but: Mapping[str, str | None] = {},
        **headers: str | None,
    ) -> bytes:
        usual = {
            "Host": f"127.0.0.1:{port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-Slack-Request-Timestamp": str(int(time.time())),
            "X-Slack-Signature": "v0=" + "0" * 64,
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {**usual, **named, **but}
        lines = [start, *(f"{n}: {v}" for n, v in all_headers.items() if v is not None)]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    big = 2 * 1024 * 1024 + 1
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    signed = secret(b'{"a":' * 20_000)
    return [
        request(),
        request(b"x" * 200_000),
        request(b"x" * big),
        request(Content_Length="999999999999"),
        request(Content_Length="-5"),
        request(Content_Length="five"),
        request(Content_Length="10\r\nContent-Length: 20"),
        request(X_Slack_Signature="v0=\xff\xfe\x80"),
        request(X_Slack_Request_Timestamp="\xb2\xb3"),
        request(X_Slack_Request_Timestamp="9" * 400),
        request(X_Slack_Signature="v0=" + "f" * 7000),
        request(Content_Type="\x80;;;=\x7f"),
        request(Content_Type=None),
        request(X_Request_ID="\x01" + "é" * 300),
        request(start="GET /slack/event HTTP/1.1"),
        request(start="DELETE /slack/event HTTP/1.1"),
        request(start="POST /" + "a" * 3000 + " HTTP/1.1"),
        request(start="POST /slack/event HTTP/9.9"),
        request(start="\x00\x01\x02 nonsense"),
        request(but={f"X-Junk-{n}": "y" * 50 for n in range(90)}),
        request(but={f"X-Junk-{n}": "y" * 2000 for n in range(200)}),
        request(chunk * 40 + b"0\r\n\r\n", Content_Length=None, Transfer_Encoding="chunked"),
        request(b"zz\r\n", Content_Length=None, Transfer_Encoding="chunked"),
        request(b"5;" + b"e" * 70_000, Content_Length=None, Transfer_Encoding="chunked"),
        request(chunk, Transfer_Encoding="chunked"),
        request(Transfer_Encoding="gzip, chunked"),
        request(b'{"a":' * 20_000, but=signed),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"\r\n" * 1000,
        b"",
    ]


class Flood:
    """Sends hostile requests as fast as it can from some threads, inside its block."""

    def __init__(self, port: int, requests: list[bytes], chance: random.Random) -> None:
        self.port = port
        self.requests = requests
        self.chance = chance
        self.sent = itertools.count()
        self.answers: Counter[bytes] = Counter()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(FLOODERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(10)

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    def _run(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                self.answers[self._send(self.chance.choice(self.requests))] += 1

    def _send(self, request: bytes) -> bytes:
        """Send one and give the status that comes back; b"" if the connection is just closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            with suppress(OSError):
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
            try:
                return connection.recv(64).split(b" ")[1][:3]
            except (OSError, IndexError):
                return b""


def test_a_flood_of_hostile_requests(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    pids = bot.pids()
    load = Load(slack, int(FLOOD_SECONDS * RATE), RATE)
    requests = _requests(bot.port, slack.sign)
    with Flood(bot.port, requests, dice("flood")) as flood:
        load.start()
        time.sleep(FLOOD_SECONDS / 2)
        half = resident_bytes(bot.dynos["web"].pids())
        time.sleep(FLOOD_SECONDS / 2)
        whole = resident_bytes(bot.dynos["web"].pids())
        load.finish()
    inside.wait_until_over(slack)
    megabytes = f"{half / 1e6:.0f} MB at half-time, {whole / 1e6:.0f} MB at the end"
    table.check(
        "A flood of hostile requests", judge.verdict(load.said), f"{flood.total}; {megabytes}"
    )
    assert whole < half * GROWTH, "the gateway's memory grows"
    assert bot.pids() == pids, "a process ended"
    assert not flood.answers[b"500"], flood.answers
    assert not flood.answers[b"200"], "a hostile request was taken"
    # Slack disables an app that answers too few with 200: ours were accepted at the first attempt.
    attempts = [slack.deliveries.of(event) for event in load.said]
    first = sum(each[0].status == 200 for each in attempts)
    assert first >= 0.9 * len(load.said), f"only {first} of {len(load.said)} at once"


class Loris:
    """A connection that sends a byte now and then, and never comes to an end."""

    HEAD = (
        b"POST /slack/event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"X-Slack-Request-Timestamp: 1\r\nX-Slack-Signature: v0=1\r\n"
    )

    def __init__(self, port: int, *, in_body: bool) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        whole = self.HEAD + b"Content-Length: 100000\r\n\r\n" if in_body else self.HEAD
        self.connection.sendall(whole)
        self.more = b"x" if in_body else b"X-A: b\r\n"

    def dribble(self) -> bool:
        """Send a little more; give whether the connection still stands."""
        try:
            self.connection.sendall(self.more)
        except OSError:
            return False
        return True


def test_slow_loris_connections(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    with ExitStack() as stack:
        lorises = [Loris(bot.port, in_body=bool(n % 2)) for n in range(LORISES)]
        for loris in lorises:
            stack.callback(loris.connection.close)
        load = Load(slack, 32, RATE)
        load.start()
        while load.is_alive():
            standing = sum(loris.dribble() for loris in lorises)
            time.sleep(0.5)
        load.finish()
        inside.wait_until_over(slack)
        verdict = judge.verdict(load.said)
    table.check(f"{LORISES} slow-loris connections", verdict, f"{standing} still stand")
    attempts = [slack.deliveries.of(event) for event in load.said]
    assert all(each[0].status == 200 for each in attempts), "one had to be delivered again"
    wait_until(
        lambda: slack.deliveries.post(b"{}", {}).status in {401, 415}, 10, "the gateway answers"
    )
