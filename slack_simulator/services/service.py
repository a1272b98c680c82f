"""What the stand-ins for other sites have in common: faults, and entries in the feed."""

import threading
import time
from typing import Any, Literal

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.exchange import exchange_of
from slack_simulator.http.messages import Request, Response, text_response


class ServiceFault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How a site fails, for its next `times` requests (None: until told otherwise).

    `down`       503
    `cut`        the connection ends without an answer
    `malformed`  200 with half a JSON text
    `slow`       answers properly after `seconds`
    """

    kind: Literal["down", "cut", "malformed", "slow"]
    seconds: float = 5.0
    times: int | None = None


class Service:
    """One site under its own base path; `name` is both the path and what the feed calls it."""

    name = ""

    def __init__(self, feed: Feed) -> None:
        self.lock = threading.RLock()
        self.base = ""
        """The site's address, once the simulator listens: without a slash at the end."""
        self._fault: ServiceFault | None = None
        self._feed = feed
        self._closing = threading.Event()

    def fail(self, kind: Literal["down", "cut", "malformed", "slow"], **more: Any) -> None:
        """Fail from now on; see ServiceFault for the kinds and further arguments."""
        self.set_fault(ServiceFault(kind=kind, **more))

    def set_fault(self, fault: ServiceFault | None) -> None:
        """Fail in this way from now on, or with None work again."""
        with self.lock:
            self._fault = fault

    def recover(self) -> None:
        """Work again."""
        self.set_fault(None)

    def close(self) -> None:
        """Let requests that are slow on purpose go at once."""
        self._closing.set()

    def handle(self, request: Request) -> Response:
        """Answer a request, or fail at it, and log it."""
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
        """Answer a request for `path`, which starts after the site's base."""
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
