"""The shortest way from a socket to the app and back, for requests that are nothing special.

A request whose head came whole, with a plain `Content-Length` or no body, is read, run and
answered here. Whatever else HTTP has (chunked bodies, `Expect`, upgrades, malformed heads) is
left to gunicorn, which gets the bytes read so far as if nobody had touched them.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any

import httptools

from gopherbot.web.events import MAX_BODY

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[bytes, bytes]]

# A longer head is gunicorn's, which has limits for its lines and their number.
_MAX_HEAD = 8190
# With any of these the request is gunicorn's.
_SPECIAL = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer", b"http2-settings"}
)


class Request:
    """A request's head, and how long its body is."""

    __slots__ = ("consumed", "headers", "length", "method", "target")

    def __init__(
        self, method: str, target: str, headers: Headers, length: int, consumed: int
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.length = length
        self.consumed = consumed


class _Head:
    """Take what httptools finds in a head: it calls these as it reads."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.headers: Headers = []
        self.target = b""

    def on_url(self, target: bytes) -> None:
        """Take a piece of the target."""
        self.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.headers.append((name, value.rstrip(b" \t")))


def read_head(data: bytes) -> Request | None:
    """Return a head that is whole and plain; None for one that is gunicorn's."""
    end = data.find(b"\r\n\r\n", 0, _MAX_HEAD) + 4
    if end < 4:
        return None
    head = _Head()
    parser = httptools.HttpRequestParser(head)
    try:
        parser.feed_data(data[:end])
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):  # gunicorn says what it is
        return None
    target = head.target.decode("latin-1")
    plain = target.startswith("/") and "%" not in target and "#" not in target
    if not plain or parser.get_http_version() != "1.1":
        return None
    length: int | None = None
    for name, value in head.headers:
        lower = name.lower()
        if lower in _SPECIAL or (lower == b"connection" and value.lower() != b"keep-alive"):
            return None
        if lower == b"content-length":
            if length is not None or not value.isdigit() or len(value) > 9 or int(value) > MAX_BODY:
                return None
            length = int(value)
    method = parser.get_method().decode("latin-1")
    return Request(method, target, head.headers, length or 0, end)


def environ(request: Request, body: bytes, fixed: dict[str, Any]) -> dict[str, Any]:
    """Make the WSGI environment (PEP 3333). `fixed` holds what every request of a server has."""
    path, _, query = request.target.partition("?")
    made = {
        **fixed,
        "REQUEST_METHOD": request.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": request.target,
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in request.headers:
        key = _key(name)
        # A name with an underscore could pose as one with a hyphen.
        if key:
            text = value.decode("latin-1")
            made[key] = f"{made[key]},{text}" if key in made else text
    return made


def fixed_environ(server: tuple[str, int]) -> dict[str, Any]:
    """Give the part of the environment that is the same for every request."""
    return {
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


def run(app: Wsgi, env: dict[str, Any], *, keep_alive: bool) -> bytes:
    """Run the app; give its whole answer, ready to be sent."""
    status = ""
    headers: list[tuple[str, str]] = []

    def start_response(line: str, given: list[tuple[str, str]], exc_info: object = None) -> None:
        nonlocal status, headers
        status, headers = line, given

    chunks = app(env, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()
    lines = [f"HTTP/1.1 {status}", f"Date: {_date(int(time.time()))}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if not any(name.lower() == "content-length" for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1") + body


@lru_cache(maxsize=512)
def _key(name: bytes) -> str:
    """Give a header's key in the environment, "" for one that is dropped."""
    if b"_" in name:
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
