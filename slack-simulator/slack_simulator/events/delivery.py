"""Deliver events to the gateway as Slack does.

The gateway has three seconds to acknowledge with a 2xx status. Otherwise up to three retries
follow, each with its number and a reason, unless a response has `X-Slack-No-Retry: 1`.
https://docs.slack.dev/apis/events-api#retries
"""

import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec
import urllib3
from msgspec import structs

from slack_simulator.events.delivery_queue import Delivery, DeliveryQueue
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.events.event_faults import EventFaults
from slack_simulator.events.signing import signed_headers
from slack_simulator.feed.exchanges import Exchange, first_line
from slack_simulator.feed.feed import PATIENCE, Feed
from slack_simulator.socket_mode.socket_mode import SocketMode

THREADS = 16
OUTCOMES_KEPT = 20_000
SOCKET = "socket mode"
"""Replaces the gateway's address when the app is connected over Socket Mode."""
ENVELOPES_KEPT = 5_000


class Attempt(msgspec.Struct, kw_only=True):
    """One attempt to deliver an event, and its outcome.

    `number` is 0 for the first attempt, else X-Slack-Retry-Num. `error` is the reason that Slack
    gives for the next retry, or empty. Times are monotonic, except `sent_wall`; all are in seconds.
    """

    event_id: str
    event_type: str
    number: int
    gateway: str
    sent_at: float
    sent_wall: float
    status: int | None = None
    error: str = ""
    acknowledged_at: float | None = None
    seconds: float = 0.0
    no_retry: bool = False
    reason: str = ""
    """The first line of the gateway's error response."""
    exchange: int = 0


