"""A complete response, and the deadline by which it has to be there, its head included.

A socket's timeout applies to each read, so a server that sends a byte per second never exceeds it.
"""

from __future__ import annotations

import io
import socket
import time
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def response_class(seconds: float) -> type[HTTPResponse]:
    """Return a `response_class` for connections that allows `seconds` for each response.

    The time starts when the request has been sent. Reads after the deadline raise `TimeoutError`.
    """

    class DeadlineResponse(HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **more: Any) -> None:
            super().__init__(sock, *arguments, **more)
            stream: Any = self.fp.detach()
            self.fp = io.BufferedReader(_DeadlineStream(stream, sock, time.monotonic() + seconds))

    return DeadlineResponse


class _DeadlineStream(io.RawIOBase):
    """A socket's stream whose reads wait no longer than until the deadline."""

    def __init__(self, stream: Any, sock: socket.socket, deadline: float) -> None:
        self._stream = stream
        self._socket = sock
        self._max_wait = sock.gettimeout() or 0.0
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the response took too long")
        self._socket.settimeout(min(self._max_wait or left, left))
        try:
            return self._stream.readinto(buffer)
        finally:
            self._socket.settimeout(self._max_wait or None)

    def close(self) -> None:
        super().close()
        self._stream.close()
