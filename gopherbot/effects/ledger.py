"""The ledger behind exactly-once effects: the state of each effect, and its current owner.

Each message (or join, or watcher's item) has a Redis hash with one field per effect, kept for an
hour, or for a day and an hour if it is a join. The states of an effect are:

    claimed   a claimant is performing it, under a lease. It can be reclaimed once the worker is
              dead or the lease has expired, or by the same worker once the claimant has ended
    looking   claimed by a claimant that must first look up whether it was performed
    doubtful  it may have been performed: the next owner must look it up in Slack first
    settled   it was performed, or never will be

An effect without a field is free. `@newest` is the version of the newest known text, `@followed` of
the newest text that the answers match. `@lock` is held by the claimant that updates the answers to
a newer text (`reconciler.py`). From then on, no older text is answered.

A second hash, kept for a day, records what is posted in Slack (answers and emoji) and the asker.

Redis decides by its own clock: `claim.lua` which claimant gets an effect, `finish.lua` whether a
claimant may still write. The claimant's token is a fencing token: a frozen claimant or a repeated
command cannot undo a later write.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gopherbot.effects.posted import PostedAnswer
from gopherbot.slack.http_pool import boot_time
from gopherbot.storage import keys
from gopherbot.storage.client import text
from gopherbot.storage.raw_connection import RawConnections

KEPT_SECONDS = 60 * 60
JOIN_KEPT_SECONDS = 25 * 60 * 60
"""The same for a join: an hour more than Slack may take to deliver one."""
POSTED_SECONDS = 24 * 60 * 60
"""How long the posted answers to a message are kept."""
MOST_MESSAGES = 10_000
"""Most messages whose posted answers are kept: about 5 MB in Redis."""
LEASE_SECONDS = 15
"""Longer than an event may take (10 s), so no claimant still works on an expired claim."""
UNDER_WAY_SECONDS = 3
"""Seconds for which a dead worker's last call may still take effect. An earlier lookup might miss
it."""
DOUBT_SECONDS = 2.0
"""The same for a call that a live worker gave up, which a slow Slack may still process."""
HISTORY_SECONDS = 6.0
"""Seconds after a call in which a lookup that finds nothing is repeated: Slack's history may show a
post late."""

SEND_SECONDS = 6.0
"""Seconds after a claim in which its calls may be sent. A worker is declared dead, and its claim
passes to another, no earlier than 8 s after it: 10 s without a heartbeat, which comes every 2 s."""

LOCK = "@lock"
"""The key of the lock, which is claimed like an effect."""

# All commands are safe to repeat: the claimant's token fences them.
_ATTEMPTS = 3
_CLAIM, _FINISH, _SUPERSEDE = (
    Path(__file__).with_name(f"{name}.lua").read_text() for name in ("claim", "finish", "supersede")
)

Outcome = Literal["settled", "doubtful", "uncertain", "released", "claimed"]


class ClaimState(enum.Enum):
    """The result of a claim."""

    MINE = "mine"
    SETTLED = "settled"
    DOUBTFUL = "doubtful"
    BUSY = "busy"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim's result."""

    state: ClaimState
    wait: float = 0.0
    """If BUSY, the number of seconds after which to try again."""
    age: float = 0.0
    """If DOUBTFUL, the number of seconds since the call of unknown outcome."""

    @property
    def look_again(self) -> float:
        """Return the seconds after which a lookup must be repeated if it finds nothing, or 0."""
        return max(0.0, HISTORY_SECONDS - self.age)


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """The ledger's entry of one message."""

    unsettled: tuple[str, ...]
    """The keys of claimed and doubtful effects."""
    posted: Mapping[str, PostedAnswer]
    asker: str
    unfollowed: bool
    """Whether a newer text is known that the answers do not match yet."""


