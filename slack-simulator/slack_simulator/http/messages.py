"""Requests and responses of the simulator's HTTP server as plain values."""

import socket
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qsl

import msgspec

_PHRASES = {status.value: status.phrase for status in HTTPStatus}

#: Where a connection is cut: before the response, or in the middle of it.
Cut = Literal["", "unanswered", "halfway"]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request. Header names are lower-case and the path is decoded."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The body's media type in lower case without parameters; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def query(self) -> dict[str, str]:
        """The query's arguments. The last one of a repeated argument wins."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))


class Response(msgspec.Struct, kw_only=True):
    """A response. With `stream`, `body` is ignored and the connection closes after the stream."""

    status: int = 200
    headers: dict[str, str] = {}
    body: bytes = b""
    error: str = ""
    """The `error` of an API response, for the feed; the body carries it too."""
    cut: Cut = ""
    stream: Iterator[bytes] | None = None
    takeover: Callable[[socket.socket], None] | None = None
    """Takes over the connection; nothing else of this response is sent."""


def json_response(payload: object, status: int = 200, **headers: str) -> Response:
    """Return a JSON response. Underscores in header names become hyphens."""
    error = payload.get("error", "") if isinstance(payload, dict) else ""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8", **named},
        body=msgspec.json.encode(payload),
        error=error,
    )


def html_response(page: str, status: int = 200) -> Response:
    """Return an HTML response."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Response(status=status, headers=headers, body=page.encode())


def text_response(text: str, status: int = 200, **headers: str) -> Response:
    """Return a plain-text response. Underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=status,
        headers={"Content-Type": "text/plain; charset=utf-8", **named},
        body=text.encode(),
    )


def render(response: Response, *, keep_alive: bool) -> bytes:
    """Return the response as it goes over the wire; only the head if it is a stream.

    Header names are lower-case, as Slack's front ends send them. This exposes callers that look up
    `Retry-After` case-sensitively.
    """
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
    lines.append(f"date: {formatdate(usegmt=True)}")
    lines += [f"{name.lower()}: {value}" for name, value in response.headers.items()]
    if response.stream is None:
        lines.append(f"content-length: {len(response.body)}")
    lines.append(f"connection: {'keep-alive' if keep_alive else 'close'}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if response.stream is not None else head + response.body
