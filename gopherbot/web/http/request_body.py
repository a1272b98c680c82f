"""Reads the bodies of requests within a memory budget.

A signature can be verified only once the whole body has arrived, so anybody can make us hold
memory. Unfinished bodies are counted across all connections of the process. Above the budget, the
oldest body is refused, first of connections that have delivered no event yet. That is never
Slack's, whose bodies are not unfinished for long.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import gevent

from gopherbot.metrics.counters import Reason
from gopherbot.web.http.connections import Connection, Connections, end_reading
from gopherbot.web.http.refusals import refused

MAX_BODY = 2 * 1024 * 1024
"""In bytes. One event may contain an edited message of 40,000 characters four times, escaped."""
BUDGET = 4 * 1024 * 1024
"""The most bytes that unfinished bodies may hold, per gateway process."""
_PIECE = 16384
_MOST_SKIPPED = 65536


class Input(Protocol):
    """A request's body in WSGI. `read` returns some bytes, or `b""` at the end."""

    def read(self, size: int, /) -> bytes: ...


class BodyBudget:
    """Counts the bytes of unfinished bodies, and refuses the oldest above `BUDGET`."""

    def __init__(self) -> None:
        self.held = 0
        self._strangers: dict[_UnfinishedBody, None] = {}
        self._proven: dict[_UnfinishedBody, None] = {}

    def read(self, environ: Mapping[str, Any]) -> bytes:
        """Return a request's whole body. Raise Falcon's errors to refuse it."""
        source = environ["wsgi.input"]
        if isinstance(source, io.BytesIO):  # It arrived with the head.
            return source.getvalue()
        body = _UnfinishedBody(environ["gunicorn.socket"], source)
        (self._proven if body.is_proven else self._strangers)[body] = None
        try:
            return self._read(body)
        finally:
            self._forget(body)

    def _read(self, body: _UnfinishedBody) -> bytes:
        for piece in body.pieces():
            body.received.write(piece)
            self._count(body, len(piece))
            # Reading bytes that have already arrived does not yield to other greenlets.
            gevent.sleep(0)
        if body.is_refused():
            raise refused(Reason.MEMORY, "too many large bodies, send it again")
        return body.received.getvalue()

    def _count(self, body: _UnfinishedBody, size: int) -> None:
        body.size += size
        self.held += size
        while self.held > BUDGET:
            oldest = next(iter(self._strangers or self._proven))
            oldest.refuse()
            self._forget(oldest)

    def _forget(self, body: _UnfinishedBody) -> None:
        for those in (self._strangers, self._proven):
            if body in those:
                del those[body]
                self.held -= body.size


class ArrivingBody:
    """A body of known length that did not fully arrive with its head. Reads receive the rest.

    `limit` is the time limit for the rest, in seconds.
    """

    def __init__(
        self, connections: Connections, connection: Connection, length: int, limit: float
    ) -> None:
        self._connections = connections
        self._connection = connection
        self.missing = length
        self._is_cut = False
        connections.wait(connection, limit)

    def read(self, size: int, /) -> bytes:
        """Return the next bytes. Raise `TimeoutError` if late, `EOFError` if it ends early."""
        connection = self._connection
        if not self.missing:
            return b""
        if connection.unread:
            piece, connection.unread = connection.unread, b""
        else:
            piece = connection.client.recv(min(size, self.missing))
        self.missing -= len(piece)
        if not piece:
            raise TimeoutError if connection.is_overdue else EOFError
        if not self.missing:
            self._connections.answer(connection)
        return piece

    @property
    def is_proven(self) -> bool:
        return self._connection.proven

    def cut(self) -> None:
        """Make the greenlet that waits for the rest read its end. No other request can follow."""
        self._is_cut = True
        end_reading(self._connection.client)

    @property
    def can_be_skipped(self) -> bool:
        """Whether the unread rest is small enough to skip, so that another request can follow."""
        return self.missing <= _MOST_SKIPPED and not self._is_cut

    def skip(self) -> bool:
        """Read and discard the rest. Return whether all of it arrived."""
        with suppress(TimeoutError, EOFError):
            while self.read(_MOST_SKIPPED):
                pass
        return not self.missing


class _UnfinishedBody:
    """A body that is being read."""

    __slots__ = ("_refused", "_socket", "_source", "received", "size")

    def __init__(self, connection: Any, source: Input) -> None:
        self._socket = connection
        self._source = source
        self._refused = False
        self.received = io.BytesIO()
        self.size = 0

    @property
    def is_proven(self) -> bool:
        return isinstance(self._source, ArrivingBody) and self._source.is_proven

    def pieces(self) -> Iterator[bytes]:
        """Yield the pieces that arrive, until the body ends or is refused."""
        while not self.is_refused():
            try:
                piece = self._source.read(_PIECE)
            except TimeoutError:
                raise refused(Reason.TIMEOUT, "the body took too long") from None
            except Exception:
                if self.is_refused():
                    return
                # A lost connection. The servers' error types for it differ.
                raise refused(Reason.UNREADABLE, "the body cannot be read") from None
            if not piece or self.is_refused():
                return
            yield piece

    def refuse(self) -> None:
        """Drop the bytes received so far, and make the waiting greenlet read the end of input."""
        self._refused = True
        self.received.close()
        if isinstance(self._source, ArrivingBody):
            self._source.cut()
        else:
            end_reading(self._socket)

    def is_refused(self) -> bool:
        return self._refused
