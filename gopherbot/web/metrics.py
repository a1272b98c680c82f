"""`/metrics` for Prometheus: a snapshot of the whole bot, taken from Redis.

It covers the workers, which cannot be scraped, and any gateway can serve it. The page exists only
if `GOPHER_METRICS_TOKEN` is set, and requests must send that token.
"""

from __future__ import annotations

import hmac

import falcon
import gevent

from gopherbot import logs
from gopherbot.settings import Secret
from gopherbot.status import prometheus
from gopherbot.status.snapshot import SnapshotCollector, StatusSnapshot
from gopherbot.storage.client import REDIS_ERRORS

COLLECT_SECONDS = 2.0
"""The time limit for Redis. After it, the page reports that Redis does not answer."""

log = logs.get_logger(__name__)


class Metrics:
    """Serves the page to requests with the token."""

    def __init__(self, collector: SnapshotCollector, token: Secret) -> None:
        self.collector = collector
        self._expected = f"Bearer {token.reveal()}".encode()

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer 200, even if Redis does not answer, or 401."""
        given = request.env.get("HTTP_AUTHORIZATION", "").encode("utf-8", "surrogateescape")
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
