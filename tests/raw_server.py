"""A server that answers with just the bytes it is told to, for clients that must bear anything."""

import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from gopherbot.settings import Role, Settings

TOKEN = "xoxb-the-token-of-the-tests"


class RawServer:
    """Answers each request alike, over as many connections as are opened; keeps what was asked.

    The answer is bytes, or a function that speaks on the connection itself and says whether it
    stays open.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answer: bytes | Callable[[socket.socket], object] = b""
        self.closing = False
        """Whether it ends the connection after each answer. It does after an empty one."""
        self.connections = 0
        self.closed = 0
        self.requests: list[bytes] = []
        self.ports: list[int] = []
        """The client's port of each request, which is that of its connection."""
        self.given_up = threading.Event()
        """Set when the other side took no more of an answer."""
        self._ending = False
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        # To close the socket would not wake the thread, which may accept on the next of its number.
        self._ending = True
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            self._accepting.join()
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._socket.accept()
                if self._ending:
                    line.close()
                    return
                self.connections += 1
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            if self._tls:
                line = self._tls.wrap_socket(line, server_side=True)
            with line, line.makefile("rb") as stream:
                while self._exchange(line, stream) and not self.closing:
                    pass
                line.shutdown(socket.SHUT_RDWR)
        self.closed += 1

    def _exchange(self, line: socket.socket, stream: Any) -> bool:
        head = b""
        while (row := stream.readline()) not in (b"", b"\r\n"):
            head += row
        if not head:
            return False
        length = re.search(rb"(?i)^content-length: *([0-9]+)", head, re.MULTILINE)
        self.ports.append(line.getpeername()[1])
        self.requests.append(head + b"\r\n" + stream.read(int(length[1]) if length else 0))
        try:
            if callable(self.answer):
                return bool(self.answer(line))
            line.sendall(self.answer)
        except OSError:
            self.given_up.set()
            raise
        return bool(self.answer)


def answer(body: bytes, status: str = "200 OK", **headers: object) -> bytes:
    """Return a response. A header given as None is left out."""
    named: dict[str, object] = {"Content-Length": len(body)}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in named.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def chunked(body: bytes) -> bytes:
    """Return a response in one chunk and its end."""
    head = answer(b"", Content_Length=None, Transfer_Encoding="chunked")
    return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def settings_at(url: str, **more: str) -> Settings:
    """Return a worker's settings with Slack's Web API at this server."""
    given = {
        "REDIS_URL": "redis://nowhere",
        "HEROKU_APP_NAME": "gopherbot-test",
        "GOPHER_SLACK_BOT_ACCESS_TOKEN": TOKEN,
        "GOPHER_SLACK_API_URL": f"{url}/api/",
    }
    return Settings.read(Role.WORKER, given | more)
