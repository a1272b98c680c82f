"""The open connections of a process: for how long each is waited for, and who has to go first.

Whoever waits for a client notes it here, with a deadline; one look a second at all of them is
cheaper than a timer for each request. When there are too many connections, the one that has been
waited for longest is closed, so that slow ones keep nobody out. Those that have brought an event go
last.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

import gevent
from gevent import monkey

SILENT_SECONDS = 5.0
"""For a new connection to begin its first request."""
HEAD_SECONDS = 5.0
"""For a request's head, from its first byte."""
SEND_SECONDS = 5.0
"""For a client to take an answer."""
DRAIN_SECONDS = 2.0
_MOST_DRAINED = 4 * 1024 * 1024
_scratch = bytearray(65536)
"""Where bytes go that nobody reads."""
_StockSocket = monkey.get_original("socket", "socket")


class Connection:
    """A client's connection, and until when it is waited for."""

    __slots__ = ("client", "deadline", "idle", "proven", "sending", "unread")

    def __init__(self, client: Any) -> None:
        self.client = client
        self.unread = b""
        """What was received and not yet used."""
        self.deadline = 0.0
        self.idle = True
        """Whether the client owes us nothing: it is between two requests."""
        self.sending = False
        """Whether it is an answer that the client has to take."""
        self.proven = False
        """Whether it has brought an event that was signed and taken."""

    @property
    def is_overdue(self) -> bool:
        """Whether it has been waited for too long."""
        return time.monotonic() >= self.deadline

    def cut(self) -> None:
        """Have whoever waits for this client read its end, or fail to send.

        A request that came just now is read before it.
        """
        _shut_down(self.client, socket.SHUT_RDWR if self.sending else socket.SHUT_RD)


def end_reading(client: Any) -> None:
    """Have whoever waits for this socket read its end."""
    _shut_down(client, socket.SHUT_RD)


def _shut_down(client: Any, how: int) -> None:
    # gevent's own `shutdown` would raise an error in whoever waits, and lose what has just come.
    with suppress(OSError):
        stock = _StockSocket(fileno=client.fileno())
        try:
            stock.shutdown(how)
        finally:
            stock.detach()


class Connections:
    """At most so many connections. Those that are waited for stand in the order of their waits."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: set[Connection] = set()
        self._strangers: dict[Connection, None] = {}
        self._proven: dict[Connection, None] = {}

    def add(self, client: Any) -> Connection:
        """Take a new connection; close the one that was waited for longest if there are too many.

        Raise `OSError` if none of them can go.
        """
        if len(self._open) >= self.most and not self._make_room():
            raise OSError("there are too many connections, and all are being answered")
        connection = Connection(client)
        self._open.add(connection)
        return connection

    def remove(self, connection: Connection) -> None:
        """Forget one that is closed."""
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
        """Note that its client is waited for from now on, and for how long."""
        self.answer(connection)
        connection.deadline = time.monotonic() + seconds
        connection.idle = idle
        connection.sending = sending
        (self._proven if connection.proven else self._strangers)[connection] = None

    def answer(self, connection: Connection) -> None:
        """Note that its client waits for us."""
        self._strangers.pop(connection, None)
        self._proven.pop(connection, None)

    def drain(self, connection: Connection) -> None:
        """Read what a client is still sending for a while, after the last answer to it.

        A connection closed with bytes unread is reset, and the answer may be lost with it.
        """
        self.wait(connection, DRAIN_SECONDS)
        client, drained = connection.client, 0
        client.shutdown(socket.SHUT_WR)
        while drained < _MOST_DRAINED and (count := client.recv_into(_scratch)):
            drained += count
            # Where bytes are there already, reading them gives nobody else a turn.
            gevent.sleep(0)

    def cut_overdue(self) -> None:
        """End the waits that are past their deadlines."""
        for connection in [*self._strangers, *self._proven]:
            if connection.is_overdue:
                connection.cut()

    def cut_idle(self) -> None:
        """End those between two requests."""
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
