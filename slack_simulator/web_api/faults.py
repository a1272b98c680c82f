"""What is to go wrong with calls of the Web API, and how each fault looks from outside.

===================  =============================================================================
kind                 what the caller sees
===================  =============================================================================
ratelimited          429 with Retry-After `retry_after`; nothing is done
server_error         `status` (503); nothing is done, or with `done` it is, all the same
slow                 waits `seconds`, then does it and answers
slow_after           does it, waits `seconds`, then answers
cut_before           the connection ends without an answer; nothing is done
cut_after            it is done; the connection ends without an answer
cut_during           it is done; the connection is reset (RST) in the middle of the answer
wrong_content_type   200 with a web page; nothing is done, or with `done` it is
error                `ok: false` with `error`; nothing is done, or with `done` it is
===================  =============================================================================
"""

import threading
from collections.abc import Callable, Container
from typing import Literal

import msgspec

from slack_simulator.http.messages import Response, html_response, json_response

FaultKind = Literal[
    "ratelimited",
    "server_error",
    "slow",
    "slow_after",
    "cut_before",
    "cut_after",
    "cut_during",
    "wrong_content_type",
    "error",
]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong, with `method` (`*`: every one) called on `channel` (None: any).

    It strikes `times` times (None: until cleared), after letting `skip` matching calls pass.
    `retry_after` and `seconds` are seconds; `hits` counts how often it struck.
    """

    kind: FaultKind
    method: str = "*"
    channel: str | None = None
    times: int | None = 1
    skip: int = 0
    retry_after: int = 1
    seconds: float = 1.0
    status: int = 503
    error: str = "internal_error"
    done: bool = False
    hits: int = 0

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.retry_after < 0 or not 400 <= self.status <= 599:
            raise ValueError("seconds and retry_after are not negative, status is 400 to 599")

    @property
    def exhausted(self) -> bool:
        """Whether it has struck as often as it was meant to."""
        return self.times is not None and self.hits >= self.times


class Faults:
    """The faults in force. Of several that match, the first one added strikes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force; the same object is returned and counts its `hits`."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """From now on everything works."""
        with self._lock:
            self._faults.clear()

    def list(self) -> list[Fault]:
        """Return the faults that can still strike, in the order in which they were added."""
        with self._lock:
            return [fault for fault in self._faults if not fault.exhausted]

    def take(self, method: str, channel_names: Container[str | None]) -> Fault | None:
        """Return the fault that strikes this call, and count it; `channel_names`: id and name."""
        with self._lock:
            for fault in self._faults:
                if fault.exhausted or fault.method not in {"*", method}:
                    continue
                if fault.channel is not None and fault.channel not in channel_names:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                return fault
        return None


def strike(
    fault: Fault, perform: Callable[[], Response], pause: Callable[[float], object]
) -> Response:
    """Answer a call as the fault has it. `perform` does the call; `pause` waits seconds."""
    match fault.kind:
        case "slow":
            pause(fault.seconds)
            return perform()
        case "slow_after":
            response = perform()
            pause(fault.seconds)
            return response
        case "cut_after":
            return cut(perform(), "unanswered")
        case "cut_during":
            return cut(perform(), "halfway")
    if fault.done:
        perform()
    return _refusal(fault)


def _refusal(fault: Fault) -> Response:
    match fault.kind:
        case "ratelimited":
            return rate_limited(fault.retry_after)
        case "server_error":
            return html_response("<html><body>Server Error</body></html>", fault.status)
        case "wrong_content_type":
            return html_response("<!DOCTYPE html><html><body>Slack</body></html>")
        case "error":
            return json_response({"ok": False, "error": fault.error})
    return Response(cut="unanswered")


def cut(response: Response, how: Literal["unanswered", "halfway"]) -> Response:
    """Return the same answer, but the connection is cut."""
    response.cut = how
    return response


def rate_limited(retry_after: int) -> Response:
    """Slack's 429, asking to wait `retry_after` seconds."""
    refusal = {"ok": False, "error": "ratelimited"}
    return json_response(refusal, 429, Retry_After=str(retry_after))
