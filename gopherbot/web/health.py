"""`/_ruok` says that the process lives; `/_ready` that it can do its work."""

from __future__ import annotations

import falcon
import gevent
import redis

from gopherbot.status import durations
from gopherbot.status.snapshot import heard_ages
from gopherbot.storage.client import REDIS_ERRORS

READY_SECONDS = 1.0
"""How long Redis may take to answer, however many ask at once."""


class Alive:
    """Touches nothing."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer `imok`."""
        response.content_type = falcon.MEDIA_TEXT
        response.text = "imok"

    on_head = on_get


class Ready:
    """Asks Redis, for at most `READY_SECONDS`, and tells how old the probe is.

    An old probe is for people: this gateway can do its work without a worker.
    """

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer 200, or 503 and why."""
        response.content_type = falcon.MEDIA_TEXT
        try:
            with gevent.Timeout(READY_SECONDS, TimeoutError):
                probe, members, trip = heard_ages(self.client, self.app)
        except REDIS_ERRORS as error:
            response.status = falcon.HTTP_503
            response.text = f"redis does not answer: {type(error).__name__}\n"
        else:
            response.text = (
                f"ready\nprobe: {_ago(probe, 'none in the last day')}\n"
                f"slack: members {_ago(members, 'never')}, round trip {_ago(trip, 'never')}\n"
            )

    on_head = on_get


def _ago(age: float | None, never: str) -> str:
    return never if age is None else durations.ago(age)
