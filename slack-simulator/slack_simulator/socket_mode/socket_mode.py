"""The app's Socket Mode connections, and the envelopes that await acknowledgement."""

from __future__ import annotations

import itertools
import queue
import secrets
import socket
import threading
import time
import uuid
from typing import TYPE_CHECKING

from slack_simulator.http.messages import Request, Response, text_response
from slack_simulator.workspace.objects import AppIdentity, Json

if TYPE_CHECKING:
    from slack_simulator.socket_mode.connection import SocketConnection

PATH = "/socket/"
TICKET_SECONDS = 30.0
PING_SECONDS = 10.0


class SocketMode:
    """The open connections of the app. They take turns receiving envelopes."""

    def __init__(self, identity: AppIdentity) -> None:
        self.is_used = False
        """Whether the app has ever opened a connection."""
        self.ping_seconds = PING_SECONDS
        """How often a new connection is pinged, in seconds."""
        self._identity = identity
        self._lock = threading.Lock()
        self._tickets: dict[str, float] = {}
        self._connections: list[SocketConnection] = []
        self._waiting: dict[str, queue.Queue[Json]] = {}
        self._turn = itertools.count()
        self._changed = threading.Condition(self._lock)

    @property
    def is_connected(self) -> bool:
        """Whether the app has an open connection."""
        return bool(self._connections)

    def wait_until_connected(self, timeout: float = 30.0) -> None:
        """Wait until the app has an open connection. Raise `TimeoutError`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._connections, timeout):
                raise TimeoutError(f"no app opened a connection within {timeout:g} s")

    def new_address(self, url: str) -> str:
        """Return an address for one connection, valid for `TICKET_SECONDS`."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            self._tickets[ticket] = time.monotonic() + TICKET_SECONDS
        return (
            f"{url.replace('http', 'ws', 1)}{PATH}?ticket={ticket}&app_id={self._identity.app_id}"
        )

    def handle(self, request: Request) -> Response:
        """Accept a WebSocket. Return 401 without a valid ticket, 426 for plain HTTP."""
        with self._lock:
            until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if time.monotonic() > until:
            return text_response("get an address from apps.connections.open", 401)
        if request.headers.get("upgrade", "").lower() != "websocket":
            return text_response("connect with a WebSocket", 426, Upgrade="websocket")
        return Response(takeover=lambda connection: self._run(connection, request))

    def request(self, kind: str, payload: Json, timeout: float, **more: object) -> Json:
        """Send an envelope and return the payload of its acknowledgement.

        Raise `TimeoutError` without a timely acknowledgement, or `ConnectionError` if no app is
        connected.
        """
        envelope_id = str(uuid.uuid4())
        answers: queue.Queue[Json] = queue.Queue(1)
        with self._lock:
            if not self._connections:
                raise ConnectionError("no app is connected over Socket Mode")
            connection = self._connections[next(self._turn) % len(self._connections)]
            self._waiting[envelope_id] = answers
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        try:
            connection.send(envelope | more)
            return answers.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"the envelope was not acknowledged within {timeout:g} s") from None
        finally:
            with self._lock:
                self._waiting.pop(envelope_id, None)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, as Slack does from time to time, and close its connections.

        What happens until the app is back is delivered by a retry.
        """
        with self._lock:
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "-"}})
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._connections):
            connection.close()

    def _run(self, connection: socket.socket, request: Request) -> None:
        # Import late: wsproto is required for Socket Mode only.
        from slack_simulator.socket_mode.connection import SocketConnection  # noqa: PLC0415

        def on_open() -> None:
            with self._changed:
                self._connections.append(made)
                self.is_used = True
                self._changed.notify_all()

        made = SocketConnection(on_open, self._acknowledged, self.ping_seconds)
        hello: Json = {
            "type": "hello",
            "num_connections": len(self._connections) + 1,
            "connection_info": {"app_id": self._identity.app_id},
            "debug_info": {"host": "simulated", "approximate_connection_time": 18_060},
        }
        try:
            made.run(connection, request.path, request.headers, hello)
        finally:
            with self._lock:
                self._connections = [each for each in self._connections if each is not made]

    def _acknowledged(self, message: Json) -> None:
        with self._lock:
            answers = self._waiting.pop(str(message.get("envelope_id")), None)
        if answers is not None:
            answers.put(message.get("payload") or {})
