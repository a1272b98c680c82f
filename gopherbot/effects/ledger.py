"""Exactly once: who may perform an effect, and what is known of it.

One hash in Redis for each event, one field for each effect of it, kept for an hour:

    claimed   an attempt is at it now: a lease. Takeable when its worker is dead or the lease has
              ended, or by the same worker when the attempt is over
    doubtful  it may have been performed: whoever takes it asks Slack first
    settled   it is performed, or never will be

An effect that is not there is free. Redis decides, by its own clock: `claim.lua` who gets it,
`finish.lua` whether an attempt may still write. Its token is a fencing token: an attempt that was
frozen, or whose command comes twice, cannot undo what a later one wrote.
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
"""Longer than an event may take (10 s): nobody is at a claim older than that."""
UNDER_WAY_SECONDS = 3
"""How long a call that a worker made before it died may still take effect: looking earlier might
miss it."""

# Every command may be repeated: it is fenced by the attempt's token.
_ATTEMPTS = 3
_CLAIM = Path(__file__).with_name("claim.lua").read_text()
_FINISH = Path(__file__).with_name("finish.lua").read_text()


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
    """The ledger, for the attempts of one worker. Errors of Redis pass through."""

    def __init__(self, connections: RawConnections, app: str, worker_id: str) -> None:
        self.connections = connections
        self.app = app
        self.worker_id = worker_id
        self.claim_script = connections.script(_CLAIM)
        self.finish_script = connections.script(_FINISH)
        self._lock = threading.Lock()
        self._attempts = 0
        self._running: set[str] = set()

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """Begin an attempt that lasts as long as the block, its token higher than any before it.

        What an attempt claimed and could not settle, because Redis was away, is not waited for
        once it is over.
        """
        with self._lock:
            self._attempts += 1
            token = str(self._attempts)
            self._running.add(token)
        try:
            yield Attempt(self, token)
        finally:
            with self._lock:
                self._running.discard(token)

    def running(self) -> list[str]:
        """Return the tokens of the attempts that run in this worker."""
        with self._lock:
            return list(self._running)

    def key(self, event_id: str) -> str:
        """Return the Redis key of an event's entries."""
        return keys.ledger(self.app, event_id)


class Attempt:
    """One attempt at the effects of an event. What it writes is fenced by its token.

    `settle`, `doubt` and `release` write only while the claim is this attempt's, and return
    whether it was.
    """

    def __init__(self, ledger: Ledger, token: str) -> None:
        self.ledger = ledger
        self.token = token

    def claim(self, event_id: str, effect: str) -> Claim:
        """Try to take an effect; renew the lease if this attempt has it."""
        ledger = self.ledger
        state, wait = ledger.connections.run_script(
            ledger.claim_script,
            [ledger.key(event_id), keys.processes(ledger.app)],
            [
                effect,
                ledger.worker_id,
                self.token,
                LEASE_SECONDS * 1000,
                KEPT_SECONDS,
                UNDER_WAY_SECONDS * 1000,
                *ledger.running(),
            ],
            attempts=_ATTEMPTS,
        )
        return Claim(State(state.decode()), wait / 1000)

    def settle(self, event_id: str, effect: str) -> bool:
        """Note that it is performed, or never will be."""
        return self._finish(event_id, effect, "settled")

    def doubt(self, event_id: str, effect: str) -> bool:
        """Note that it may have been performed."""
        return self._finish(event_id, effect, "doubtful")

    def release(self, event_id: str, effect: str) -> bool:
        """Give the claim back: it was surely not performed."""
        return self._finish(event_id, effect, "")

    def _finish(self, event_id: str, effect: str, outcome: str) -> bool:
        ledger = self.ledger
        written = ledger.connections.run_script(
            ledger.finish_script,
            [ledger.key(event_id)],
            [effect, ledger.worker_id, self.token, outcome, KEPT_SECONDS],
            attempts=_ATTEMPTS,
        )
        return bool(written)
