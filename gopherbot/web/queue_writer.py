"""Writes messages to their queues, in batches.

Requests that arrive together share one round trip to Redis. Each adds its message and waits, while
a single writer writes all waiting messages in one transaction. A request is acknowledged only once
its message has been written.
"""

from __future__ import annotations

from collections import Counter, deque

import gevent
import redis
from gevent.event import Event

from gopherbot import logs
from gopherbot.errors import GopherbotError
from gopherbot.metrics import counters
from gopherbot.metrics.counters import Counts
from gopherbot.queues.messages import ENQUEUE, EncodedMessage, script_arguments
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.storage.raw_connection import RawConnection

DEADLINE_SECONDS = 2.2
"""The time limit for a request to wait for Redis, so that Slack is answered within 2.5 s."""
_MOST_AT_ONCE = 256

log = logs.get_logger(__name__)


class QueueUnreachable(GopherbotError):
    """The message was not queued: Redis is unreachable, slow or full."""


class _Waiting:
    """A message whose request waits for it to be written. None is a check of the writer."""

    __slots__ = ("done", "error", "given_up", "message")

    def __init__(self, message: EncodedMessage | None) -> None:
        self.message = message
        self.done = Event()
        self.error = ""
        self.given_up = False


class QueueWriter:
    """Writes to the queues. The writer greenlet starts with the first message, after any fork.

    One that died is replaced with the next message.
    """

    def __init__(self, client: redis.Redis, app: str, counts: Counts | None = None) -> None:
        self.app = app
        self.counts = counts or Counts()
        self._connection = RawConnection(client)
        self._enqueue = client.register_script(ENQUEUE)
        self._waiting: deque[_Waiting] = deque()
        self._arrived = Event()
        self._writer: gevent.Greenlet[[], None] | None = None

    def put(self, message: EncodedMessage) -> None:
        """Return once the message is queued. Raise `QueueUnreachable` within `DEADLINE_SECONDS`."""
        self._wait_for(_Waiting(message))

    def check(self) -> None:
        """Return once Redis has taken a write that needs memory. Raise as `put` does."""
        self._wait_for(_Waiting(None))

    def _wait_for(self, waiting: _Waiting) -> None:
        if not self._writer:
            self._writer = gevent.spawn(self._write_forever)
        self._waiting.append(waiting)
        self._arrived.set()
        if not waiting.done.wait(DEADLINE_SECONDS):
            waiting.given_up = True
            raise QueueUnreachable("redis did not answer in time")
        if waiting.error:
            raise QueueUnreachable(waiting.error)

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
            # Slack resends an event that was answered with 503. Don't queue it twice.
            if not waiting.given_up:
                batch.append(waiting)
        if not batch:
            return
        error = ""
        messages = [waiting.message for waiting in batch if waiting.message]
        try:
            if messages:
                # A script runs completely or not at all: when full, Redis rejects it at its start.
                self._connection.run_script(self._enqueue, *script_arguments(self.app, messages))
                for queue, number in Counter(message.queue for message in messages).items():
                    self.counts.add(counters.RECEIVED, queue, number)
            if len(messages) < len(batch):
                self._write_check()
        except REDIS_ERRORS as problem:
            error = f"{type(problem).__name__}: {problem}"
            log.warning("events not queued", count=len(messages), error=error)
        except BaseException:
            error = "the writer failed"
            log.exception("events not queued", count=len(messages))
        for waiting in batch:
            waiting.error = error
            waiting.done.set()

    def _write_check(self) -> None:
        (reply,) = self._connection.execute(("SET", keys.ready(self.app), "", "EX", 60))
        if isinstance(reply, redis.RedisError):
            raise reply
