"""Leader election: of several schedulers, the holder of a lease in Redis sends."""

from __future__ import annotations

import enum
from pathlib import Path

import redis

from gopherbot import table
from gopherbot.queues import messages
from gopherbot.storage import keys
from gopherbot.table import ScheduledJob

LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0

_HERE = Path(__file__).parent


class Lead(enum.Enum):
    """Who leads, as `lead.lua` returns it."""

    ANOTHER = 0
    RENEWED = 1
    TAKEN = 2
    """This scheduler leads, and nobody did before: the lease had expired, or Redis was emptied."""


class Leadership:
    """One scheduler's part in the election. Redis errors pass through."""

    def __init__(self, client: redis.Redis, app: str, id: str) -> None:
        self.app = app
        self.id = id
        self.key = keys.leader(app)
        self._lead = client.register_script((_HERE / "lead.lua").read_text())
        self._send = client.register_script((_HERE / "send_if_leader.lua").read_text())

    def renew(self) -> Lead:
        """Take or renew the lead."""
        return Lead(self._lead(keys=[self.key], args=[self.id, int(LEASE_SECONDS * 1000)]))

    def resign(self) -> None:
        """Release the lease, so that the next leader need not wait for it to expire."""
        self._lead(keys=[self.key], args=[self.id, 0])

    def send(self, job: ScheduledJob) -> bool:
        """Send a job to its actor if this scheduler leads. Return whether it was sent."""
        entry = [job.entry] if job.entry else []
        limit = table.max_age(job.actor) or 0
        message = messages.pack(table.BACKGROUND, job.actor, *entry, max_age=limit)
        names = [
            self.key,
            keys.messages(self.app, message.queue),
            keys.waiting(self.app, message.queue),
        ]
        return bool(self._send(keys=names, args=[self.id, message.id, message.data]))
