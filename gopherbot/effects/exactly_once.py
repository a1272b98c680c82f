"""Performs each effect exactly once, based on the ledger and, in doubt, a lookup in Slack.

Retryable        certainly not performed: release the claim and retry
OutcomeUnknown   mark as doubtful, look it up, and perform it again if Slack does not have it
Rejected         settle, because Slack will never accept it; or release, if a later run may retry

Redis may be unreachable when an outcome should be recorded, and may lose its data. Each worker
therefore remembers for a while what it performed and what it doubts, and records that before the
message is retried.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from gopherbot import logs
from gopherbot.effects.ledger import (
    DOUBT_SECONDS,
    KEPT_SECONDS,
    Claim,
    Claimant,
    ClaimState,
    Ledger,
)
from gopherbot.effects.posted import PostedAnswer
from gopherbot.effects.slack_effects import SlackEffect, VerifiableEffect
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from gopherbot.model import Message
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.table import FRESH_SECONDS

BUSY_PAUSE = 3.0
"""Seconds to wait before retrying a claimed effect, unless its lease expires sooner."""
MOST_REMEMBERED = 2_000
"""Most messages whose effects a worker remembers. That is more than it can process in the 30 s for
which a message is retried, and takes less than a megabyte."""

NOT_YET = "Slack's history may not show it yet"

Posted = Mapping[str, PostedAnswer | None]

log = logs.get_logger(__name__)


class KnownOutcome(msgspec.Struct, array_like=True, frozen=True):
    """The outcome of an effect: what it posted if it was performed, None if that is unknown."""

    asker: str
    token: str
    kept: int
    """These are its claimant's."""
    posted: dict[str, PostedAnswer | None] | None


class _Remembered(msgspec.Struct, array_like=True):
    """The known outcomes of a message's effects, by key."""

    at: float = 0.0
    effects: dict[str, KnownOutcome] = {}


_decode = msgspec.msgpack.Decoder(_Remembered).decode


class Memory:
    """What this worker did recently, independent of Redis. Thread-safe.

    It's encoded, which takes a third of the memory: few messages come again.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._messages: OrderedDict[str, bytes] = OrderedDict()
        self._unsure: dict[str, object] = {}
        """Messages whose outcomes may be missing from the ledger, each with the mark of a doubt."""

    def add(self, claimant: Claimant, effect: str, posted: Posted | None) -> None:
        """Remember the outcome of an effect."""
        with self._lock:
            message = self._get(claimant.message_id)
            given = None if posted is None else dict(posted)
            message.effects[effect] = KnownOutcome(
                claimant.asker, claimant.token, claimant.kept, given
            )
            message.at = time.monotonic()
            self._messages[claimant.message_id] = msgspec.msgpack.encode(message)
            self._messages.move_to_end(claimant.message_id)
            if len(self._messages) > MOST_REMEMBERED:
                self._unsure.pop(self._messages.popitem(last=False)[0], None)

    def find(self, message_id: str, effect: str) -> KnownOutcome | None:
        """Return the outcome of an effect, or None if it wasn't tried here in the last hour."""
        with self._lock:
            message = self._get(message_id)
        if time.monotonic() - message.at > KEPT_SECONDS:
            return None
        return message.effects.get(effect)

    def forget(self, message_id: str, effect: str) -> None:
        """Forget the outcome of an effect: it was certainly not performed."""
        with self._lock:
            if message_id in self._messages:
                message = self._get(message_id)
                message.effects.pop(effect, None)
                self._messages[message_id] = msgspec.msgpack.encode(message)

    def mark_unrecorded(self, message_id: str) -> None:
        """Mark that the ledger may lack outcomes of a message."""
        with self._lock:
            if message_id in self._messages:
                self._unsure[message_id] = object()

    def record_pending(self) -> None:
        """Record the outcomes that the ledger may lack. Raise `REDIS_ERRORS`."""
        with self._lock:
            unsure = [(id, mark, self._get(id).effects) for id, mark in self._unsure.items()]
        for message_id, mark, effects in unsure:
            for effect, known in effects.items():
                claimant = Claimant(self._ledger, message_id, known.asker, known.token, known.kept)
                if known.posted is None:
                    claimant.doubt(effect)
                else:
                    claimant.settle(effect, known.posted)
            with self._lock:
                # Only now: until the write, no thread may hand the message to another worker. A
                # doubt of meanwhile has a mark of its own.
                if self._unsure.get(message_id) is mark:
                    del self._unsure[message_id]

    def _get(self, message_id: str) -> _Remembered:
        encoded = self._messages.get(message_id)
        return _decode(encoded) if encoded else _Remembered()


