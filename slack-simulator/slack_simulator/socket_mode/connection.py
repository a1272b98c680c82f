"""One WebSocket of an app: https://docs.slack.dev/apis/events-api/using-socket-mode"""

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator

import msgspec
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from slack_simulator.workspace.objects import Json


class SocketConnection:
    """A WebSocket that sends envelopes and passes the app's messages to `on_message`."""

    def __init__(
        self,
        on_open: Callable[[], None],
        on_message: Callable[[Json], None],
        ping_seconds: float,
    ) -> None:
        self._on_open = on_open
        self._on_message = on_message
        self._ping_seconds = ping_seconds
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def run(
        self, connection: socket.socket, path: str, headers: dict[str, str], hello: Json
    ) -> None:
        """Upgrade an HTTP connection and serve it until either side closes it."""
        self._socket = connection
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        try:
            self._protocol.initiate_upgrade_connection(raw, path)
            for event in self._protocol.events():
                if isinstance(event, Request):
                    self._write(AcceptConnection())
            self.send(hello)
            self._on_open()
            self._read(connection)
        except (RemoteProtocolError, OSError):
            pass
        finally:
            self._socket = None

    def send(self, message: Json) -> None:
        """Send a message. Raise `OSError` if the connection is closed."""
        self._write(TextMessage(data=msgspec.json.encode(message).decode()))

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._write(CloseConnection(code=1001))
        connection = self._socket
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _write(self, event: Event) -> None:
        connection = self._socket
        if connection is None:
            raise ConnectionError("the app has closed its connection")
        with self._lock:
            try:
                raw = self._protocol.send(event)
            except LocalProtocolError as problem:
                raise ConnectionError("the connection is being closed") from problem
            connection.sendall(raw)

    def _read(self, connection: socket.socket) -> None:
        text = ""
        for data in self._received(connection):
            with self._lock:
                self._protocol.receive_data(data)
            for event in self._protocol.events():
                match event:
                    case TextMessage():
                        text += event.data
                        if event.message_finished:
                            self._take(text)
                            text = ""
                    case Ping():
                        self._write(event.response())
                    case CloseConnection():
                        self._write(event.response())
                        return

    def _received(self, connection: socket.socket) -> Iterator[bytes]:
        """Yield what the app sends until it closes the connection. Ping it meanwhile.

        Slack pings too: `@slack/socket-mode` reconnects after 30 seconds without a ping.
        """
        due = 0.0
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            while True:
                now = time.monotonic()
                if now >= due:
                    self._write(Ping())
                    due = now + self._ping_seconds
                if selector.select(due - now):
                    if not (data := connection.recv(65_536)):
                        return
                    yield data

    def _take(self, text: str) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            self._on_message(msgspec.json.decode(text, type=Json))
