"""The HTTP server: loopback only, with one thread per connection."""

import contextlib
import ipaddress
import socket
import socketserver
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import Any

from slack_simulator.http.connection import Connection, Route


class LoopbackServer:
    """An HTTP server that answers every request with what `route` returns."""

    def __init__(self, route: Route, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raise `ValueError` if `host` isn't a loopback address. `port` 0 picks a free port."""
        address = "127.0.0.1" if host == "localhost" else host
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"the simulator listens on loopback only, not on {host}")
        self._route = route
        self._host = address
        self._listener: _Listener | None = None
        self.port = port

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Start listening, on the same port after a restart. Raise `OSError` if it's taken."""
        self._listener = _Listener((self._host, self.port), self._route)
        self.port = self._listener.server_address[1]
        threading.Thread(target=self._listener.accept, name="simulator", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and close every connection."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], route: Route) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._connections: set[socket.socket] = set()
        self._stopping, self._stopped = threading.Event(), threading.Event()
        super().__init__(address, type("Connection", (Connection,), {"route": staticmethod(route)}))

    def accept(self) -> None:
        """Accept connections until `stop`.

        Unlike `serve_forever`, this doesn't poll, so stopping is immediate. Tests stop often.
        """
        with self.socket:
            while not self._stopping.is_set():
                try:
                    connection, address = self.socket.accept()
                except OSError:
                    # No file descriptors left, or the client disconnected before the accept.
                    self._stopping.wait(0.05)
                    continue
                self.process_request(connection, address)
        self._stopped.set()

    def stop(self) -> None:
        """Stop accepting connections and close the open ones."""
        self._stopping.set()
        # Connect to wake the accepting thread: closing its socket does not wake it on every
        # platform. The thread may have ended already.
        with socket.socket(self.address_family) as wake, contextlib.suppress(OSError):
            wake.connect(self.server_address)
        self._stopped.wait(5)
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def server_bind(self) -> None:
        # HTTPServer's version looks up this host's name, which can take seconds.
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients may disconnect at any time. Anything else is a bug, so show it.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