class Answer(msgspec.Struct, kw_only=True):
    """The gateway's response to a raw request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Deliveries:
    """The queue of deliveries, and the threads that work through it.

    These attributes can be set at any time:
    `gateways`   addresses that take turns; events are dropped with neither these nor an app that
                 has used Socket Mode, unless they are held
    `delays`     seconds between the end of an attempt and the next one, for each retry
    `timeout`    seconds within which a gateway has to acknowledge
    `redeliver`  the minimum number of deliveries per event, even if acknowledged
    `clock_skew` seconds by which Slack's clock is ahead of the app's; negative if it is behind
    `jitter`     the maximum random delay of first attempts in seconds, to reorder events
    """

    def __init__(
        self, app_id: str, feed: Feed, signing_secret: str, socket_mode: SocketMode
    ) -> None:
        self.gateways: list[str] = []
        self._socket_mode = socket_mode
        self.delays: Sequence[float] = (1.0, 60.0, 300.0)
        self.timeout = 3.0
        self.redeliver = 1
        self.jitter = 0.0
        self.clock_skew = 0.0
        self.signing_secret = signing_secret
        self.faults = EventFaults()
        self.attempts: deque[Attempt] = deque(maxlen=OUTCOMES_KEPT)
        self._app_id = app_id
        self._feed = feed
        self._http = urllib3.PoolManager(num_pools=32, maxsize=THREADS)
        self._queue = DeliveryQueue()
        self._sent: dict[str, EventEnvelope] = {}
        self._turn = itertools.count()
        self._threads = threading.Semaphore(THREADS)

    def close(self) -> None:
        """Stop delivering, without waiting for deliveries in flight."""
        self._queue.close()
        self._http.clear()

    def send(self, envelope: EventEnvelope) -> None:
        """Queue an event for delivery."""
        self._sent[envelope.event_id] = envelope
        while len(self._sent) > ENVELOPES_KEPT:
            self._sent.pop(next(iter(self._sent)), None)
        if not (self.gateways or self._socket_mode.is_used or self._queue.is_held):
            self._not_sent(envelope, "no app is connected")
            return
        wait = random.uniform(0, self.jitter) if self.jitter else 0.0
        fault = self.faults.take(envelope.event_type)
        times = {"lost": 0, "twice": 2, "late": 1}[fault.kind] if fault else 1
        if fault and fault.kind == "late":
            wait += fault.seconds
        for _ in range(times):
            self._queue.put(Delivery(envelope), wait)
            self._add_thread()
        if not times:
            self._not_sent(envelope, "lost by a fault")

    def send_late(self, event_id: str, age: float) -> None:
        """Send an event again, dated `age` seconds ago: what Slack calls a delayed event.

        It keeps its ID and has the headers of a retry. Only the envelope is dated back; to date a
        message back, pass its `ts` to `say`. Raise `LookupError` if the event isn't kept.
        """
        sent = self._sent.get(event_id)
        if sent is None:
            raise LookupError(f"{event_id} isn't kept any longer, or was never sent")
        failed = [attempt.error for attempt in self.of(event_id) if attempt.error]
        reason = failed[-1] if failed else "http_timeout"
        late = Delivery(sent.dated(time.time() - age), len(self.delays) + 1, reason)
        self._queue.put(late)
        self._add_thread()

    def hold(self) -> None:
        """Hold all further deliveries, including retries, until `release`.

        The app that they are for may start in the meantime.
        """
        self._queue.hold()

    def release(self, *, backwards: bool = False, apart: float = 0.0) -> None:
        """Release the held deliveries, in reverse order with `backwards`.

        They are sent `apart` seconds apart. The threads may reorder deliveries without a gap.
        """
        self._queue.release(backwards=backwards, apart=apart)

    def wait_idle(self, timeout: float = PATIENCE) -> None:
        """Wait until no delivery is queued or in flight. Raise `TimeoutError`."""
        self._queue.wait_idle(timeout)

    def wait_attempted(self, timeout: float = PATIENCE) -> None:
        """Wait until each event was delivered or failed once. Raise `TimeoutError`."""
        self._queue.wait_attempted(timeout)

    def sent(self, event_id: str) -> EventEnvelope | None:
        """Return an event that was sent, or None if it was evicted or never sent."""
        return self._sent.get(event_id)

    def of(self, event_id: str) -> list[Attempt]:
        """Return the finished attempts to deliver an event, in the order in which they ended."""
        return [attempt for attempt in list(self.attempts) if attempt.event_id == event_id]

    def post(self, body: bytes, headers: dict[str, str], gateway: str | None = None) -> Answer:
        """Post a request to a gateway once. Raise `LookupError` or urllib3's errors."""
        response = self._http.request(
            "POST",
            gateway or self.next_gateway(),
            body=body,
            headers=headers,
            retries=_REDIRECTS,
            timeout=urllib3.Timeout(total=self.timeout),
        )
        return Answer(status=response.status, headers=dict(response.headers), body=response.data)

    def sign(self, body: bytes) -> dict[str, str]:
        """Return the headers with which Slack sends `body` now, by its clock."""
        return signed_headers(self.signing_secret, body, int(time.time() + self.clock_skew))

    def next_gateway(self) -> str:
        """Return the gateway whose turn it is. Raise `LookupError` if none is set."""
        gateways = self.gateways
        if not gateways:
            raise LookupError("no Request URL is set, so there is nowhere to deliver to")
        return gateways[next(self._turn) % len(gateways)]

    def _not_sent(self, envelope: EventEnvelope, reason: str) -> None:
        facts = {"app": self._app_id, "event_id": envelope.event_id}
        self._feed.append("not_sent", facts | {"event_type": envelope.event_type, "reason": reason})

    def _facts(self, attempt: Attempt) -> dict[str, Any]:
        return {
            "app": self._app_id,
            "event_id": attempt.event_id,
            "event_type": attempt.event_type,
            "attempt": attempt.number,
            "gateway": attempt.gateway,
        }

    def _add_thread(self) -> None:
        """Start one more delivery thread, up to `THREADS`: many a simulator delivers nothing."""
        if self._threads.acquire(blocking=False):
            threading.Thread(target=self._work, name="delivery", daemon=True).start()

    def _work(self) -> None:
        while (delivery := self._queue.take()) is not None:
            try:
                self._deliver(delivery)
            except LookupError:
                pass  # The gateways were unset in the meantime.
            finally:
                self._queue.done()

    def _deliver(self, delivery: Delivery) -> None:
        attempt = Attempt(
            event_id=delivery.envelope.event_id,
            event_type=delivery.envelope.event_type,
            number=delivery.number,
            gateway=SOCKET if self._goes_by_socket() else self.next_gateway(),
            sent_at=time.monotonic(),
            sent_wall=time.time(),
        )
        self._feed.append("delivery", self._facts(attempt))
        if attempt.gateway == SOCKET:
            self._try_socket(attempt, delivery)
        else:
            self._try(attempt, delivery)
        self.attempts.append(attempt)
        outcome = {name: getattr(attempt, name) for name in _OUTCOME}
        self._feed.append("acknowledged", self._facts(attempt) | outcome)
        self._again(attempt, delivery)

    def _goes_by_socket(self) -> bool:
        """Return whether to use Socket Mode, perhaps of an app that is about to reconnect."""
        return self._socket_mode.is_connected or (self._socket_mode.is_used and not self.gateways)

    def _try(self, attempt: Attempt, delivery: Delivery) -> None:
        body = delivery.envelope.body
        headers = self.sign(body)
        if delivery.number:
            headers["X-Slack-Retry-Num"] = str(delivery.number)
            headers["X-Slack-Retry-Reason"] = delivery.reason
        sent = Exchange(method="POST", url=attempt.gateway, headers=headers, body=body)
        try:
            answer = self.post(body, headers, attempt.gateway)
        except (urllib3.exceptions.HTTPError, OSError) as problem:
            attempt.error = _reason(problem)
        else:
            attempt.status = answer.status
            attempt.acknowledged_at = time.monotonic()
            attempt.no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
            attempt.error = "" if 200 <= answer.status < 300 else "http_error"
            attempt.reason = first_line(answer.body, answer.headers) if attempt.error else ""
            sent = structs.replace(
                sent, status=answer.status, answer_headers=answer.headers, answer=answer.body
            )
        attempt.exchange = self._feed.exchanges.add(sent)
        attempt.seconds = time.monotonic() - attempt.sent_at
        # A slow, trickling response can exceed the timeout without a pause that would trigger it.
        if attempt.seconds > self.timeout:
            attempt.error = "http_timeout"

    def _try_socket(self, attempt: Attempt, delivery: Delivery) -> None:
        payload = msgspec.json.decode(delivery.envelope.body)
        more = {"retry_attempt": delivery.number, "retry_reason": delivery.reason}
        sent = Exchange(method="SOCKET", url="events_api", headers={}, body=delivery.envelope.body)
        try:
            self._socket_mode.request("events_api", payload, self.timeout, **more)
        except TimeoutError:
            attempt.error = "timeout"
        except OSError:
            attempt.error = "connection_failed"
        else:
            attempt.status, attempt.acknowledged_at = 200, time.monotonic()
            sent = structs.replace(sent, status=200)
        attempt.exchange = self._feed.exchanges.add(sent)
        attempt.seconds = time.monotonic() - attempt.sent_at

    def _again(self, attempt: Attempt, delivery: Delivery) -> None:
        number = attempt.number + 1
        failed = bool(attempt.error) and not attempt.no_retry and number <= len(self.delays)
        if failed or number < self.redeliver:
            delay = self.delays[min(number, len(self.delays)) - 1] if self.delays else 0.0
            reason = attempt.error or "http_timeout"
            self._queue.put(Delivery(delivery.envelope, number, reason), delay)


#: Slack follows two redirects. All other retries follow the schedule.
_REDIRECTS = urllib3.Retry(
    total=None, connect=False, read=False, status=False, other=False, redirect=2
)


_OUTCOME = ("status", "error", "reason", "seconds", "exchange")


def _reason(problem: Exception) -> str:
    """Return why a delivery failed as a value of X-Slack-Retry-Reason."""
    if isinstance(problem, urllib3.exceptions.MaxRetryError) and problem.reason is not None:
        problem = problem.reason
    match problem:
        case urllib3.exceptions.ResponseError():
            return "too_many_redirects"
        case urllib3.exceptions.SSLError():
            return "ssl_error"
        case urllib3.exceptions.NewConnectionError() | urllib3.exceptions.ProtocolError():
            return "connection_failed"
        case urllib3.exceptions.TimeoutError():
            return "http_timeout"
    return "unknown_error"
