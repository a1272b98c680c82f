"""Exactly once: who may perform an effect, and what is known of it.

One hash in Redis for each message (or join, or item of a watcher), one field for each effect of
it, kept for an hour:

    claimed   an attempt is at it now: a lease. Takeable when its worker is dead or the lease has
              ended, or by the same worker when the attempt is over
    looking   the same, of an attempt that must look first whether it was performed
    doubtful  it may have been performed: whoever takes it asks Slack first
    settled   it is performed, or never will be

An effect that is not there is free. `@newest` is the version of the newest text that is known,
`@followed` of the newest that is followed, and `@lock` belongs to whoever follows one
(`reconciler.py`): nothing answers an older text from then on.

A second hash, kept for a day, says what stands in Slack of it: answers, emoji, and who asked.

Redis decides, by its own clock: `claim.lua` who gets an effect, `finish.lua` whether an attempt may
still write. Its token is a fencing token: an attempt that was frozen, or whose command comes twice,
cannot undo what a later one wrote.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gopherbot.effects.standing import Standing
from gopherbot.storage import keys
from gopherbot.storage.client import text
from gopherbot.storage.raw_connection import RawConnections

KEPT_SECONDS = 60 * 60
STANDS_SECONDS = 24 * 60 * 60
"""How long it is known what stands of a message."""
MOST_MESSAGES = 10_000
"""Of how many messages it is known at most: some 5 MB in Redis."""
LEASE_SECONDS = 15
"""Longer than an event may take (10 s): nobody is at a claim older than that."""
UNDER_WAY_SECONDS = 3
"""How long a call that a worker made before it died may still take effect: looking earlier might
miss it."""
DOUBT_SECONDS = 2.0
"""The same for a call that a living worker gave up: a slow Slack may still be at it."""

LOCK = "@lock"
"""The effect that whoever follows a newer text claims."""

# Every command may be repeated: it is fenced by the attempt's token.
_ATTEMPTS = 3
_CLAIM, _FINISH, _SUPERSEDE = (
    Path(__file__).with_name(f"{name}.lua").read_text() for name in ("claim", "finish", "supersede")
)

Outcome = Literal["settled", "doubtful", "uncertain", "released", "claimed"]


class State(enum.Enum):
    """What a claim met."""

    MINE = "mine"
    SETTLED = "settled"
    DOUBTFUL = "doubtful"
    BUSY = "busy"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim. If it is BUSY, `wait` says in how many seconds to ask again."""

    state: State
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of one message."""

    unsettled: tuple[str, ...]
    """The effects that are claimed or doubtful."""
    stands: Mapping[str, Standing]
    asker: str
    unfollowed: bool
    """Whether a newer text is known that nobody has followed to the end."""


class Ledger:
    """The ledger, for the attempts of one worker. Errors of Redis pass through."""

    def __init__(self, connections: RawConnections, app: str, worker_id: str) -> None:
        self.connections = connections
        self.app = app
        self.worker_id = worker_id
        self.claim_script = connections.script(_CLAIM)
        self.finish_script = connections.script(_FINISH)
        self.supersede_script = connections.script(_SUPERSEDE)
        self._lock = threading.Lock()
        self._attempts = 0
        self._running: set[str] = set()

    @contextmanager
    def attempt(self, message_id: str, asker: str = "") -> Iterator[Attempt]:
        """Begin an attempt that lasts as long as the block, its token higher than any before it.

        What an attempt claimed and could not settle, because Redis was away, is not waited for
        once it is over.
        """
        with self._lock:
            self._attempts += 1
            token = str(self._attempts)
            self._running.add(token)
        try:
            yield Attempt(self, message_id, asker, token)
        finally:
            with self._lock:
                self._running.discard(token)

    def running(self) -> list[str]:
        """Return the tokens of the attempts that run in this worker."""
        with self._lock:
            return list(self._running)

    def supersede(self, message_id: str, version: str, *, needed: bool) -> State:
        """Note that a message has a newer text, so that nothing answers an older one.

        Unless `needed`, that is not noted of a message of which nothing is known. Return MINE if
        the text is to be followed, else SETTLED or SUPERSEDED.
        """
        found = self.connections.run_script(
            self.supersede_script,
            [keys.ledger(self.app, message_id), keys.answers(self.app, message_id)],
            [version, int(needed), KEPT_SECONDS],
            attempts=_ATTEMPTS,
        )
        return State(text(found))

    def read(self, message_id: str) -> Record:
        """Return all that is known of a message."""
        entries, stands = map(
            _pairs,
            self.connections.execute(
                ("HGETALL", keys.ledger(self.app, message_id)),
                ("HGETALL", keys.answers(self.app, message_id)),
                attempts=_ATTEMPTS,
            ),
        )
        asker = stands.pop("@asker", "")
        return Record(
            unsettled=tuple(
                key
                for key, entry in entries.items()
                if key != LOCK and entry.startswith(("claimed ", "looking ", "doubtful "))
            ),
            stands={key: Standing.decode(each) for key, each in stands.items()},
            asker=asker,
            unfollowed=entries.get("@newest") != entries.get("@followed"),
        )

    def answered_by(self, channel: str, ts: str) -> str:
        """Return the id of the message that is answered by what stands there; "" if none is."""
        (found,) = self.connections.execute(
            ("GET", keys.answer(self.app, channel, ts)), attempts=_ATTEMPTS
        )
        return text(found) if found else ""


class Attempt:
    """One attempt at the effects of a message. What it writes is fenced by its token.

    `settle`, `doubt`, `release` and `note` write only while the claim is this attempt's, and return
    whether it was. `stands` says what stands of which effect from now on; None is nothing.
    """

    def __init__(self, ledger: Ledger, message_id: str, asker: str, token: str) -> None:
        self.ledger = ledger
        self.message_id = message_id
        self.asker = asker
        self.token = token

    def claim(
        self, effect: str, version: str = "", *, settled_too: bool = False, looked: bool = False
    ) -> Claim:
        """Try to take an effect; renew the lease if this attempt has it.

        `version` is that of the text that is answered: SUPERSEDED if there is a newer one. A
        doubtful claim stays so until it is renewed by an attempt that has `looked`.
        """
        ledger = self.ledger
        state, wait = ledger.connections.run_script(
            ledger.claim_script,
            [
                keys.ledger(ledger.app, self.message_id),
                keys.processes(ledger.app),
            ],
            [
                effect,
                ledger.worker_id,
                self.token,
                version,
                LEASE_SECONDS * 1000,
                KEPT_SECONDS,
                UNDER_WAY_SECONDS * 1000,
                int(DOUBT_SECONDS * 1000),
                int(settled_too),
                int(looked),
                *ledger.running(),
            ],
            attempts=_ATTEMPTS,
        )
        return Claim(State(text(state)), wait / 1000)

    def settle(self, effect: str, stands: Mapping[str, Standing | None] | None = None) -> bool:
        """Note that it is performed, or never will be."""
        return self._finish(effect, "settled", stands)

    def doubt(self, effect: str) -> bool:
        """Note that it may have been performed."""
        return self._finish(effect, "doubtful")

    def pass_on(self, effect: str) -> bool:
        """Give a doubtful claim back as it was: nothing was begun, so nothing is waited for."""
        return self._finish(effect, "uncertain")

    def release(
        self,
        effect: str,
        stands: Mapping[str, Standing | None] | None = None,
        *,
        followed: str = "",
    ) -> bool:
        """Give the claim back: it was surely not performed, or may be again.

        `followed` is the version of the text that is followed now.
        """
        return self._finish(effect, "released", stands, followed)

    def note(self, effect: str, stands: Mapping[str, Standing | None]) -> bool:
        """Note what stands, and keep the claim."""
        return self._finish(effect, "claimed", stands)

    def _finish(
        self,
        effect: str,
        outcome: Outcome,
        stands: Mapping[str, Standing | None] | None = None,
        followed: str = "",
    ) -> bool:
        ledger = self.ledger
        pairs = ((key, one.encode() if one else "") for key, one in (stands or {}).items())
        written = ledger.connections.run_script(
            ledger.finish_script,
            [
                keys.ledger(ledger.app, self.message_id),
                keys.answers(ledger.app, self.message_id),
                keys.answered(ledger.app),
            ],
            [
                effect,
                ledger.worker_id,
                self.token,
                outcome,
                KEPT_SECONDS,
                followed,
                ledger.app,
                self.message_id,
                self.asker,
                STANDS_SECONDS,
                MOST_MESSAGES,
                *(piece for pair in pairs for piece in pair),
            ],
            attempts=_ATTEMPTS,
        )
        return bool(written)


def _pairs(flat: list[bytes]) -> dict[str, str]:
    pieces = [text(piece) for piece in flat]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))
