"""HTTP connections to one server that stay open, shared by all threads.

The standard library's, without a pool's many layers: those cost a call to Slack more than slack-sdk
and TLS together. What matters to the caller is told apart: `ConnectError` means that the request
was surely not sent.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections import deque
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from gopherbot.errors import GopherbotError

CONNECT_SECONDS = 2.0
READ_SECONDS = 7.0
"""For each read."""


class ConnectError(GopherbotError):
    """There is no connection, so nothing was sent."""


class ReadError(GopherbotError):
    """The request was sent, in whole or in part, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. The names of `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpPool:
    """Connections to the server at `url`, of which the path does not matter.

    Whoever has a TLS context hands it on: loading the certificates for one takes 40 ms.
    """

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | None = None,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._address = parts.hostname or "", parts.port
        self._tls = tls or ssl.create_default_context()
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        # The last one used is the first one taken: Slack closes those that nobody needs.
        self._free: deque[HTTPConnection] = deque()

    def post(self, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Post once, never again by itself. Raises `ConnectError` or `ReadError`."""
        connection = self._take()
        try:
            connection.request("POST", target, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            connection.close()
            raise ReadError(_in_words(error)) from None
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._free.append(connection)
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, content)

    def _take(self) -> HTTPConnection:
        while True:
            try:
                connection = self._free.pop()
            except IndexError:
                return self._connect()
            if not _has_ended(connection.sock):
                return connection
            connection.close()

    def _connect(self) -> HTTPConnection:
        host, port = self._address
        patience = self._connect_seconds
        connection = (
            HTTPSConnection(host, port, timeout=patience, context=self._tls)
            if self._secure
            else HTTPConnection(host, port, timeout=patience)
        )
        # Only here is one opened: an error must tell whether there was one.
        connection.auto_open = 0
        try:
            connection.connect()
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            raise ConnectError(_in_words(error)) from None
        connection.sock.settimeout(self._read_seconds)
        return connection


def _has_ended(line: socket.socket) -> bool:
    """Whether the other side closed a connection that nobody used, or sent what nobody asked."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
