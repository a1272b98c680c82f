"""Performs each effect exactly once, based on the ledger and, in doubt, a lookup in Slack.

Retryable        certainly not performed: release the claim and retry
OutcomeUnknown   mark as doubtful, look it up, and perform it again if Slack does not have it
Rejected         settle, because Slack will never accept it; or release, if a later run may retry

Redis may be unreachable when an effect should be settled, and may lose its data. Each worker
therefore remembers for a while what it performed, and records that before the message is retried.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from gopherbot import logs
from gopherbot.effects.ledger import DOUBT_SECONDS, KEPT_SECONDS, Attempt, Ledger, State
from gopherbot.effects.slack_effects import SlackEffect, VerifiableEffect
from gopherbot.effects.standing import Standing
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.metrics.journal import Happened
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable
from gopherbot.storage.client import REDIS_ERRORS

BUSY_PAUSE = 3.0
"""Seconds to wait before retrying a claimed effect, unless its lease expires sooner."""
MOST_REMEMBERED = 2_000
"""Most messages whose effects a worker remembers. That is more than it can process in the 30 s for
which a message is retried, and takes a megabyte or two."""

Stands = Mapping[str, Standing | None]

log = logs.get_logger(__name__)


@dataclass(slots=True)
class _Remembered:
    """The effects performed for a message, with their attempts and standings, by key."""

    effects: dict[str, tuple[Attempt, Stands]] = field(default_factory=dict)
    at: float = 0.0


class Memory:
    """What this worker performed recently, independent of Redis. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: OrderedDict[str, _Remembered] = OrderedDict()
        self._unsure: set[str] = set()
        """Messages whose performed effects may be missing from the ledger."""

    def add(self, attempt: Attempt, effect: str, stands: Stands) -> None:
        """Remember a performed effect."""
        with self._lock:
            message = self._messages.setdefault(attempt.message_id, _Remembered())
            message.effects[effect] = (attempt, stands)
            message.at = time.monotonic()
            self._messages.move_to_end(attempt.message_id)
            if len(self._messages) > MOST_REMEMBERED:
                self._unsure.discard(self._messages.popitem(last=False)[0])

    def find(self, message_id: str, effect: str) -> Stands | None:
        """Return the standings of an effect, or None if not performed here in the last hour."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is None or time.monotonic() - message.at > KEPT_SECONDS:
                return None
            return message.effects.get(effect, (None, None))[1]

    def doubt(self, message_id: str) -> None:
        """Mark that the ledger may lack effects performed for a message."""
        with self._lock:
            if message_id in self._messages:
                self._unsure.add(message_id)

    def settle(self) -> None:
        """Settle the effects that the ledger may lack. Raise `REDIS_ERRORS`."""
        with self._lock:
            unsure = {id: dict(self._messages[id].effects) for id in self._unsure}
        for message_id, effects in unsure.items():
            for effect, (attempt, stands) in effects.items():
                attempt.settle(effect, stands)
            with self._lock:
                # Only now: until the write, no thread may hand the message to another worker.
                self._unsure.discard(message_id)


class ExactlyOnce:
    """Runs each effect once, across workers, redeliveries and crashes."""

    def __init__(self, slack: Slack, ledger: Ledger) -> None:
        self.slack = slack
        self.ledger = ledger
        self.memory = Memory()

    def run(self, effect: SlackEffect, *, settled_too: bool = False) -> Happened:
        """Perform an effect unless it is settled, and note what happened.

        Raise `RetryLater` if it cannot be settled yet.

        Raise `Rejected` if Slack rejects an effect that a later run may retry. `settled_too`
        performs it even if it is settled: the caller knows that its result no longer exists.
        """
        message, stopwatch = effect.message, logs.Stopwatch()
        self.memory.settle()
        try:
            happened = self._attempt(effect, settled_too=settled_too)
        except (RetryLater, Rejected):
            raise
        except BaseException:
            # Redis is unreachable and may lose its data, or the time limit struck.
            self.memory.doubt(message.id)
            raise
        if happened is not Happened.REJECTED:  # noted with Slack's error
            journal.note(happened, f"{effect.key} in {stopwatch.seconds * 1000:.0f} ms")
        return happened

    def _attempt(self, effect: SlackEffect, *, settled_too: bool) -> Happened:
        message = effect.message
        with self.ledger.attempt(message.id, message.user) as attempt:
            claim = attempt.claim(effect.key, message.version, settled_too=settled_too)
            if claim.state is State.SETTLED:
                return Happened.SETTLED
            if claim.state is State.SUPERSEDED:
                return Happened.SUPERSEDED
            if claim.state is State.BUSY:
                # The owner finishes it, or its lease expires and we retry.
                raise RetryLater(f"{effect.key} is claimed", delay=min(claim.wait, BUSY_PAUSE))
            remembered = None if settled_too else self.memory.find(message.id, effect.key)
            if remembered is not None:
                log.info("already performed, restoring its ledger entry", effect=effect.key)
                attempt.settle(effect.key, remembered)
                return Happened.SETTLED
            if claim.state is State.DOUBTFUL and isinstance(effect, VerifiableEffect):
                found = self._look_up(attempt, effect)
                if found:
                    return found
                if attempt.claim(effect.key, looked=True).state is not State.MINE:
                    # The lookup took so long that another attempt has claimed it.
                    raise RetryLater(f"{effect.key} is claimed", delay=BUSY_PAUSE)
            return self._perform(attempt, effect)

    def _look_up(self, attempt: Attempt, effect: VerifiableEffect) -> Happened | None:
        """Settle a doubtful effect if it was performed or cannot be looked up, or return None."""
        try:
            found = effect.already_performed(self.slack)
        except Rejected as rejection:
            log.error(
                "outcome unknown and lookup refused; not repeating it",
                effect=effect.key,
                call=str(rejection),
            )
            attempt.settle(effect.key)
            return Happened.UNKNOWN
        except (Retryable, OutcomeUnknown) as reason:
            attempt.doubt(effect.key)
            raise RetryLater(str(reason), delay=reason.retry_after or DOUBT_SECONDS) from None
        log.info(
            "looked up an effect whose outcome was unknown",
            effect=effect.key,
            found=found is not None,
        )
        if found is None:
            return None
        attempt.settle(effect.key, _noted(effect, found))
        return effect.success

    def _perform(self, attempt: Attempt, effect: SlackEffect) -> Happened:
        try:
            stands = effect.perform(self.slack.sending_by(attempt.send_by))
        except Retryable as reason:
            attempt.release(effect.key)
            raise RetryLater(str(reason), delay=reason.retry_after) from None
        except OutcomeUnknown as reason:
            attempt.doubt(effect.key)
            raise RetryLater(str(reason), delay=DOUBT_SECONDS) from None
        except Rejected as rejection:
            log.warning(
                "slack rejected it", effect=effect.key, error=rejection.error, call=str(rejection)
            )
            journal.note(Happened.REJECTED, f"{effect.key} {rejection.error}")
            if not effect.rejection_is_final:
                attempt.release(effect.key)
                raise
            attempt.settle(effect.key)
            return Happened.REJECTED
        except BaseException:
            # A time limit or a bug: the call may or may not have taken effect.
            with suppress(*REDIS_ERRORS):
                attempt.doubt(effect.key)
            raise
        noted = _noted(effect, stands)
        self.memory.add(attempt, effect.key, noted)
        attempt.settle(effect.key, noted)
        return effect.success


def _noted(effect: SlackEffect, stands: Standing) -> Stands:
    """Return the standing to keep: none for a join or a watcher's item, which are never edited."""
    return {effect.key: stands} if effect.message.ts else {}
