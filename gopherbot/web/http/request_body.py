"""Reads the bodies of requests within a memory budget.

A signature can be verified only once the whole body has arrived, so anybody can make us hold
memory. Unfinished bodies are counted across all connections of the process. Above the budget, the
largest body is refused. That is never Slack's, because events are small.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import gevent

from gopherbot.metrics.refusals import Reason
from gopherbot.web.http.connections import Connection, Connections, end_reading
from gopherbot.web.refusals import refused

MAX_BODY = 2 * 1024 * 1024
"""In bytes. One event may contain an edited message of 40,000 characters four times, escaped."""
BUDGET = 4 * 1024 * 1024
"""The most bytes that unfinished bodies may hold, per gateway process."""
_PIECE = 16384
_PIECE_OF_CHUNKS = 512
"""A smaller read size: each byte may be a chunk of its own and cost as much as a request."""
_MOST_FRAMING = 16384
"""The most bytes of chunk framing beyond the body's own size, to refuse bodies of tiny chunks."""
_MOST_SKIPPED = 65536


class Input(Protocol):
    """A request's body in WSGI. `read` returns some bytes, or `b""` at the end."""

    def read(self, size: int, /) -> bytes: ...


class BodyBudget:
    """Counts the bytes of unfinished bodies, and refuses the largest when they exceed `most`."""

    def __init__(self, most: int = BUDGET) -> None:
        self.most = most
        self.held = 0
        self._growing: set[_Growing] = set()

    def read(self, environ: Mapping[str, Any]) -> bytes:
        """Return a request's whole body. Raise Falcon's errors to refuse it."""
        source = environ["wsgi.input"]
        if isinstance(source, io.BytesIO):  # It arrived with the head.
            return source.getvalue()
        growing = _Growing(environ["gunicorn.socket"], source)
        self._growing.add(growing)
        try:
            return self._read(growing)
        finally:
            self._forget(growing)

    def _read(self, growing: _Growing) -> bytes:
        for piece in growing.pieces():
            if growing.size + len(piece) > MAX_BODY:
                raise refused(Reason.TOO_LARGE, "the body is over 2 MiB")
            growing.begun.write(piece)
            self._count(growing, len(piece))
            # Reading bytes that have already arrived does not yield to other greenlets.
            gevent.sleep(0)
        if growing.is_refused():
            raise refused(Reason.MEMORY, "too many large bodies, send it again")
        return growing.begun.getvalue()

    def _count(self, growing: _Growing, size: int) -> None:
        growing.size += size
        self.held += size
        while self.held > self.most:
            largest = max(self._growing, key=lambda each: each.size)
            largest.refuse()
            self._forget(largest)

    def _forget(self, growing: _Growing) -> None:
        if growing in self._growing:
            self._growing.remove(growing)
            self.held -= growing.size


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
    def can_be_skipped(self) -> bool:
        """Whether the unread rest is small enough to skip, so that another request can follow."""
        return self.missing <= _MOST_SKIPPED

    def skip(self) -> bool:
        """Read and discard the rest. Return whether all of it arrived."""
        with suppress(TimeoutError, EOFError):
            while self.read(_MOST_SKIPPED):
                pass
        return not self.missing


class _Growing:
    """A body that is being read."""

    __slots__ = ("_refused", "_socket", "_source", "begun", "size")

    def __init__(self, connection: Any, source: Input) -> None:
        self._socket = connection
        self._source = source
        self._refused = False
        self.begun = io.BytesIO()
        self.size = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the pieces that arrive, until the body ends or is refused."""
        size = _PIECE if isinstance(self._source, ArrivingBody) else _PIECE_OF_CHUNKS
        while not self.is_refused():
            try:
                piece = self._source.read(size)
            except TimeoutError:
                raise refused(Reason.TIMEOUT, "the body took too long") from None
            except Exception:
                if self.is_refused():
                    return
                # Broken chunks or a lost connection. The servers' error types for these differ.
                raise refused(Reason.UNREADABLE, "the body cannot be read") from None
            if not piece or self.is_refused():
                return
            yield piece
            if getattr(self._socket, "received", 0) > 2 * self.size + _MOST_FRAMING:
                raise refused(Reason.UNREADABLE, "the body cannot be read")

    def refuse(self) -> None:
        """Drop the bytes received so far, and make the waiting greenlet read the end of input."""
        self._refused = True
        self.begun.close()
        end_reading(self._socket)

    def is_refused(self) -> bool:
        """Return whether the body was refused."""
        return self._refused
