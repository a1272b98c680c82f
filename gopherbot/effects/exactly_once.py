"""Exactly once: performs an effect unless it is done, by what the ledger and Slack know of it.

Retryable        surely not performed: the claim is released, and it is tried again
OutcomeUnknown   noted as doubtful, looked up, and performed again if Slack has not got it
Rejected         settled, because Slack will never do it; or released, if a later run may try

Redis may be away when an effect is to be settled, and may come back without its data. So a worker
remembers for a while what it performed, and notes that before anybody tries the message again.
"""

from __future__ import annotations

import enum
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
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable
from gopherbot.storage.client import REDIS_ERRORS

BUSY_PAUSE = 3.0
"""Seconds after which a claim of somebody else is tried again, unless its lease ends sooner."""
MOST_REMEMBERED = 2_000
"""Of how many messages a worker remembers what it performed: more than it can in the 30 seconds
for which a message is tried again, and a megabyte or two."""

Stands = Mapping[str, Standing | None]

log = logs.get_logger(__name__)


class Outcome(enum.Enum):
    """What became of an effect."""

    PERFORMED = "performed now"
    SETTLED = "settled before"
    REJECTED = "rejected by Slack now"
    SUPERSEDED = "a newer text is followed"


@dataclass(slots=True)
class _Remembered:
    """What was performed for a message: by which attempt, and what stands of it, by effect."""

    effects: dict[str, tuple[Attempt, Stands]] = field(default_factory=dict)
    at: float = 0.0


class Memory:
    """What this worker performed lately, whatever Redis knows. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: OrderedDict[str, _Remembered] = OrderedDict()
        self._unsure: set[str] = set()
        """Messages of which Redis may not know what was performed."""

    def add(self, attempt: Attempt, effect: str, stands: Stands) -> None:
        """Remember an effect that was performed."""
        with self._lock:
            message = self._messages.setdefault(attempt.message_id, _Remembered())
            message.effects[effect] = (attempt, stands)
            message.at = time.monotonic()
            self._messages.move_to_end(attempt.message_id)
            if len(self._messages) > MOST_REMEMBERED:
                self._unsure.discard(self._messages.popitem(last=False)[0])

    def find(self, message_id: str, effect: str) -> Stands | None:
        """Return what stands of an effect; None if it was not performed here in the last hour."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is None or time.monotonic() - message.at > KEPT_SECONDS:
                return None
            return message.effects.get(effect, (None, None))[1]

    def doubt(self, message_id: str) -> None:
        """Note that Redis may not know what was performed for a message."""
        with self._lock:
            if message_id in self._messages:
                self._unsure.add(message_id)

    def settle(self) -> None:
        """Tell Redis what it may not know. Raise `REDIS_ERRORS`."""
        with self._lock:
            unsure = {id: dict(self._messages[id].effects) for id in self._unsure}
        for message_id, effects in unsure.items():
            for effect, (attempt, stands) in effects.items():
                attempt.settle(effect, stands)
            with self._lock:
                # Only now: until it is written, no thread passes the message on.
                self._unsure.discard(message_id)


class ExactlyOnce:
    """Runs effects once each, across workers, redeliveries and crashes."""

    def __init__(self, slack: Slack, ledger: Ledger) -> None:
        self.slack = slack
        self.ledger = ledger
        self.memory = Memory()

    def run(self, effect: SlackEffect, *, settled_too: bool = False) -> Outcome:
        """Perform an effect unless it is settled. Raise `RetryLater` if it is not settled then.

        Raise `Rejected` for an effect that a later run may try again.
        `settled_too` performs it even if it is: for who knows that nothing stands of it any more.
        """
        message = effect.message
        self.memory.settle()
        try:
            return self._attempt(effect, settled_too=settled_too)
        except (RetryLater, Rejected):
            raise
        except BaseException:
            # Redis is away and may come back empty, or the time limit struck.
            self.memory.doubt(message.id)
            raise

    def _attempt(self, effect: SlackEffect, *, settled_too: bool) -> Outcome:
        message = effect.message
        with self.ledger.attempt(message.id, message.user) as attempt:
            claim = attempt.claim(effect.key, message.version, settled_too=settled_too)
            if claim.state is State.SETTLED:
                return Outcome.SETTLED
            if claim.state is State.SUPERSEDED:
                return Outcome.SUPERSEDED
            if claim.state is State.BUSY:
                # Whoever has it finishes it, or dies and leaves it to us.
                raise RetryLater(f"{effect.key} is claimed", delay=min(claim.wait, BUSY_PAUSE))
            remembered = None if settled_too else self.memory.find(message.id, effect.key)
            if remembered is not None:
                log.info("performed before, though redis does not know", effect=effect.key)
                attempt.settle(effect.key, remembered)
                return Outcome.SETTLED
            if claim.state is State.DOUBTFUL and isinstance(effect, VerifiableEffect):
                if self._was_performed(attempt, effect):
                    return Outcome.SETTLED
                if attempt.claim(effect.key, looked=True).state is not State.MINE:
                    # The lookup took so long that somebody else has begun.
                    raise RetryLater(f"{effect.key} is claimed", delay=BUSY_PAUSE)
            return self._perform(attempt, effect)

    def _was_performed(self, attempt: Attempt, effect: VerifiableEffect) -> bool:
        """Settle a doubtful effect if it was performed; one that cannot be looked up counts so."""
        try:
            found = effect.already_performed(self.slack)
        except Rejected as rejection:
            log.error(
                "outcome unknown and lookup refused; not repeating it",
                effect=effect.key,
                call=str(rejection),
            )
            attempt.settle(effect.key)
            return True
        except (Retryable, OutcomeUnknown) as reason:
            attempt.doubt(effect.key)
            raise RetryLater(str(reason), delay=reason.retry_after or DOUBT_SECONDS) from None
        log.info(
            "looked up an effect whose outcome was unknown",
            effect=effect.key,
            found=found is not None,
        )
        if found:
            attempt.settle(effect.key, _noted(effect, found))
        return found is not None

    def _perform(self, attempt: Attempt, effect: SlackEffect) -> Outcome:
        try:
            stands = effect.perform(self.slack)
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
            journal.note("rejected", f"{effect.key} {rejection.error}")
            if not effect.rejection_is_final:
                attempt.release(effect.key)
                raise
            attempt.settle(effect.key)
            return Outcome.REJECTED
        except BaseException:
            # The time limit struck, or a bug: nobody knows how far the call came.
            with suppress(*REDIS_ERRORS):
                attempt.doubt(effect.key)
            raise
        noted = _noted(effect, stands)
        self.memory.add(attempt, effect.key, noted)
        attempt.settle(effect.key, noted)
        return Outcome.PERFORMED


def _noted(effect: SlackEffect, stands: Standing) -> Stands:
    """Return what to keep of it: nothing for a join or a watcher's item, which nobody edits."""
    return {effect.key: stands} if effect.message.ts else {}