class Ledger:
    """The ledger, for one worker. Redis errors pass through."""

    def __init__(self, connections: RawConnections, app: str, worker_id: str) -> None:
        self.connections = connections
        self.app = app
        self.worker_id = worker_id
        self.claim_script = connections.script(_CLAIM)
        self.finish_script = connections.script(_FINISH)
        self.supersede_script = connections.script(_SUPERSEDE)
        self._lock = threading.Lock()
        self._claimants = 0
        self._running: set[str] = set()

    @contextmanager
    def claimant(
        self, message_id: str, asker: str = "", *, kept: int = KEPT_SECONDS
    ) -> Iterator[Claimant]:
        """Yield a claimant whose token is higher than all before it.

        What it writes to the ledger is kept for `kept` seconds.

        Once the block has ended, this worker does not wait for the leases of claims that it could
        not settle because Redis was unreachable.
        """
        with self._lock:
            self._claimants += 1
            token = str(self._claimants)
            self._running.add(token)
        try:
            yield Claimant(self, message_id, asker, token, kept)
        finally:
            with self._lock:
                self._running.discard(token)

    def running(self) -> list[str]:
        """Return the tokens of this worker's running claimants."""
        with self._lock:
            return list(self._running)

    def supersede(self, message_id: str, version: str, *, needed: bool) -> ClaimState:
        """Record a newer text of a message, so that no older one is answered.

        Unless `needed`, do nothing for a message without any entries. Return MINE if the answers
        must be updated to this text, else SETTLED or SUPERSEDED.
        """
        found = self.connections.run_script(
            self.supersede_script,
            [keys.ledger(self.app, message_id), keys.answers(self.app, message_id)],
            [version, int(needed), KEPT_SECONDS],
            attempts=_ATTEMPTS,
        )
        return ClaimState(text(found))

    def read(self, message_id: str) -> MessageEntry:
        """Return the entry of a message."""
        entries, posted = map(
            _pairs,
            self.connections.execute(
                ("HGETALL", keys.ledger(self.app, message_id)),
                ("HGETALL", keys.answers(self.app, message_id)),
                attempts=_ATTEMPTS,
            ),
        )
        asker = posted.pop("@asker", "")
        return MessageEntry(
            unsettled=tuple(
                key
                for key, entry in entries.items()
                if key != LOCK and entry.startswith(("claimed ", "looking ", "doubtful "))
            ),
            posted={key: PostedAnswer.decode(each) for key, each in posted.items()},
            asker=asker,
            unfollowed=entries.get("@newest") != entries.get("@followed"),
        )

    def is_first_today(self, user: str, rule: str, message_id: str) -> bool:
        """Return whether a rule said nothing to a user in the last day, but about this message.

        From then on, it's this message that it said something about.
        """
        key = keys.told(self.app, user, rule)
        _, told = self.connections.execute(
            ("SET", key, message_id, "NX", "EX", POSTED_SECONDS), ("GET", key), attempts=_ATTEMPTS
        )
        return text(told) == message_id

    def answered_by(self, channel: str, ts: str) -> str:
        """Return the id of the message that a post answers, or "" if unknown."""
        (found,) = self.connections.execute(
            ("GET", keys.answer(self.app, channel, ts)), attempts=_ATTEMPTS
        )
        return text(found) if found else ""


class Claimant:
    """Who claims effects of a message, and records what became of them. A token fences its writes.

    `settle`, `doubt`, `give_up_unused`, `release` and `note` write only while this claimant owns
    the claim, and return whether it does. `posted` gives the new answer by effect key; None deletes
    it.
    """

    def __init__(self, ledger: Ledger, message_id: str, asker: str, token: str, kept: int) -> None:
        self.ledger = ledger
        self.message_id = message_id
        self.asker = asker
        self.token = token
        self.kept = kept
        self.send_by = 0.0
        """When the calls of the newest claim must have been sent, by `boot_time`."""

    def claim(
        self, effect: str, version: str = "", *, settled_too: bool = False, looked: bool = False
    ) -> Claim:
        """Try to claim an effect, or renew the lease if this claimant owns it.

        `version` is the version of the answered text; the result is SUPERSEDED if a newer one is
        known. A doubtful claim stays doubtful until its owner renews it with `looked`.
        """
        ledger = self.ledger
        self.send_by = boot_time() + SEND_SECONDS
        state, wait, age = ledger.connections.run_script(
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
                self.kept,
                UNDER_WAY_SECONDS * 1000,
                int(DOUBT_SECONDS * 1000),
                int(settled_too),
                int(looked),
                *ledger.running(),
            ],
            attempts=_ATTEMPTS,
        )
        return Claim(ClaimState(text(state)), wait / 1000, age / 1000)

    def settle(self, effect: str, posted: Mapping[str, PostedAnswer | None] | None = None) -> bool:
        """Record that an effect was performed, or never will be."""
        return self._finish(effect, "settled", posted)

    def doubt(self, effect: str, claim: Claim | None = None) -> bool:
        """Record that an effect may have been performed: now, or when the claim's call was made."""
        return self._finish(effect, "doubtful", age=claim.age if claim else 0.0)

    def give_up_unused(self, effect: str) -> bool:
        """Return a doubtful claim unused. The next claimant need not wait, as no call was made."""
        return self._finish(effect, "uncertain")

    def release(
        self,
        effect: str,
        posted: Mapping[str, PostedAnswer | None] | None = None,
        *,
        followed: str = "",
    ) -> bool:
        """Release a claim: the effect was certainly not performed, or may be performed again.

        `followed` is the version of the text that the answers now match.
        """
        return self._finish(effect, "released", posted, followed)

    def note(self, effect: str, posted: Mapping[str, PostedAnswer | None]) -> bool:
        """Record posted answers, and keep the claim."""
        return self._finish(effect, "claimed", posted)

    def _finish(
        self,
        effect: str,
        outcome: Outcome,
        posted: Mapping[str, PostedAnswer | None] | None = None,
        followed: str = "",
        age: float = 0.0,
    ) -> bool:
        ledger = self.ledger
        pairs = ((key, one.encode() if one else "") for key, one in (posted or {}).items())
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
                self.kept,
                followed,
                ledger.app,
                self.message_id,
                self.asker,
                POSTED_SECONDS,
                MOST_MESSAGES,
                int(age * 1000),
                *(piece for pair in pairs for piece in pair),
            ],
            attempts=_ATTEMPTS,
        )
        return bool(written)


def _pairs(flat: list[bytes]) -> dict[str, str]:
    pieces = [text(piece) for piece in flat]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))
