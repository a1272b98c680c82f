"""`/_ruok` says that the process lives; `/_ready` that it can do its work."""

from __future__ import annotations

import time

import falcon
import gevent
import redis
from gevent.lock import BoundedSemaphore

from gopherbot.status import durations
from gopherbot.status.snapshot import heard_ages
from gopherbot.storage.client import REDIS_ERRORS

READY_SECONDS = 1.0
"""How long Redis may take to answer, however many ask at once."""
ANSWER_SECONDS = 1.0
"""How long an answer of it is good for."""


class Alive:
    """Tells that the process lives, without touching anything else."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer `imok`."""
        response.content_type = falcon.MEDIA_TEXT
        response.text = "imok"

    on_head = on_get


class Ready:
    """Tells whether Redis answers, and how old the signs of life are.

    Old ones are for people: this gateway can do its work without a worker. Redis is asked once in
    `ANSWER_SECONDS`, however often this is: anybody may ask.
    """

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app
        self._asking = BoundedSemaphore(1)
        self._answer = (falcon.HTTP_503, "")
        self._until = 0.0

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer 200, or 503 and why."""
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
                probe, members, trip = heard_ages(self.client, self.app)
        except REDIS_ERRORS as error:
            return falcon.HTTP_503, f"redis does not answer: {type(error).__name__}\n"
        return falcon.HTTP_200, (
            f"ready\nprobe: {_ago(probe, 'none in the last day')}\n"
            f"slack: members {_ago(members, 'never')}, round trip {_ago(trip, 'never')}\n"
        )


def _ago(age: float | None, never: str) -> str:
    return never if age is None else durations.ago(age)
