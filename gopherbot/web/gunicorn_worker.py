"""gunicorn's gevent worker with a shorter way for plain requests, and a stop that does not wait.

A connection costs a greenlet, so slow ones keep nobody out. Plain requests, all that Slack sends,
go through `fast_path`; anything else through gunicorn's own reading and writing.
"""

from __future__ import annotations

import contextlib
import socket
import time
from functools import partial
from types import FrameType
from typing import Any, cast

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gevent.server import StreamServer
from greenlet import greenlet
from gunicorn.http import errors
from gunicorn.workers.ggevent import GeventWorker

from gopherbot import logs
from gopherbot.metrics.refusals import Reason
from gopherbot.web import http_fast_path

_CHUNK = 65536
_ROUND_SECONDS = 1.0
_LAST_ROUND_SECONDS = 0.1
_PAUSE_SECONDS = 0.001
_REFUSALS = {
    errors.LimitRequestLine: "414 URI Too Long",
    errors.LimitRequestHeaders: "431 Request Header Fields Too Large",
    errors.ExpectationFailed: "417 Expectation Failed",
}

log = logs.get_logger(__name__)


class Connection:
    """A connection; `with connection:` surrounds each wait for a request."""

    __slots__ = ("client", "idle_since")

    def __init__(self, client: Any) -> None:
        self.client = client
        self.idle_since: float | None = None

    def __enter__(self) -> None:
        self.idle_since = time.monotonic()

    def __exit__(self, *exc: object) -> None:
        self.idle_since = None


class Server(StreamServer):
    """Takes connections and pauses after each, so that the workers share them evenly.

    They listen on one socket, and whoever is awake would win them all.
    """

    max_accept = 1

    def do_read(self) -> Any:
        """Accept one connection, if there is one."""
        accepted = super().do_read()
        if accepted:
            self.stop_accepting()
            gevent.spawn_later(_PAUSE_SECONDS, self._go_on)
        return accepted

    def _go_on(self) -> None:
        if self.started:
            self.start_accepting()


class Worker(GeventWorker):
    """Serves connections, one greenlet each."""

    told: Event | None = None
    """Set when it is told to stop; not there before it runs."""

    def run(self) -> None:
        """Serve until told to stop, then until what is under way is answered."""
        self.connections: dict[greenlet, Connection] = {}
        # Asked for now: of a listener that is closed by then, a last connection may be left.
        self.addresses = {each: each.getsockname() for each in self.sockets}
        self.told = Event()
        pool = Pool(self.worker_connections)
        servers = [Server(each, partial(self.handle, each), spawn=pool) for each in self.sockets]
        for server in servers:
            server.start()
        while self.alive:
            self.notify()
            self._close_idle(self.cfg.keepalive)
            self.told.wait(_ROUND_SECONDS)
        for server in servers:
            server.close()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        # Heroku's router keeps idle connections open for 90 s: they are not waited for.
        while not pool.join(_LAST_ROUND_SECONDS) and time.monotonic() < deadline:
            self._close_idle(0)
        pool.kill(timeout=1)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop gracefully."""
        super().handle_exit(sig, frame)
        if self.told:
            self.told.set()

    def timeout_ctx(self) -> Connection:  # type: ignore[override] # a context, its stub says other
        """Wait for a request no longer than the keep-alive; gunicorn calls it for each."""
        return self.connections[gevent.getcurrent()]

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve a connection until it ends."""
        client.setblocking(1)
        connection = self.connections[gevent.getcurrent()] = Connection(client)
        fixed = http_fast_path.fixed_environ(self.addresses[listener][:2])
        fixed["REMOTE_ADDR"] = addr[0]
        try:
            left = self._serve(connection, fixed)
            if left is not None:
                super().handle(listener, cast("socket.socket", _Unread(client, left)), addr)
        except OSError as error:
            self.log.debug("connection lost: %s", error)
        finally:
            del self.connections[gevent.getcurrent()]
            with contextlib.suppress(OSError):
                client.close()

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> bool:
        """Run a request that is gunicorn's."""
        with gevent.Timeout(self.cfg.timeout):
            return super().handle_request(listener_name, req, sock, addr)

    def _serve(self, connection: Connection, fixed: dict[str, Any]) -> bytes | None:
        """Serve plain requests; give the bytes read of one that is gunicorn's, None at the end."""
        client = connection.client
        rest = b""
        while True:
            data = rest
            if not data:
                with connection:
                    data = client.recv(_CHUNK)
                if not data:
                    return None
            request = http_fast_path.read_head(data)
            if request is None:
                return data
            end = request.consumed + request.length
            if len(data) < end:
                data += _read_exactly(client, end - len(data), self.cfg.timeout)
                if len(data) < end:
                    return None
            rest = data[end:]
            env = http_fast_path.environ(request, data[request.consumed : end], fixed)
            # What is promised is kept, though the stop may come while it is said: the next request
            # may be on its way.
            stays = self.alive
            _send(client, http_fast_path.run(self.wsgi, env, keep_alive=stays))
            if not stays:
                return None

    def handle_error(self, req: object, client: Any, addr: object, exc: BaseException) -> None:
        """Refuse what is not HTTP. gunicorn's own answer is a page that repeats some of it."""
        if isinstance(exc, gevent.Timeout):
            status = "408 Request Timeout"
            self._refuse(Reason.TIMEOUT)
        elif isinstance(exc, errors.ParseException):
            status = _REFUSALS.get(type(exc), "400 Bad Request")
            self._refuse(Reason.UNREADABLE, error=type(exc).__name__)
        else:
            status = "500 Internal Server Error"
            log.error("request failed", exc_info=exc)
        answer = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(status) + 1}\r\n\r\n{status}\n"
        )
        with contextlib.suppress(OSError):
            client.sendall(answer.encode())

    def _refuse(self, reason: Reason, **facts: object) -> None:
        cast("Any", self.wsgi).refusals.note(reason, **facts)

    def _close_idle(self, seconds: float) -> None:
        """End the connections that have waited for a request so long.

        One look at all: a timer for each request would cost more than reading it.
        """
        for connection in list(self.connections.values()):
            since = connection.idle_since
            if since is not None and time.monotonic() - since >= seconds:
                # Whoever waits reads the end; a request that came just now is read before it.
                with contextlib.suppress(OSError):
                    connection.client.shutdown(socket.SHUT_RD)


def _send(client: Any, answer: bytes) -> None:
    # gevent's `sendall` first asks the kernel how much it takes at once.
    sent = client.send(answer)
    if sent < len(answer):
        client.sendall(answer[sent:])


def _read_exactly(client: Any, count: int, seconds: float) -> bytes:
    """Read so many bytes more, or fewer if they do not come in time."""
    chunks = []
    with gevent.Timeout(seconds, False):  # type: ignore[arg-type] # False: in silence
        while count:
            chunk = client.recv(min(count, _CHUNK))
            if not chunk:
                break
            chunks.append(chunk)
            count -= len(chunk)
    return b"".join(chunks)


class _Unread:
    """A socket that first gives bytes which were read from it before."""

    def __init__(self, client: Any, data: bytes) -> None:
        self._client = client
        self._data = data

    def recv(self, size: int, *flags: int) -> bytes:
        if self._data:
            data, self._data = self._data[:size], self._data[size:]
            return data
        received: bytes = self._client.recv(size, *flags)
        return received

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
