"""Exactly once: who may do an effect, and what is known of it.

One hash in Redis for each event, one field for each effect of it, kept for an hour:

    claimed   somebody does it now; takeable when its worker is dead or its lease has ended
    doubtful  it may have been done: whoever takes it looks before it leaps
    settled   it is done, or will never be

An effect that is not there is free. What may be claimed is decided in `lua/claim.lua`, at once and
by Redis's clock.
"""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass
from pathlib import Path

import redis

from gopherbot.heartbeat import workers_key

KEPT_SECONDS = 60 * 60
LEASE_SECONDS = 15
"""Longer than an event may take (10 s): a claim older than that is in nobody's hands."""
UNDER_WAY_SECONDS = 3
"""How long a call that a worker made before it died may still take effect: looking earlier might
miss it."""

_SCRIPT = (Path(__file__).parent / "lua" / "claim.lua").read_text()


class State(enum.Enum):
    """What a claim met."""

    MINE = "mine"
    SETTLED = "settled"
    DOUBTFUL = "doubtful"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim. If it is BUSY, `wait` says in how many seconds to ask again."""

    state: State
    wait: float = 0.0


class Ledger:
    """The ledger of one attempt's worker. Errors of Redis pass through."""

    def __init__(self, client: redis.Redis, app: str, worker_id: str) -> None:
        self.client = client
        self.app = app
        self.worker_id = worker_id
        self._claim = client.register_script(_SCRIPT)

    def new_token(self) -> str:
        """Make the name of an attempt; a claim repeated under the same name is still its own."""
        return uuid.uuid4().hex

    def claim(self, event_id: str, effect: str, token: str) -> Claim:
        """Try to take an effect; under the token that has it, renew its lease."""
        state, wait = self._claim(
            keys=[self.key(event_id), workers_key(self.app)],
            args=[
                effect,
                self.worker_id,
                token,
                LEASE_SECONDS * 1000,
                KEPT_SECONDS,
                UNDER_WAY_SECONDS * 1000,
            ],
        )
        return Claim(State(state.decode()), wait / 1000)

    def settle(self, event_id: str, effect: str) -> None:
        """Note that it is done, or never will be."""
        self._set(event_id, effect, "settled")

    def doubt(self, event_id: str, effect: str) -> None:
        """Note that it may have been done."""
        self._set(event_id, effect, "doubtful")

    def release(self, event_id: str, effect: str) -> None:
        """Give a claim back: it was surely not done."""
        self.client.hdel(self.key(event_id), effect)

    def key(self, event_id: str) -> str:
        """The Redis key of an event's entries."""
        return f"{self.app}:ledger:{event_id}"

    def _set(self, event_id: str, effect: str, entry: str) -> None:
        key = self.key(event_id)
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(key, effect, entry)
            pipe.expire(key, KEPT_SECONDS)
            pipe.execute()
