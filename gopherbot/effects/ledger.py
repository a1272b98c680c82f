"""Exactly once: who may do an effect, and what is known of it.

One hash in Redis for each event, one field for each effect of it, kept for an hour:

    claimed   somebody does it now; takeable when its worker is dead or its lease has ended, or by
              the same worker when the attempt is over
    doubtful  it may have been done: whoever takes it looks before it leaps
    settled   it is done, or will never be

An effect that is not there is free. What may be claimed is decided in `claim.lua`, at once and
by Redis's clock.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gopherbot.storage import keys
from gopherbot.storage.raw_connection import RawConnections

KEPT_SECONDS = 60 * 60
LEASE_SECONDS = 15
"""Longer than an event may take (10 s): a claim older than that is in nobody's hands."""
UNDER_WAY_SECONDS = 3
"""How long a call that a worker made before it died may still take effect: looking earlier might
miss it."""

# Whatever is done here may be done twice: claims carry a token, all else sets or removes.
_ATTEMPTS = 3
_SCRIPT = Path(__file__).with_name("claim.lua").read_text()


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

    def __init__(self, connections: RawConnections, app: str, worker_id: str) -> None:
        self.connections = connections
        self.app = app
        self.worker_id = worker_id
        self._claim = connections.script(_SCRIPT)
        self._lock = threading.Lock()
        self._attempts = 0
        self._running: set[str] = set()

    @contextmanager
    def attempt(self) -> Iterator[str]:
        """Name an attempt for as long as the block runs, by a number higher than any before it.

        A claim repeated under the same name is still its own. What an attempt has claimed and could
        not settle, because Redis was away, is not waited for once it is over.
        """
        with self._lock:
            self._attempts += 1
            token = str(self._attempts)
            self._running.add(token)
        try:
            yield token
        finally:
            with self._lock:
                self._running.discard(token)

    def claim(self, event_id: str, effect: str, token: str) -> Claim:
        """Try to take an effect; under the token that has it, renew its lease."""
        with self._lock:
            running = list(self._running)
        state, wait = self.connections.run_script(
            self._claim,
            [self.key(event_id), keys.workers(self.app)],
            [
                effect,
                self.worker_id,
                token,
                LEASE_SECONDS * 1000,
                KEPT_SECONDS,
                UNDER_WAY_SECONDS * 1000,
                *running,
            ],
            attempts=_ATTEMPTS,
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
        self.connections.transaction(("HDEL", self.key(event_id), effect), attempts=_ATTEMPTS)

    def key(self, event_id: str) -> str:
        """The Redis key of an event's entries."""
        return keys.ledger(self.app, event_id)

    def _set(self, event_id: str, effect: str, entry: str) -> None:
        key = self.key(event_id)
        self.connections.transaction(
            ("HSET", key, effect, entry), ("EXPIRE", key, KEPT_SECONDS), attempts=_ATTEMPTS
        )
