"""Reading the bodies of requests, no more of them at a time than there is memory for.

A body can be proved only when all of it is here, so strangers' bodies take memory too. What arrives
is counted over all connections of the process; when it is too much, the largest body has to go: a
stranger's, for events are small.
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
"""Slack sends an edited message of 40,000 characters up to four times in one event, escaped."""
BUDGET = 4 * 1024 * 1024
"""Bytes that unfinished bodies may hold, in each process of the gateway."""
_PIECE = 16384
_PIECE_OF_CHUNKS = 512
"""Each byte of it may have been a chunk of its own, and cost as much as a request."""
_MOST_FRAMING = 16384
"""Bytes of framing beyond as many as the body has: chunks of a byte are no way to send an event."""
_MOST_SKIPPED = 65536


class Input(Protocol):
    """A request's body as WSGI has it: returns some bytes, `b""` at the end."""

    def read(self, size: int, /) -> bytes: ...


class BodyBudget:
    """Counts what unfinished bodies hold; refuses the largest when it is over `most` bytes."""

    def __init__(self, most: int = BUDGET) -> None:
        self.most = most
        self.held = 0
        self._growing: set[_Growing] = set()

    def read(self, environ: Mapping[str, Any]) -> bytes:
        """Return a request's whole body. Raise Falcon's errors for one that cannot be had."""
        source = environ["wsgi.input"]
        if isinstance(source, io.BytesIO):  # It came with the head.
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
            # Where bytes are there already, reading them gives nobody else a turn.
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
    """A body of known length that did not come with its head: receives the rest when asked to.

    `limit` is how many seconds it may take.
    """

    def __init__(
        self, connections: Connections, connection: Connection, length: int, limit: float
    ) -> None:
        self._connections = connections
        self._connection = connection
        self.missing = length
        connections.wait(connection, limit)

    def read(self, size: int, /) -> bytes:
        """Return some of it. Raise `TimeoutError` when it is late, `EOFError` if no more comes."""
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
        """Whether what nobody has read of it is soon read, so that another request can follow."""
        return self.missing <= _MOST_SKIPPED

    def skip(self) -> bool:
        """Read what is missing; return whether it came."""
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
        """Yield what arrives, until it ends or has to go."""
        size = _PIECE if isinstance(self._source, ArrivingBody) else _PIECE_OF_CHUNKS
        while not self.is_refused():
            try:
                piece = self._source.read(size)
            except TimeoutError:
                raise refused(Reason.TIMEOUT, "the body took too long") from None
            except Exception:
                if self.is_refused():
                    return
                # Broken chunks, or a connection that ended: each server has its own errors for it.
                raise refused(Reason.UNREADABLE, "the body cannot be read") from None
            if not piece or self.is_refused():
                return
            yield piece
            if getattr(self._socket, "received", 0) > 2 * self.size + _MOST_FRAMING:
                raise refused(Reason.UNREADABLE, "the body cannot be read")

    def refuse(self) -> None:
        """Drop what is here of it, and have whoever waits for more read its end."""
        self._refused = True
        self.begun.close()
        end_reading(self._socket)

    def is_refused(self) -> bool:
        """Return whether it has to go."""
        return self._refused
