"""Puts messages into their queues, many at once.

Requests that arrive together share one round trip to Redis: each adds its parcel and waits, while
one writer takes all that wait and writes them in one transaction. A request is answered only when
its parcel is in the queue, or surely too late to matter.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque

import redis

from gopherbot import logs
from gopherbot.errors import GopherbotError
from gopherbot.queues import Parcel, list_key, messages_key

DEADLINE_SECONDS = 2.2
"""How long a request may wait for Redis; Slack is answered within 2.5 s."""
_MOST_AT_ONCE = 256

log = logs.get_logger(__name__)


class QueueAway(GopherbotError):
    """The parcel is not in its queue: Redis is away, slow or full."""


class _Waiting:
    """One parcel on its way."""

    __slots__ = ("done", "error", "given_up", "parcel")

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.done = threading.Event()
        self.error = ""
        self.given_up = False


class Outbox:
    """The way into the queues. The writer starts with the first parcel, after any fork."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app
        self._waiting: deque[_Waiting] = deque()
        self._arrived = threading.Event()
        self._start = threading.Lock()
        self._started = False

    def put(self, parcel: Parcel) -> None:
        """Return once the parcel is in its queue. Raises `QueueAway` within `DEADLINE_SECONDS`."""
        if not self._started:
            self._start_writer()
        waiting = _Waiting(parcel)
        self._waiting.append(waiting)
        self._arrived.set()
        if not waiting.done.wait(DEADLINE_SECONDS):
            waiting.given_up = True
            raise QueueAway("redis did not answer in time")
        if waiting.error:
            raise QueueAway(waiting.error)

    def _start_writer(self) -> None:
        with self._start:
            if not self._started:
                threading.Thread(target=self._write_forever, name="outbox", daemon=True).start()
                self._started = True

    def _write_forever(self) -> None:
        while True:
            self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                self._write_some()

    def _write_some(self) -> None:
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < _MOST_AT_ONCE:
            waiting = self._waiting.popleft()
            # One that was answered with 503 comes again: written now, it would come twice.
            if not waiting.given_up:
                batch.append(waiting)
        if not batch:
            return
        error = ""
        try:
            self._write([waiting.parcel for waiting in batch])
        except (redis.RedisError, OSError) as problem:
            error = f"{type(problem).__name__}: {problem}"
            log.warning("events not queued", count=len(batch), error=error)
        except BaseException:
            error = "the writer failed"
            log.exception("events not queued", count=len(batch))
        for waiting in batch:
            waiting.error = error
            waiting.done.set()

    def _write(self, parcels: list[Parcel]) -> None:
        by_queue: defaultdict[str, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            by_queue[parcel.queue].append(parcel)
        with self.client.pipeline(transaction=True) as pipe:
            for queue, some in by_queue.items():
                pipe.hset(
                    messages_key(self.app, queue),
                    items=[piece for parcel in some for piece in (parcel.id, parcel.data)],
                )
                pipe.rpush(list_key(self.app, queue), *(parcel.id for parcel in some))
            pipe.execute()
