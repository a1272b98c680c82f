"""HTTP/1.1 over a socket that is ours: read a request, send a response, or cut the connection.

The standard library's handler would do but for two things: its header parser costs more than all
the rest of a call to the simulator, and it has no way to break off an answer halfway.
"""

import socket
import struct
from collections.abc import Callable, Iterator
from http import HTTPStatus
from io import BufferedIOBase
from typing import Literal
from urllib.parse import parse_qsl, unquote

import msgspec

from slack_simulator.workspace.objects import Json

_LINE_LIMIT = 65_536
_HEADERS_LIMIT = 100
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
BODY_LIMIT = 16 * 1024 * 1024

#: How a connection is cut: before any of the answer, or in the middle of it.
Cut = Literal["", "unanswered", "halfway"]


class BadRequestError(Exception):
    """What came in is not HTTP that we take; the message says why."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came in; header names are in lower case, the path is decoded."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes
    keep_alive: bool

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters, in lower case; empty if none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def query(self) -> dict[str, str]:
        """The query's arguments; the last one counts where one is repeated."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))


class Response(msgspec.Struct, kw_only=True):
    """An answer. With `stream`, `body` is ignored and the connection ends with the stream."""

    status: int = 200
    headers: dict[str, str] = {}
    body: bytes = b""
    error: str = ""
    """The `error` of an API answer, for the feed; not sent by itself."""
    cut: Cut = ""
    stream: Iterator[bytes] | None = None


def json_response(payload: object, status: int = 200, **headers: str) -> Response:
    """An answer in JSON; header names are given with underscores."""
    error = payload.get("error", "") if isinstance(payload, dict) else ""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8", **named},
        body=msgspec.json.encode(payload),
        error=error,
    )


def html_response(page: str, status: int = 200) -> Response:
    """An answer that is a web page."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Response(status=status, headers=headers, body=page.encode())


def text_response(text: str, status: int = 200) -> Response:
    """An answer in plain text."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return Response(status=status, headers=headers, body=text.encode())


def read_request(stream: BufferedIOBase, send: Callable[[bytes], object]) -> Request | None:
    """The next request of a connection; None when the other side has hung up.

    BadRequestError if it is not HTTP/1.x, or has a body without a length or beyond BODY_LIMIT.
    """
    line = stream.readline(_LINE_LIMIT).strip()
    if not line:
        return None
    try:
        method, target, version = line.decode("ascii").split(" ")
    except ValueError:
        raise BadRequestError("the request line is not METHOD TARGET HTTP/1.1") from None
    headers = _read_headers(stream)
    path, _, query_string = target.partition("?")
    connection = headers.get("connection", "").lower()
    return Request(
        method=method,
        path=unquote(path),
        query_string=query_string,
        headers=headers,
        body=_read_body(stream, headers, send),
        keep_alive=version == "HTTP/1.1" and connection != "close",
    )


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    headers: Json = {}
    for _ in range(_HEADERS_LIMIT):
        line = stream.readline(_LINE_LIMIT)
        if line in {b"\r\n", b"\n"}:
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequestError("a header line has no colon, or the headers broke off")
        headers[name.strip().lower()] = value.strip()
    raise BadRequestError(f"more than {_HEADERS_LIMIT} headers")


def _read_body(
    stream: BufferedIOBase, headers: dict[str, str], send: Callable[[bytes], object]
) -> bytes:
    if "transfer-encoding" in headers:
        raise BadRequestError("send a Content-Length; chunked bodies are not taken")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY_LIMIT:
        raise BadRequestError(f"Content-Length must be a number up to {BODY_LIMIT}")
    if headers.get("expect", "").lower() == "100-continue":
        send(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = stream.read(int(length))
    if len(body) < int(length):
        raise BadRequestError("the body broke off")
    return body


def render(response: Response, *, keep_alive: bool) -> bytes:
    """The whole answer as it goes over the wire; of a stream, only the head.

    Header names go out in lower case, as Slack's front ends send them, so that a caller that
    looks for `Retry-After` in one spelling only is found out.
    """
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
    lines += [f"{name.lower()}: {value}" for name, value in response.headers.items()]
    if response.stream is None:
        lines.append(f"content-length: {len(response.body)}")
    lines.append(f"connection: {'keep-alive' if keep_alive else 'close'}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if response.stream is not None else head + response.body


def reset(connection: socket.socket) -> None:
    """Make closing this connection a reset (RST) instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
