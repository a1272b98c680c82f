"""Faults to inject into Web API calls, and how the caller sees each kind.

===================  =============================================================================
kind                 what the caller sees
===================  =============================================================================
ratelimited          429 with Retry-After `retry_after`; the call isn't executed
server_error         `status` (503); the call isn't executed, unless `done` is set
slow                 after `seconds`, the call is executed and answered
slow_after           the call is executed, and answered after `seconds`
cut_before           the connection closes without a response; the call isn't executed
cut_after            the call is executed; the connection closes without a response
cut_during           the call is executed; the connection is reset (RST) mid-response
wrong_content_type   200 with a web page; the call isn't executed, unless `done` is set
error                `ok: false` with `error`; the call isn't executed, unless `done` is set
===================  =============================================================================
"""

import fnmatch
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
    """A fault in calls of `method` on `channel` and about `user` (None: any).

    `method` may be a family, as in `chat.*`; `*` is any method.

    It lets `skip` matching calls pass, then applies to `times` calls (None: until cleared).
    `retry_after` and `seconds` are in seconds. `hits` counts the calls it applied to.
    """

    kind: FaultKind
    method: str = "*"
    channel: str | None = None
    user: str | None = None
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
            raise ValueError("seconds and retry_after must not be negative; status is 400 to 599")

    @property
    def exhausted(self) -> bool:
        """Whether the fault has applied `times` times."""
        return self.times is not None and self.hits >= self.times


class Faults:
    """The active faults. If several match a call, the first one added applies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Activate a fault. Return the same object, which counts its `hits`."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def list(self) -> list[Fault]:
        """Return the faults that aren't exhausted, in the order in which they were added."""
        with self._lock:
            return [fault for fault in self._faults if not fault.exhausted]

    def take(
        self,
        method: str,
        channel_names: Container[str | None],
        user_names: Container[str | None] = (),
    ) -> Fault | None:
        """Return the fault for this call and count a hit.

        `channel_names` are the ID and the name of its channel, `user_names` those of its user.
        """
        with self._lock:
            for fault in self._faults:
                if fault.exhausted or not fnmatch.fnmatchcase(method, fault.method):
                    continue
                if fault.channel is not None and fault.channel not in channel_names:
                    continue
                if fault.user is not None and fault.user not in user_names:
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
    """Answer a call with a fault. `perform` executes the call, `pause` waits for seconds."""
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
    """Return the response, marked to cut the connection."""
    response.cut = how
    return response


def rate_limited(retry_after: int) -> Response:
    """Return Slack's 429 with a Retry-After of `retry_after` seconds."""
    refusal = {"ok": False, "error": "ratelimited"}
    return json_response(refusal, 429, Retry_After=str(retry_after))