class ExactlyOnce:
    """Runs each effect once, across workers, redeliveries and crashes."""

    def __init__(self, slack: Slack, ledger: Ledger) -> None:
        self.slack = slack
        self.ledger = ledger
        self.memory = Memory(ledger)

    def run(self, effect: SlackEffect, *, settled_too: bool = False) -> Happened:
        """Perform an effect unless it is settled, and note what happened.

        Raise `RetryLater` if it cannot be settled yet.

        Raise `Rejected` if Slack rejects an effect that a later run may retry. `settled_too`
        performs it even if it is settled: the caller knows that its result no longer exists.
        """
        message, stopwatch = effect.message, logs.Stopwatch()
        self.memory.record_pending()
        try:
            happened = self._attempt(effect, settled_too=settled_too)
        except Rejected:
            raise
        except BaseException:
            # The message is retried, perhaps by another worker, and Redis may have lost its data.
            self.memory.mark_unrecorded(message.id)
            raise
        if happened.is_success:
            journal.note_uses(effect.uses)
        if happened is not Happened.REJECTED:  # noted with Slack's error
            journal.note(happened, f"{effect.key} in {stopwatch.seconds * 1000:.0f} ms")
        return happened

    def _attempt(self, effect: SlackEffect, *, settled_too: bool) -> Happened:
        message = effect.message
        kept = effect.kept_seconds
        with self.ledger.claimant(message.id, message.user, kept=kept) as claimant:
            claim = claimant.claim(effect.key, message.version, settled_too=settled_too)
            if claim.state is ClaimState.SETTLED:
                return Happened.SETTLED
            if claim.state is ClaimState.SUPERSEDED:
                return Happened.SUPERSEDED
            if claim.state is ClaimState.BUSY:
                # The owner finishes it, or its lease expires and we retry.
                raise RetryLater(f"{effect.key} is claimed", delay=min(claim.wait, BUSY_PAUSE))
            known = None if settled_too else self.memory.find(message.id, effect.key)
            if known and known.posted is not None:
                log.info("already performed, restoring its ledger entry", effect=effect.key)
                claimant.settle(effect.key, known.posted)
                return Happened.SETTLED
            doubtful = known or claim.state is ClaimState.DOUBTFUL
            if doubtful and isinstance(effect, VerifiableEffect):
                found = self._look_up(claimant, effect, claim)
                if found:
                    return found
                if claimant.claim(effect.key, looked=True).state is not ClaimState.MINE:
                    # The lookup took so long that another claimant has it.
                    raise RetryLater(f"{effect.key} is claimed", delay=BUSY_PAUSE)
            return self._perform(claimant, effect)

    def _look_up(
        self, claimant: Claimant, effect: VerifiableEffect, claim: Claim
    ) -> Happened | None:
        """Settle a doubtful effect if it was performed or cannot be looked up, or return None.

        Raise `RetryLater` if Slack's history may not show it yet.
        """
        try:
            found = effect.already_performed(self.slack)
        except Rejected as rejection:
            log.error(
                "outcome unknown and lookup refused; not repeating it",
                effect=effect.key,
                call=str(rejection),
            )
            claimant.settle(effect.key)
            return Happened.UNKNOWN
        except (Retryable, OutcomeUnknown) as reason:
            claimant.doubt(effect.key, claim)
            raise RetryLater(str(reason), delay=reason.retry_after or DOUBT_SECONDS) from None
        log.info(
            "looked up an effect whose outcome was unknown",
            effect=effect.key,
            found=found is not None,
        )
        if found:
            return self._succeed(claimant, effect, found)
        wait = claim.look_again
        if wait and _is_fresh(effect.message, wait):
            claimant.doubt(effect.key, claim)
            raise RetryLater(NOT_YET, delay=wait)
        self.memory.forget(effect.message.id, effect.key)
        return None

    def _perform(self, claimant: Claimant, effect: SlackEffect) -> Happened:
        try:
            answer = effect.perform(self.slack.sending_by(claimant.send_by))
        except Retryable as reason:
            claimant.release(effect.key)
            raise RetryLater(str(reason), delay=reason.retry_after) from None
        except OutcomeUnknown as reason:
            self.memory.add(claimant, effect.key, None)
            claimant.doubt(effect.key)
            raise RetryLater(str(reason), delay=DOUBT_SECONDS) from None
        except Rejected as rejection:
            log.warning(
                "slack rejected it", effect=effect.key, error=rejection.error, call=str(rejection)
            )
            journal.note(Happened.REJECTED, f"{effect.key} {rejection.error}")
            if not effect.rejection_is_final:
                claimant.release(effect.key)
                raise
            claimant.settle(effect.key)
            return Happened.REJECTED
        except BaseException:
            # A time limit or a bug: the call may or may not have taken effect.
            self.memory.add(claimant, effect.key, None)
            with suppress(*REDIS_ERRORS):
                claimant.doubt(effect.key)
            raise
        return self._succeed(claimant, effect, answer)

    def _succeed(self, claimant: Claimant, effect: SlackEffect, answer: PostedAnswer) -> Happened:
        # A join or a watcher's item is never edited.
        posted = {effect.key: answer} if effect.message.ts else {}
        self.memory.add(claimant, effect.key, posted)
        claimant.settle(effect.key, posted)
        return effect.success


def _is_fresh(message: Message, wait: float) -> bool:
    """Return whether a message may still be answered after a wait, in seconds."""
    return not message.ts or time.time() + wait - float(message.version) < FRESH_SECONDS
