"""A stand-in for the gateway: takes deliveries, answers as told, and can be waited on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import msgspec
from support import PATIENCE


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = msgspec.json.decode(self.body)
        return payload

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = self.payload["event"]
        return event


@dataclass
class Reply:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: threading.Event | None = None
    cut: bool = False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Answers that come too late are part of some tests."""


Answering = Callable[[Received], Reply]


class Gateway:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.ports: set[int] = set()
        """The ports deliveries came from: one for each connection."""
        self.answer: Answering = lambda _: Reply()
        self._came = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/slack/event"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, count: int, timeout: float = PATIENCE) -> list[Received]:
        with self._came:
            came = self._came.wait_for(lambda: len(self.received) >= count, timeout)
            assert came, f"{len(self.received)} of {count} deliveries came"
            return list(self.received)

    def events(self, count: int) -> list[dict[str, Any]]:
        return [received.event for received in self.wait(count)]

    def take(self, received: Received) -> Reply:
        with self._came:
            self.received.append(received)
            self._came.notify_all()
        return self.answer(received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                gateway.ports.add(self.client_address[1])
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                reply = gateway.take(Received(self.path, dict(self.headers), body))
                if reply.after is not None:
                    reply.after.wait(PATIENCE)
                if reply.cut:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
