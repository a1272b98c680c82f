"""gunicorn's gevent worker with a fast path for plain requests and a prompt shutdown.

Each connection has a greenlet. Plain requests, which include all of Slack's, take the `fast_path`.
Any other request is read and answered by gunicorn's own code, which then closes the connection.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, cast

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn import http
from gunicorn.http import errors
from gunicorn.workers.ggevent import GeventWorker

from gopherbot import logs
from gopherbot.metrics.counters import Reason
from gopherbot.web.http import fast_path
from gopherbot.web.http.connections import (
    HEAD_SECONDS,
    SEND_SECONDS,
    SILENT_SECONDS,
    Connection,
    Connections,
)
from gopherbot.web.http.fast_path import Request
from gopherbot.web.http.request_body import ArrivingBody, Input

_CHUNK = 16384
_LONGEST_HEAD = 16384
_HEAD_END = b"\r\n\r\n"
_ROUND_SECONDS = 1.0
_LAST_ROUND_SECONDS = 0.1
_TURN = 16
"""The number of requests without a wait after which a connection yields to the others."""
_REFUSALS = {
    errors.LimitRequestLine: "414 URI Too Long",
    errors.LimitRequestHeaders: "431 Request Header Fields Too Large",
    errors.ExpectationFailed: "417 Expectation Failed",
}

_PAUSE_SECONDS = 0.001
_MOST_AT_ONCE = 64

log = logs.get_logger(__name__)


class Worker(GeventWorker):
    """Serves each connection in its own greenlet."""

    stopping: Event | None = None
    """Set when the worker has to stop. None until it runs."""

    def run(self) -> None:
        """Serve until a signal to stop, then until requests in flight are answered."""
        self.connections = Connections(self.worker_connections)
        # Read now: a connection may outlive its listener, which then has no address.
        self.addresses = {each: each.getsockname() for each in self.sockets}
        self.stopping = Event()
        pool = Pool()
        listeners = [
            Listener(each, partial(self.handle, each), spawn=pool) for each in self.sockets
        ]
        for listener in listeners:
            listener.start()
        while self.alive:
            self.notify()
            self.connections.cut_overdue()
            _release_memory()
            self.stopping.wait(_ROUND_SECONDS)
        for listener in listeners:
            listener.close()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        # Don't wait for idle connections: Heroku's router keeps them open for 90 s.
        while not pool.join(_LAST_ROUND_SECONDS) and time.monotonic() < deadline:
            self.connections.cut_idle()
            self.connections.cut_overdue()
        pool.kill(timeout=1)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self.stopping:
            self.stopping.set()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve a connection until it ends."""
        client.setblocking(1)
        connection: Connection | None = None
        try:
            connection = self.connections.add(client)
            self._serve(connection, self.addresses[listener], addr)
        except OSError as error:
            self.log.debug("connection lost: %s", error)
        finally:
            if connection:
                self.connections.remove(connection)
            with contextlib.suppress(OSError):
                client.close()

    def _serve(self, connection: Connection, server: Any, addr: Any) -> None:
        """Serve requests until the connection ends."""
        fixed = fast_path.fixed_environ(server[:2], addr[0], connection.client)
        self.connections.wait(connection, SILENT_SECONDS, idle=True)
        served = 0
        while end := self._receive_head(connection):
            head = connection.unread[:end]
            request = fast_path.read_head(head)
            if request is None:
                self._serve_by_gunicorn(connection, server, addr)
                return
            connection.unread = connection.unread[end:]
            if not self._serve_plain(connection, request, fixed):
                return
            served += 1
            # A greenlet that never waits would starve all others.
            if connection.unread or not served % _TURN:
                gevent.sleep(0)

    def _receive_head(self, connection: Connection) -> int:
        """Receive a request's head. Return its length, or 0 if none arrives or it is refused."""
        received = connection.unread = connection.unread or connection.client.recv(_CHUNK)
        while received:
            end: int = connection.unread.find(_HEAD_END, 0, _LONGEST_HEAD)
            if end >= 0:
                return end + len(_HEAD_END)
            if connection.idle:
                self.connections.wait(connection, HEAD_SECONDS)
            if len(connection.unread) > _LONGEST_HEAD:
                self._refuse(connection, errors.LimitRequestHeaders("the head is too long"))
                self.connections.drain(connection)
                break
            received = connection.client.recv(_CHUNK)
            connection.unread += received
        return 0

    def _serve_plain(self, connection: Connection, request: Request, fixed: dict[str, Any]) -> bool:
        """Answer a plain request whose head was read. Return whether another may follow."""
        arriving: ArrivingBody | None = None
        if len(connection.unread) >= request.length:
            self.connections.answer(connection)
            body: Input = io.BytesIO(connection.unread[: request.length])
            connection.unread = connection.unread[request.length :]
        else:
            body = arriving = ArrivingBody(
                self.connections, connection, request.length, self.cfg.timeout
            )
        answer = fast_path.run(self.wsgi, fast_path.environ(request, body, fixed))
        # Decide before sending, and keep to it even if a stop arrives during the send: after a
        # promised keep-alive, the next request may already be on its way.
        stays = self.alive and not request.is_last
        stays = stays and (arriving is None or arriving.can_be_skipped)
        self._send(connection, answer.encode(keep_alive=stays))
        connection.proven |= request.method == "POST" and answer.status.startswith("200")
        if arriving and arriving.missing and not (stays and arriving.skip()):
            self.connections.drain(connection)
            return False
        self.connections.wait(connection, self.cfg.keepalive, idle=True)
        return stays

    def _serve_by_gunicorn(self, connection: Connection, server: Any, addr: Any) -> None:
        """Let gunicorn read and answer one request, including its head, then drain."""
        client: Any = _Unread(connection)
        request = None
        # Longer than the timeout below, which sends an answer.
        limit = self.cfg.timeout + 2 * _ROUND_SECONDS
        self.connections.wait(connection, limit, sending=True)
        try:
            with gevent.Timeout(self.cfg.timeout):
                request = next(http.get_parser(self.cfg, client, addr))
                request.force_close()
                self.handle_request(server, request, client, addr)
        except (StopIteration, errors.NoMoreData):
            pass
        except OSError:
            raise
        except (Exception, gevent.Timeout) as error:
            self._refuse(connection, error)
        finally:
            _break_cycles(request)
        self.connections.drain(connection)

    def _refuse(self, connection: Connection, error: BaseException) -> None:
        """Refuse a malformed request. gunicorn's own error page would repeat parts of it."""
        if isinstance(error, gevent.Timeout):
            status = "408 Request Timeout"
            self._note(Reason.TIMEOUT)
        elif isinstance(error, errors.ParseException):
            status = _REFUSALS.get(type(error), "400 Bad Request")
            self._note(Reason.UNREADABLE, error=type(error).__name__)
        else:
            status = "500 Internal Server Error"
            log.error("request failed", exc_info=error)
        answer = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(status) + 1}\r\n\r\n{status}\n"
        )
        self._send(connection, answer.encode())

    def _note(self, reason: Reason, **facts: object) -> None:
        cast("Any", self.wsgi).refusals.note(reason, **facts)

    def _send(self, connection: Connection, answer: bytes) -> None:
        self.connections.wait(connection, SEND_SECONDS, sending=True)
        # gevent's `sendall` would first make a system call for the size of the send buffer.
        sent = connection.client.send(answer)
        if sent < len(answer):
            connection.client.sendall(answer[sent:])


