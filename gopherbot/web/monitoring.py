"""What monitors read: `/_ruok`, `/_ready` and `/metrics`.

`/metrics` is a snapshot of the whole bot, taken from Redis. It covers the workers, which Prometheus
cannot scrape, and any gateway can serve it. The page exists only if `GOPHER_METRICS_TOKEN` is set.
"""

from __future__ import annotations

import hmac
import time

import falcon
import gevent
import redis
from gevent.lock import BoundedSemaphore

from gopherbot import logs
from gopherbot.settings import Secret
from gopherbot.status import durations, prometheus
from gopherbot.status.snapshot import SnapshotCollector, StatusSnapshot, heard_ages
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.web.queue_writer import QueueUnreachable, QueueWriter

READY_SECONDS = 1.0
"""The time limit for Redis, shared by concurrent requests."""
ANSWER_SECONDS = 1.0
"""How long an answer is cached."""
COLLECT_SECONDS = 2.0
"""The time limit for Redis. After it, `/metrics` reports that Redis does not answer."""

log = logs.get_logger(__name__)


class Alive:
    """Reports that the process is alive, without checking anything else."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.content_type = falcon.MEDIA_TEXT
        response.text = "imok"

    on_head = on_get


class Ready:
    """Reports whether events can be queued: whether Redis takes a write of the queues' writer.

    The ages of the last probe, member event and round trip are for people and don't affect the
    status: a gateway can work without workers. The page is public, so it names no cause that could
    contain an address, and Redis is asked at most once per `ANSWER_SECONDS`.
    """

    def __init__(self, client: redis.Redis, app: str, writer: QueueWriter) -> None:
        self.client = client
        self.writer = writer
        self.app = app
        self._asking = BoundedSemaphore(1)
        self._answer = (falcon.HTTP_503, "")
        self._until = 0.0

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        response.content_type = falcon.MEDIA_TEXT
        with self._asking:
            if time.monotonic() >= self._until:
                self._answer = self._ask()
                self._until = time.monotonic() + ANSWER_SECONDS
            response.status, response.text = self._answer

    on_head = on_get

    def _ask(self) -> tuple[str, str]:
        try:
            with gevent.Timeout(READY_SECONDS, TimeoutError):
                self.writer.check()
                probe, members, trip = heard_ages(self.client, self.app)
        except QueueUnreachable:
            return falcon.HTTP_503, "redis takes no events: the gateway's log says why\n"
        except REDIS_ERRORS as error:
            return falcon.HTTP_503, f"redis does not answer: {type(error).__name__}\n"
        return falcon.HTTP_200, (
            f"ready\nprobe: {_ago(probe, 'none in the last day')}\n"
            f"slack: members {_ago(members, 'never')}, round trip {_ago(trip, 'never')}\n"
        )


def _ago(age: float | None, never: str) -> str:
    return never if age is None else durations.ago(age)


class Metrics:
    """Serves `/metrics` to requests with the token."""

    def __init__(self, collector: SnapshotCollector, token: Secret) -> None:
        self.collector = collector
        self._expected = f"Bearer {token.reveal()}".encode()

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        given = request.env.get("HTTP_AUTHORIZATION", "").encode()
        if not hmac.compare_digest(given, self._expected):
            raise falcon.HTTPUnauthorized(
                description="the metrics token is missing or wrong", challenges=["Bearer"]
            )
        response.content_type = prometheus.CONTENT_TYPE
        response.text = prometheus.render(self._snapshot())

    on_head = on_get

    def _snapshot(self) -> StatusSnapshot | None:
        try:
            with gevent.Timeout(COLLECT_SECONDS, TimeoutError):
                return self.collector.collect()
        except REDIS_ERRORS as error:
            log.info("no snapshot for /metrics: redis does not answer", error=str(error))
            return None
