"""slack-sdk's client over a pool of persistent HTTP connections, shared by all threads.

slack-sdk's own client opens a connection per call. This one also never retries: the ledger decides
whether a call may be repeated. The errors tell whether Slack may have acted on the request: not
after `ConnectError`, possibly after `ReadError`. `docs/design.md` explains why not urllib3.
"""

from __future__ import annotations

import copy
import logging
import math
import select
import socket
import ssl
import struct
import time
from collections import deque
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
)
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import Request

from slack_sdk.web import WebClient

from gopherbot.errors import GopherbotError
from gopherbot.http.response import Response, response_class

CONNECT_SECONDS = 2.0
READ_SECONDS = 7.0
"""The time limit for a whole response."""
MOST_BYTES = 32 * 1024 * 1024
"""The largest body that is read. A page of 500 members takes about 2 MB."""

# Linux's `CLOCK_MONOTONIC` stands still while the machine is suspended; elsewhere it does not.
_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# Closing discards what the kernel hasn't sent yet. Otherwise a request to a host out of reach could
# arrive long after we gave it up, or died.
_DISCARD = struct.pack("ii", 1, 0)

# slack-sdk formats every call for its logger if that may be at DEBUG. This one never is.
_quiet = logging.getLogger("slack_sdk.gopherbot")
_quiet.setLevel(logging.WARNING)


class ConnectError(GopherbotError):
    """Nothing was sent: the connection failed, or it was too late."""


class ReadError(GopherbotError):
    """The request was sent at least in part, but no complete response arrived."""


def boot_time() -> float:
    """Return the seconds since the machine booted, those included in which it was suspended."""
    return time.clock_gettime(_BOOT_CLOCK)


class _TimedConnection(HTTPConnection):
    """Sends a request's head and body in one piece, and not after `send_by`, by `boot_time`."""

    send_by = math.inf
    body = b""

    def send(self, data: Any) -> None:
        if boot_time() > self.send_by:
            raise ConnectError("too late: this process was frozen, or Slack is slow")
        super().send(data + self.body)


class _TimedTlsConnection(_TimedConnection, HTTPSConnection):
    """The same over TLS."""


class HttpPool:
    """A pool of connections to the server of `url`. The URL's path is ignored.

    Pass an existing TLS context if there is one, as loading the certificates takes 40 ms.
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
        self._tls = tls or (ssl.create_default_context() if self._secure else None)
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._response_class = response_class(read_seconds)
        # Last in, first out, so that surplus connections become idle and Slack closes them.
        self._free: deque[_TimedConnection] = deque()

    def post(
        self, target: str, body: bytes, headers: dict[str, str], *, send_by: float = math.inf
    ) -> Response:
        """Send a POST request, without retries. Raise `ConnectError` or `ReadError`.

        It is not sent after `send_by`, by `boot_time`.
        """
        connection = self._take()
        connection.send_by, connection.body = send_by, body
        try:
            connection.request("POST", target, headers=headers | {"Content-Length": str(len(body))})
            with connection.getresponse() as response:
                content = _body(response)
        except (OSError, HTTPException) as error:
            connection.close()
            raise ReadError(_describe(error)) from None
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._free.append(connection)
        named = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, named, content)

    def _take(self) -> _TimedConnection:
        while True:
            try:
                connection = self._free.pop()
            except IndexError:
                return self._connect()
            if not _is_spent(connection.sock):
                return connection
            connection.close()

    def _connect(self) -> _TimedConnection:
        host, port = self._address
        max_wait = self._connect_seconds
        connection = (
            _TimedTlsConnection(host, port, timeout=max_wait, context=self._tls)
            if self._secure
            else _TimedConnection(host, port, timeout=max_wait)
        )
        connection.response_class = self._response_class
        try:
            connection.connect()
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            raise ConnectError(_describe(error)) from None
        connection.sock.settimeout(self._read_seconds)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
        return connection


class PooledClient(WebClient):
    """slack-sdk's client over a pool of connections, shared by all threads.

    It overrides a private method, so `setup.cfg` allows only versions known to call that method.
    """

    def __init__(self, token: str, base_url: str, pool: HttpPool) -> None:
        super().__init__(token=token, base_url=base_url, retry_handlers=[], logger=_quiet)
        self.pool = pool
        self._send_by = math.inf

    def sending_by(self, deadline: float) -> PooledClient:
        """Return a client that sends nothing after `deadline`, by `boot_time`."""
        client = copy.copy(self)
        client._send_by = deadline
        return client

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        body = cast("bytes | None", req.data) or b""
        response = self.pool.post(
            req.selector, body, dict(req.header_items()), send_by=self._send_by
        )
        text = response.body.decode("utf-8", "replace")
        # slack-sdk assumes that JSON from Slack is an object.
        is_object = text.lstrip().startswith("{")
        return {
            "status": response.status,
            "headers": response.headers,
            "body": text if is_object else "{}",
        }


def _is_spent(line: socket.socket) -> bool:
    """Return whether the server closed an idle connection or sent unsolicited data on it."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


def _body(response: HTTPResponse) -> bytes:
    content = response.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise HTTPException(f"a response of more than {MOST_BYTES} bytes")
    if response.length:
        raise IncompleteRead(content, response.length)
    return content


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
