"""The base of the simulated sites: faults, and feed entries for requests."""

import threading
import time
from typing import Any, Literal

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.exchange import exchange_of
from slack_simulator.http.messages import Request, Response, text_response


class ServiceFault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A fault of a site, for its next `times` requests (None: until recovery).

    `down`       503
    `cut`        the connection closes without a response
    `malformed`  200 with truncated JSON
    `slow`       a normal response after `seconds`
    """

    kind: Literal["down", "cut", "malformed", "slow"]
    seconds: float = 5.0
    times: int | None = None


class Service:
    """A site under its own base path. `name` is the path and the name in the feed."""

    name = ""

    def __init__(self, feed: Feed) -> None:
        self.lock = threading.RLock()
        self.base = ""
        """The site's base URL without a trailing slash, set once the simulator listens."""
        self._fault: ServiceFault | None = None
        self._feed = feed
        self._closing = threading.Event()

    def fail(self, kind: Literal["down", "cut", "malformed", "slow"], **more: Any) -> None:
        """Fail from now on; see `ServiceFault` for the kinds and further arguments."""
        self.set_fault(ServiceFault(kind=kind, **more))

    def set_fault(self, fault: ServiceFault | None) -> None:
        """Apply a fault from now on, or with None work again."""
        with self.lock:
            self._fault = fault

    def recover(self) -> None:
        """Work again."""
        self.set_fault(None)

    def close(self) -> None:
        """Release the requests that are delayed by a fault."""
        self._closing.set()

    def handle(self, request: Request) -> Response:
        """Answer a request, applying a fault if one is set, and log it in the feed."""
        path = request.path.removeprefix(f"/{self.name}")
        started = time.monotonic()
        response = self._handle(request, path)
        self._feed.append(
            "service",
            {
                "service": self.name,
                "method": request.method,
                "path": path,
                "http_status": None if response.cut else response.status,
                "seconds": time.monotonic() - started,
                "exchange": self._feed.exchanges.add(exchange_of(request, response)),
            },
        )
        return response

    def answer(self, request: Request, path: str) -> Response:
        """Answer a request. `path` is relative to the site's base."""
        raise NotImplementedError

    def _handle(self, request: Request, path: str) -> Response:
        fault = self._take_fault()
        match fault.kind if fault is not None else "":
            case "down":
                return text_response("Service Unavailable", 503)
            case "cut":
                return Response(cut="unanswered")
            case "malformed":
                headers = {"Content-Type": "application/json"}
                return Response(headers=headers, body=b'[{"id": "1", "_num')
        if fault is not None:
            self._closing.wait(fault.seconds)
        return self.answer(request, path)

    def _take_fault(self) -> ServiceFault | None:
        with self.lock:
            fault = self._fault
            if fault is not None and fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._fault = None
            return fault
