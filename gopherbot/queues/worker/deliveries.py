"""The messages that this worker has fetched: how they're taken from Redis and settled there."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import redis
from redis.commands.core import Script

from gopherbot.metrics.counters import Counts
from gopherbot.queues import messages
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, RedisAvailability
from gopherbot.storage.raw_connection import RawConnections, RedisCommand

Disposition = Literal["ack", "reject", "requeue", "retry"]
"""How to settle a message: it is done, is dead-lettered, or goes back to its queue."""

_BEGUN_SECONDS = 24 * 60 * 60
_HERE = Path(__file__).parent

RETRY_SECONDS = 0.25


class InFlight:
    """The ids of one queue's in-flight messages. Thread-safe.

    It outlives a consumer: when Dramatiq replaces a failed one, the worker's threads still process
    the messages that it fetched.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._abandoned: set[str] = set()
        self._changed = threading.Condition(threading.Lock())

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, id: str) -> None:
        """Record that a message was fetched."""
        with self._changed:
            self._ids.add(id)

    def discard(self, ids: Iterable[str]) -> None:
        """Record that messages were settled."""
        with self._changed:
            self._ids.difference_update(ids)
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._ids.clear()

    def ids(self) -> set[str]:
        with self._changed:
            return self._ids.copy()

    def wait_for_capacity(self, most: int, seconds: float) -> bool:
        """Wait until at most `most` messages are in flight. Return whether that happened."""
        if len(self._ids) <= most:
            return True
        with self._changed:
            return self._changed.wait_for(lambda: len(self._ids) <= most, seconds)

    def abandon(self, id: str) -> None:
        """Record that this process will neither finish nor acknowledge a message.

        Redis still lists it as in flight here, so another worker requeues it after this one ends.
        """
        self._abandoned.add(id)

    def is_abandoned(self, id: str) -> bool:
        return id in self._abandoned


class MessageStore:
    """The messages of one worker. Every method may raise `REDIS_ERRORS`."""

    def __init__(self, app: str, worker_id: str, connections: RawConnections) -> None:
        self.app = app
        self.worker_id = worker_id
        self.connections = connections
        self.fetch_script = self._script("fetch")
        self.settle_script = self._script("settle_delivery")
        self.forward_script = self._script("forward_delayed")
        self.begin_script = self._script("begin")

    def put(self, queue: str, id: str, data: bytes) -> None:
        self.connections.transaction(
            ("HSET", keys.messages(self.app, queue), id, data),
            ("RPUSH", keys.waiting(self.app, queue), id),
        )

    def fetch(self, queue: str, count: int) -> list[bytes] | None:
        """Fetch up to `count` messages from a queue. Return a flat list of ids and messages.

        Return None if this worker is not registered; it then gets no messages.
        """
        fetched: list[bytes] | None = self.connections.run_script(
            self.fetch_script, self._fetch_keys(queue), [count, self.worker_id]
        )
        return fetched

    def fetch_command(self, queue: str, count: int) -> RedisCommand:
        """Return the fetch command, which requires that Redis has its script loaded."""
        names = self._fetch_keys(queue)
        return ("EVALSHA", self.fetch_script.sha, len(names), *names, count, self.worker_id)

    def begin(self, queue: str, id: str) -> None:
        """Record that a thread begins to work on a message, in case it kills the worker.

        Do not wait for Redis: what is sent arrives, even if the worker dies the next moment.
        """
        names = [self.in_flight_key(queue), keys.begun(self.app, self.worker_id)]
        # Not by its digest: nobody would read that Redis has lost the script.
        script = self.begin_script.script
        self.connections.send(("EVAL", script, len(names), *names, id, _BEGUN_SECONDS))

    def forward_delayed(self, delayed: str, queue: str, ids: Sequence[str]) -> None:
        """Move due messages from the delayed queue to their own queue."""
        names = [
            self.in_flight_key(delayed),
            keys.messages(self.app, delayed),
            keys.messages(self.app, queue),
            keys.waiting(self.app, queue),
        ]
        self.connections.run_script(self.forward_script, names, ids)

    def settle(
        self,
        outcome: Disposition,
        queue: str,
        ids: Sequence[str] | Sequence[bytes],
        died_of: str = "",
    ) -> None:
        """Settle messages that this worker has in flight. Skip all others.

        `died_of` is why they are rejected. It becomes an option of the dead letters.
        """
        names = [
            self.in_flight_key(queue),
            keys.messages(self.app, queue),
            keys.waiting(self.app, queue),
            keys.dead_ids(self.app, queue),
            keys.dead_messages(self.app, queue),
            keys.begun(self.app, self.worker_id),
        ]
        given = [outcome, messages.option("died_of", died_of) if died_of else "", *ids]
        self.connections.run_script(self.settle_script, names, given)

    def in_flight(self, queue: str) -> list[bytes]:
        """Return the ids that Redis lists as in flight in this worker."""
        (reply,) = self.connections.execute(("SMEMBERS", self.in_flight_key(queue)))
        if isinstance(reply, redis.RedisError):
            raise reply
        found: list[bytes] = reply
        return found

    def in_flight_key(self, queue: str) -> str:
        return keys.in_flight(self.app, self.worker_id, queue)

    def _fetch_keys(self, queue: str) -> list[str]:
        return [
            keys.waiting(self.app, queue),
            keys.messages(self.app, queue),
            self.in_flight_key(queue),
            keys.processes(self.app),
        ]

    def _script(self, name: str) -> Script:
        return self.connections.script((_HERE / f"{name}.lua").read_text())


@dataclass(frozen=True, slots=True)
class Shared:
    """What the consumers of a worker share."""

    store: MessageStore
    counts: Counts
    outage: RedisAvailability
    stopping: threading.Event
    beat_soon: Callable[[], None]
    """Requests a heartbeat, which registers the worker."""


class AckBatcher:
    """Settles one queue's messages in Redis, and retries while Redis is unreachable. Thread-safe.

    One thread flushes for all; messages that others finish meanwhile go into its next command.
    """

    def __init__(self, shared: Shared, in_flight: InFlight, queue: str) -> None:
        self._shared = shared
        self._in_flight = in_flight
        self._queue = queue
        self._done: deque[tuple[Disposition, str, str]] = deque()
        self._flush_lock = threading.Lock()

    def add(self, outcome: Disposition, id: str, died_of: str = "") -> None:
        """Settle a message. If another thread is flushing, leave it to that thread and return."""
        self._done.append((outcome, died_of, id))
        # Check again after releasing the lock, so that no message stays unsettled.
        while self._done and self._flush_lock.acquire(blocking=False):
            try:
                batch = self._done.copy()
                self._flush(batch)
                for _ in batch:
                    self._done.popleft()
            finally:
                self._flush_lock.release()

    def _flush(self, batch: Iterable[tuple[Disposition, str, str]]) -> None:
        alike: defaultdict[tuple[Disposition, str], list[str]] = defaultdict(list)
        for outcome, died_of, id in batch:
            alike[outcome, died_of].append(id)
        for (outcome, died_of), ids in alike.items():
            self._settle_all(outcome, ids, died_of)

    def _settle_all(self, outcome: Disposition, ids: list[str], died_of: str) -> None:
        while left := [id for id in ids if not self._in_flight.is_abandoned(id)]:
            try:
                self._shared.store.settle(outcome, self._queue, left, died_of)
                break
            except REDIS_ERRORS as error:
                self._shared.outage.failed(error)
                # Another worker will requeue it, and the ledger shows that it is done.
                if self._shared.stopping.is_set():
                    break
                time.sleep(RETRY_SECONDS)
        self._in_flight.discard(ids)
