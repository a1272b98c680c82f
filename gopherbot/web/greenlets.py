"""gunicorn's gevent worker with a shorter way for plain requests, and a stop that does not wait.

A connection costs a greenlet, so slow ones keep nobody out. Plain requests, all that Slack sends,
go through `fast_path`; anything else through gunicorn's own reading and writing.
"""

from __future__ import annotations

import contextlib
import socket
from types import FrameType
from typing import Any, cast

import gevent
from greenlet import greenlet
from gunicorn.http import errors
from gunicorn.workers.ggevent import GeventWorker

from gopherbot import logs
from gopherbot.web import fast_path

BODY_SECONDS = 30.0
"""How long a body may take to come."""
_CHUNK = 65536
_ROUND_SECONDS = 0.5
_REFUSALS = {
    errors.LimitRequestLine: "414 URI Too Long",
    errors.LimitRequestHeaders: "431 Request Header Fields Too Large",
    errors.ExpectationFailed: "417 Expectation Failed",
}

log = logs.get_logger(__name__)


class Worker(GeventWorker):
    """Serves connections, one greenlet each."""

    def init_process(self) -> None:
        self.idle: dict[greenlet, gevent.Timeout] = {}
        super().init_process()

    def timeout_ctx(self) -> _WhileIdle:  # type: ignore[override] # it gives one, whatever its stub says
        """Wait for a request no longer than the keep-alive; gunicorn calls it for each."""
        return _WhileIdle(self.idle, self.cfg.keepalive)

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve a connection until it ends or turns out to be gunicorn's."""
        client.setblocking(1)
        fixed = fast_path.fixed_environ(listener.getsockname()[:2])
        fixed["REMOTE_ADDR"] = addr[0]
        left = None
        try:
            left = self._serve(client, fixed)
        except OSError as error:
            self.log.debug("connection lost: %s", error)
        finally:
            if left is None:
                with contextlib.suppress(OSError):
                    client.close()
        if left is not None:
            super().handle(listener, cast("socket.socket", _Unread(client, left)), addr)

    def _serve(self, client: Any, fixed: dict[str, Any]) -> bytes | None:
        """Serve plain requests; give the bytes read of one that is not, None at the end."""
        rest = b""
        while True:
            data = rest
            if not data:
                with self.timeout_ctx():
                    data = client.recv(_CHUNK)
                if not data:
                    return None
            request = fast_path.read_head(data)
            if request is None:
                return data
            end = request.consumed + request.length
            if len(data) < end:
                data += _read_exactly(client, end - len(data))
                if len(data) < end:
                    return None
            rest = data[end:]
            env = fast_path.environ(request, data[request.consumed : end], fixed)
            client.sendall(fast_path.run(self.wsgi, env, keep_alive=self.alive))
            if not self.alive:
                return None

    def handle_error(self, req: object, client: Any, addr: object, exc: BaseException) -> None:
        """Refuse what is not HTTP. gunicorn's own answer is a page that repeats some of it."""
        if isinstance(exc, errors.ParseException):
            status = _REFUSALS.get(type(exc), "400 Bad Request")
            log.warning("not a request", error=type(exc).__name__)
        else:
            status = "500 Internal Server Error"
            log.error("request failed", exc_info=exc)
        answer = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(status) + 1}\r\n\r\n{status}\n"
        )
        with contextlib.suppress(OSError):
            client.sendall(answer.encode())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop gracefully."""
        super().handle_exit(sig, frame)
        gevent.spawn(self._close_idle)

    def _close_idle(self) -> None:
        # Heroku's router keeps connections open for 90 s; stock gunicorn waits for each of them
        # until its graceful time-out. Ending the wait as its keep-alive does closes them in order.
        while True:
            gevent.sleep(_ROUND_SECONDS)
            for waiting, timeout in list(self.idle.items()):
                gevent.kill(waiting, timeout)


def _read_exactly(client: Any, count: int) -> bytes:
    """Read so many bytes more, or fewer if they do not come in time."""
    chunks = []
    with gevent.Timeout(BODY_SECONDS, False):  # type: ignore[arg-type] # False: in silence
        while count:
            chunk = client.recv(min(count, _CHUNK))
            if not chunk:
                break
            chunks.append(chunk)
            count -= len(chunk)
    return b"".join(chunks)


class _WhileIdle:
    """A time-out that ends the block in silence, and is known while it runs."""

    def __init__(self, idle: dict[greenlet, gevent.Timeout], seconds: float) -> None:
        self.idle = idle
        self.timeout = gevent.Timeout(seconds, False)  # type: ignore[arg-type] # False: in silence

    def __enter__(self) -> None:
        self.idle[gevent.getcurrent()] = self.timeout
        self.timeout.start()

    def __exit__(self, kind: type | None, value: BaseException | None, trace: object) -> bool:
        self.idle.pop(gevent.getcurrent(), None)
        self.timeout.close()
        return value is self.timeout


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
