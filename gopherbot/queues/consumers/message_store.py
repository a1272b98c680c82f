"""Fetches and settles a worker's messages in Redis. Each step is one script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import redis
from redis.commands.core import Script

from gopherbot.queues import messages
from gopherbot.storage import keys
from gopherbot.storage.raw_connection import RawConnections, RedisCommand

Disposition = Literal["ack", "reject", "requeue"]
"""How to settle a message: it is done, is dead-lettered, or goes back to its queue."""

_BEGUN_SECONDS = 24 * 60 * 60
_HERE = Path(__file__).parent


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
        """Enqueue a message."""
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
        """Record that a thread begins to work on a message, in case that it kills the worker.

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
        found: list[bytes] = self._ask("SMEMBERS", self.in_flight_key(queue))
        return found

    def waiting(self, queue: str) -> int:
        """Return the number of waiting messages in a queue."""
        return int(self._ask("LLEN", keys.waiting(self.app, queue)))

    def in_flight_key(self, queue: str) -> str:
        """Return the key of the ids that this worker has in flight."""
        return keys.in_flight(self.app, self.worker_id, queue)

    def _fetch_keys(self, queue: str) -> list[str]:
        return [
            keys.waiting(self.app, queue),
            keys.messages(self.app, queue),
            self.in_flight_key(queue),
            keys.processes(self.app),
        ]

    def _ask(self, *command: str) -> Any:
        (reply,) = self.connections.execute(command)
        if isinstance(reply, redis.RedisError):
            raise reply
        return reply

    def _script(self, name: str) -> Script:
        return self.connections.script((_HERE / f"{name}.lua").read_text())
