"""`/_ruok` shows that the process is alive, `/_ready` that it can queue events."""

from __future__ import annotations

import time

import falcon
import gevent
import redis
from gevent.lock import BoundedSemaphore

from gopherbot.status import durations
from gopherbot.status.snapshot import heard_ages
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.web.queue_writer import QueueAway, QueueWriter

READY_SECONDS = 1.0
"""The time limit for Redis, shared by concurrent requests."""
ANSWER_SECONDS = 1.0
"""How long an answer is cached."""


class Alive:
    """Reports that the process is alive, without checking anything else."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer `imok`."""
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
        """Answer 200, or 503 with the reason."""
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
        except QueueAway:
            return falcon.HTTP_503, "redis takes no events: the gateway's log says why\n"
        except REDIS_ERRORS as error:
            return falcon.HTTP_503, f"redis does not answer: {type(error).__name__}\n"
        return falcon.HTTP_200, (
            f"ready\nprobe: {_ago(probe, 'none in the last day')}\n"
            f"slack: members {_ago(members, 'never')}, round trip {_ago(trip, 'never')}\n"
        )


def _ago(age: float | None, never: str) -> str:
    return never if age is None else durations.ago(age)
