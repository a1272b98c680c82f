"""The open connections of a process, the deadlines of their clients, and which to close first.

A greenlet that waits for its client records that here, with a deadline. Scanning all connections
once a second is cheaper than a timer per request. When there are too many connections, the one
whose client has kept us waiting for longest is closed, so that slow clients cannot lock others out.
Connections that have delivered an event are closed last.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

import gevent
from gevent import monkey

SILENT_SECONDS = 5.0
"""The time limit for a new connection to start its first request."""
HEAD_SECONDS = 5.0
"""The time limit for a request's head, from its first byte."""
SEND_SECONDS = 5.0
"""The time limit for a client to receive an answer."""
DRAIN_SECONDS = 2.0
_MOST_DRAINED = 4 * 1024 * 1024
_scratch = bytearray(65536)
"""A buffer for bytes that are discarded."""
_StockSocket = monkey.get_original("socket", "socket")


class Connection:
    """A client's connection and its deadline."""

    __slots__ = ("client", "deadline", "idle", "proven", "sending", "unread")

    def __init__(self, client: Any) -> None:
        self.client = client
        self.unread = b""
        """The bytes that were received but not yet parsed."""
        self.deadline = 0.0
        self.idle = True
        """Whether the client is between two requests."""
        self.sending = False
        """Whether the client has yet to receive an answer."""
        self.proven = False
        """Whether the client has delivered a signed event that was accepted."""

    @property
    def is_overdue(self) -> bool:
        return time.monotonic() >= self.deadline

    def cut(self) -> None:
        """Make the greenlet that waits for this client read the end of input, or fail to send.

        A request that has just arrived is still read first.
        """
        _shut_down(self.client, socket.SHUT_RDWR if self.sending else socket.SHUT_RD)


def end_reading(client: Any) -> None:
    """Make the greenlet that waits for this socket read the end of input."""
    _shut_down(client, socket.SHUT_RD)


def _shut_down(client: Any, how: int) -> None:
    # gevent's own `shutdown` would raise in the waiting greenlet and lose bytes that just arrived.
    with suppress(OSError):
        stock = _StockSocket(fileno=client.fileno())
        try:
            stock.shutdown(how)
        finally:
            stock.detach()


class Connections:
    """Up to `most` connections. Those whose clients we wait for are kept in order of waiting."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: set[Connection] = set()
        self._strangers: dict[Connection, None] = {}
        self._proven: dict[Connection, None] = {}

    def add(self, client: Any) -> Connection:
        """Add a new connection. Raise `OSError` if there is no room for it.

        Room is made by closing the connection whose client has kept us waiting for longest.
        """
        if len(self._open) >= self.most and not self._make_room():
            raise OSError("too many connections, and all are being answered")
        connection = Connection(client)
        self._open.add(connection)
        return connection

    def remove(self, connection: Connection) -> None:
        self._open.discard(connection)
        self.answer(connection)

    def wait(
        self,
        connection: Connection,
        seconds: float,
        *,
        idle: bool = False,
        sending: bool = False,
    ) -> None:
        """Record that we wait for the client from now on, for up to `seconds`."""
        self.answer(connection)
        connection.deadline = time.monotonic() + seconds
        connection.idle = idle
        connection.sending = sending
        (self._proven if connection.proven else self._strangers)[connection] = None

    def answer(self, connection: Connection) -> None:
        """Record that the client now waits for us."""
        self._strangers.pop(connection, None)
        self._proven.pop(connection, None)

    def drain(self, connection: Connection) -> None:
        """Discard what the client still sends after our last answer, for up to `DRAIN_SECONDS`.

        Closing a connection with unread bytes resets it, and the answer may be lost.
        """
        self.wait(connection, DRAIN_SECONDS)
        client, drained = connection.client, 0
        client.shutdown(socket.SHUT_WR)
        while drained < _MOST_DRAINED and (count := client.recv_into(_scratch)):
            drained += count
            # Reading bytes that have already arrived does not yield to other greenlets.
            gevent.sleep(0)

    def cut_overdue(self) -> None:
        """Cut the connections of clients that have missed their deadlines."""
        for connection in [*self._strangers, *self._proven]:
            if connection.is_overdue:
                connection.cut()

    def cut_idle(self) -> None:
        """Cut the connections that are between two requests."""
        for connection in [*self._strangers, *self._proven]:
            if connection.idle:
                connection.cut()

    def _make_room(self) -> bool:
        waiting = self._strangers or self._proven
        for connection in waiting:
            del waiting[connection]
            self._open.discard(connection)
            connection.cut()
            return True
        return False
