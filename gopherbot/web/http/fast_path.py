"""A fast path from a request's bytes to the app and back, for plain requests.

A plain request is HTTP/1.1 with a `Content-Length` or no body. Everything else (chunked bodies,
`Expect`, upgrades, malformed heads) is left to gunicorn, which gets the original bytes.
`tests/web/http/test_fast_path.py` compares the results with those of gunicorn's own parser.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any, NamedTuple

import httptools

from gopherbot.web.http.request_body import MAX_BODY, Input

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[bytes, bytes]]

_MAX_HEAD = 8190
_MAX_LINE = 4094
_MAX_HEADERS = 100
"""Requests beyond these limits are left to gunicorn, which has the same limits and refuses them."""
_NOT_PLAIN = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer", b"http2-settings"}
)
"""Requests with any of these headers are left to gunicorn."""
_TELLING = _NOT_PLAIN | {b"content-length", b"connection", b"host"}
_CONNECTION = frozenset({b"keep-alive", b"close"})


class Request(NamedTuple):
    """A request's head, its body's length, and whether it is the last one on its connection."""

    method: str
    target: str
    headers: Headers
    length: int
    is_last: bool


class HttpResponse:
    """The app's answer."""

    __slots__ = ("body", "headers", "status")

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        """Set the status and the headers: WSGI's `start_response`."""
        self.status, self.headers = status, headers

    def encode(self, *, keep_alive: bool) -> bytes:
        """Return the answer's bytes."""
        length, second = len(self.body), int(time.time())
        return _head(self.status, tuple(self.headers), length, second, keep_alive) + self.body


class _Head:
    """The callbacks that httptools calls while it parses a head."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.headers: Headers = []
        self.target = b""

    def on_url(self, target: bytes) -> None:
        self.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value.rstrip(b" \t")))


def read_head(data: bytes) -> Request | None:
    """Return a parsed head, or None for one left to gunicorn. `data` ends with the empty line."""
    if len(data) > _MAX_HEAD:
        return None
    head = _Head()
    parser = httptools.HttpRequestParser(head)
    try:
        parser.feed_data(data)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):  # gunicorn answers it
        return None
    method, target = parser.get_method().decode("latin-1"), head.target.decode("latin-1")
    # httptools tolerates empty lines before a request, and extra spaces in its first line.
    line = f"{method} {target} HTTP/1.1\r\n".encode("latin-1")
    if len(line) > _MAX_LINE or not data.startswith(line) or not _is_plain(target):
        return None
    return _plain_request(method, target, head.headers)


def _is_plain(target: str) -> bool:
    return target.startswith("/") and "%" not in target and "#" not in target


def _plain_request(method: str, target: str, headers: Headers) -> Request | None:
    """Return the request if its headers are plain, else None."""
    length: int | None = None
    connection = b"keep-alive"
    hosts = connections = 0
    for name, value in headers:
        lower = name.lower()
        if lower not in _TELLING:
            continue
        if lower in _NOT_PLAIN:
            return None
        if lower == b"content-length":
            if length is not None or not value.isdigit() or len(value) > 9 or int(value) > MAX_BODY:
                return None
            length = int(value)
        elif lower == b"connection":
            connection = value.lower()
            connections += 1
        hosts += lower == b"host"
    if hosts != 1 or connections > 1 or connection not in _CONNECTION:
        return None
    if len(headers) > _MAX_HEADERS:
        return None
    return Request(method, target, headers, length or 0, is_last=connection == b"close")


def environ(request: Request, body: Input, fixed: dict[str, Any]) -> dict[str, Any]:
    """Return the WSGI environment (PEP 3333). `fixed` is the part shared by a connection."""
    path, _, query = request.target.partition("?")
    made = {
        **fixed,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": request.target,
        "wsgi.input": body,
    }
    for name, value in request.headers:
        key = _key(name)
        # Drop names with an underscore, which could pose as names with a hyphen.
        if key:
            text = value.decode("latin-1")
            made[key] = f"{made[key]},{text}" if key in made else text
    return made


def fixed_environ(server: tuple[str, int], client: str, connection: object) -> dict[str, Any]:
    """Return the part of the environment that is the same for all requests of a connection.

    `server` is our address and port, `client` the client's address, `connection` the socket.
    """
    return {
        "REMOTE_ADDR": client,
        # gunicorn's name for it.
        "gunicorn.socket": connection,
        "SCRIPT_NAME": "",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "gopherbot",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }


def run(app: Wsgi, env: dict[str, Any]) -> HttpResponse:
    """Run the app and return its whole answer."""
    answer = HttpResponse()
    answer.body = b"".join(app(env, answer.start))
    return answer


@lru_cache(maxsize=512)
def _key(name: bytes) -> str:
    """Return a header's key in the environment; "" to drop the header."""
    if b"_" in name:
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


@lru_cache(maxsize=4)  # Nearly all answers of a second are the same.
def _head(
    status: str, headers: tuple[tuple[str, str], ...], length: int, second: int, keep_alive: bool
) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(second, usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if not any(name.lower() == "content-length" for name, _ in headers):
        lines.append(f"Content-Length: {length}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1")