def _break_cycles(request: Any) -> None:
    """Break the reference cycles of a gunicorn request, to free its buffers at once.

    Its body refers back to it, and so does an unfinished generator inside the body.
    """
    reader: Any = getattr(getattr(request, "body", None), "reader", None)
    if reader is not None and hasattr(reader, "parser"):
        reader.parser = None
    if request:
        request.body = None


def _release_function() -> Callable[[], object]:
    """Return a function that gives freed memory back to the system. glibc keeps it until asked."""
    libc = ctypes.CDLL(None)
    return partial(libc.malloc_trim, 0) if hasattr(libc, "malloc_trim") else lambda: None


_release_memory = _release_function()


class _Unread:
    """A connection as gunicorn reads it: unread bytes come first.

    All reads are small: gunicorn would read ahead up to 1 MiB of a body, which no budget counts.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recv(self, size: int, *flags: int) -> bytes:
        connection = self._connection
        size = min(size, _CHUNK)
        if not connection.unread:
            return bytes(connection.client.recv(size, *flags))
        data, connection.unread = connection.unread[:size], connection.unread[size:]
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection.client, name)


class Listener(StreamServer):
    """Accepts one connection, then pauses briefly to leave the next one to the other processes.

    Without pauses, a process that is already awake would accept them all. If connections are still
    waiting after a pause, the other processes are busy, and this one accepts twice as many as
    before.
    """

    max_accept = 1
    _taken = 0

    def do_read(self) -> Any:
        """Accept a connection, if there is one."""
        accepted: Any = super().do_read()
        if accepted:
            self._taken += 1
            if self._taken >= self.max_accept:
                self._pause(min(2 * self.max_accept, _MOST_AT_ONCE))
        elif self._taken:
            self._pause(1)
        return accepted

    def _pause(self, then: int) -> None:
        self._taken = 0
        self.max_accept = then
        self.stop_accepting()
        gevent.spawn_later(_PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self.started:
            self.start_accepting()
