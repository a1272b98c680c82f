"""The load generator: a separate process that posts signed events over raw sockets.

It costs little, so that it hardly disturbs what is measured on the same machine: events are made
and signed before the clock starts, and each connection always has one request in flight.

    with Generator(Order(port=8000, count=5000)) as generator:
        report = generator.go()

It sends as fast as requests are answered or, with `rate`, on a fixed schedule.
"""

from __future__ import annotations

import re
import select
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from math import ceil
from types import TracebackType
from typing import Self

import msgspec

from bench import traffic
from gopherbot.dev.procfile import ROOT, base_environment

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_PATIENCE = 30.0


class LoadError(Exception):
    """Raised if a load cannot be generated or measured."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to send and where. `commands_every` is as in `traffic.events`; `rate` is per second.

    At a rate, there are no more connections than requests in a second, since the gateway closes
    what is silent for five.
    """

    port: int
    count: int
    connections: int = 16
    commands_every: int = 0
    rate: float = 0.0


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """One event, timed in seconds of the monotonic clock that all processes of a machine share."""

    event_id: str
    posted: float
    acknowledged: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result. `statuses` counts the answers; `sent` is filled only for loads with a `rate`."""

    seconds: float
    statuses: dict[str, int]
    cpu_seconds: float
    sent: list[Sent] = []

    @property
    def accepted(self) -> int:
        return self.statuses.get("200", 0)

    @property
    def rate(self) -> float:
        """Return the accepted events per second."""
        return self.accepted / self.seconds


class Connection:
    """One keep-alive connection, with one request in flight at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = b""

    def post(self, request: bytes) -> None:
        """Write a whole request."""
        self.socket.sendall(request)

    def read(self) -> str:
        """Read what has arrived; return the status once the answer is complete, "" until then."""
        received = self.socket.recv(65536)
        if not received:
            raise LoadError("the server closed a connection")
        self._answer += received
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return ""
        length = _LENGTH.search(head)
        if length is None:
            raise LoadError(f"an answer without a length: {head[:200]!r}")
        if len(body) < int(length[1]):
            return ""
        self._answer = b""
        return head[9:12].decode()

    def exchange(self, request: bytes) -> str:
        """Post a request and wait for its status."""
        self.post(request)
        while not (status := self.read()):
            pass
        return status

    def close(self) -> None:
        self.socket.close()


class Generator:
    """The generator's process: ready when the block begins, started by `go`."""

    def __init__(self, order: Order) -> None:
        self.order = order

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.load", msgspec.json.encode(self.order).decode()],
            cwd=ROOT,
            env=base_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if self._line() != b"ready\n":
            raise LoadError("the load generator did not start")
        return self

    def go(self) -> Report:
        """Send everything; return once the last answer has arrived."""
        assert self.process.stdin
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()
        report = self._line()
        if not report:
            raise LoadError("the load generator failed; see above")
        return msgspec.json.decode(report, type=Report)

    def deliver(self) -> None:
        """Send everything. Raise `LoadError` if an event isn't accepted."""
        report = self.go()
        if report.accepted != self.order.count:
            raise LoadError(f"of {self.order.count} events: {report.statuses}")

    def _line(self) -> bytes:
        assert self.process.stdout
        return self.process.stdout.readline()

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()


def blast(order: Order) -> Report:
    """Send an order in this process, as fast as requests are answered."""
    requests = iter(_requests(order))
    ready, connections = _connect(order)
    _wait_for_go()
    statuses: Counter[str] = Counter()
    cpu, start = time.process_time(), time.perf_counter()
    busy = 0
    for connection, (_, request) in zip(connections.values(), requests, strict=False):
        connection.post(request)
        busy += 1
    while busy:
        for descriptor, _ in ready.poll():
            connection = connections[descriptor]
            status = connection.read()
            if not status:
                continue
            statuses[status] += 1
            following = next(requests, None)
            if following is None:
                busy -= 1
            else:
                connection.post(following[1])
    seconds = time.perf_counter() - start
    return Report(seconds=seconds, statuses=dict(statuses), cpu_seconds=time.process_time() - cpu)


def pace(order: Order) -> Report:
    """Send an order at its rate, however slow the answers are.

    An event counts as posted when it was due, so waiting for a free connection, because the
    gateway is behind, counts too.
    """
    requests = _requests(order)
    _, connections = _connect(order)
    _wait_for_go()
    statuses: Counter[str] = Counter()
    sent: list[Sent] = []
    under_way: dict[int, tuple[str, float]] = {}
    free = deque(connections)
    cpu, start = time.process_time(), time.monotonic()
    due = deque(
        (start + number / order.rate, event_id, request)
        for number, (event_id, request) in enumerate(requests)
    )
    while due or under_way:
        while due and free and due[0][0] <= time.monotonic():
            moment, event_id, request = due.popleft()
            descriptor = free.popleft()
            under_way[descriptor] = (event_id, moment)
            connections[descriptor].post(request)
        wait = max(0.0, due[0][0] - time.monotonic()) if due and free else _PATIENCE
        # Not epoll, whose timeout in milliseconds is too coarse here.
        for descriptor in select.select(list(under_way), [], [], wait)[0]:
            status = connections[descriptor].read()
            if status:
                statuses[status] += 1
                sent.append(Sent(*under_way.pop(descriptor), time.monotonic()))
                free.append(descriptor)
    return Report(
        seconds=time.monotonic() - start,
        statuses=dict(statuses),
        cpu_seconds=time.process_time() - cpu,
        sent=sent,
    )


def _requests(order: Order) -> list[tuple[str, bytes]]:
    events = traffic.events(order.count, commands_every=order.commands_every)
    return [(event.id, traffic.request(event)) for event in events]


def _connect(order: Order) -> tuple[select.epoll, dict[int, Connection]]:
    ready = select.epoll()
    connections = {}
    used_every_second = ceil(order.rate) or order.connections
    for _ in range(min(order.connections, order.count, used_every_second)):
        connection = Connection(order.port)
        connections[connection.socket.fileno()] = connection
        ready.register(connection.socket.fileno(), select.EPOLLIN)
    return ready, connections


def _wait_for_go() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


def main() -> None:
    """Carry out the order in the first argument, and print the report."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    report = pace(order) if order.rate else blast(order)
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")


if __name__ == "__main__":
    main()
