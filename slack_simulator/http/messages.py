"""Requests and responses of the simulator's HTTP server, as plain values."""

import socket
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qsl

import msgspec

_PHRASES = {status.value: status.phrase for status in HTTPStatus}

#: How a connection is cut: before any of the answer, or in the middle of it.
Cut = Literal["", "unanswered", "halfway"]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came in; header names are in lower case, the path is decoded."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    body: bytes

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
    takeover: Callable[[socket.socket], None] | None = None
    """Takes the connection over: nothing else of this answer is sent."""


def json_response(payload: object, status: int = 200, **headers: str) -> Response:
    """Return an answer in JSON; header names are given with underscores."""
    error = payload.get("error", "") if isinstance(payload, dict) else ""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8", **named},
        body=msgspec.json.encode(payload),
        error=error,
    )


def html_response(page: str, status: int = 200) -> Response:
    """Return an answer that is a web page."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Response(status=status, headers=headers, body=page.encode())


def text_response(text: str, status: int = 200, **headers: str) -> Response:
    """Return an answer in plain text; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=status,
        headers={"Content-Type": "text/plain; charset=utf-8", **named},
        body=text.encode(),
    )


def render(response: Response, *, keep_alive: bool) -> bytes:
    """Return the whole answer as it goes over the wire; of a stream, only the head.

    Header names go out in lower case, as Slack's front ends send them, so that a caller that
    looks for `Retry-After` in one spelling only is found out.
    """
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
    lines.append(f"date: {formatdate(usegmt=True)}")
    lines += [f"{name.lower()}: {value}" for name, value in response.headers.items()]
    if response.stream is None:
        lines.append(f"content-length: {len(response.body)}")
    lines.append(f"connection: {'keep-alive' if keep_alive else 'close'}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if response.stream is not None else head + response.body
