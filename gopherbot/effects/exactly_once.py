"""Exactly once: performs an effect unless it is done, by what the ledger and Slack know of it.

Retryable        surely not performed: the claim is released, and it is tried again
OutcomeUnknown   noted as doubtful, looked up, and performed again if Slack has not got it
Rejected         settled, because Slack will never do it; or released, if a later run may try
"""

from __future__ import annotations

import enum
from contextlib import suppress

from gopherbot import logs
from gopherbot.effects.ledger import DOUBT_SECONDS, Attempt, Ledger, State
from gopherbot.effects.slack_effects import SlackEffect, VerifiableEffect
from gopherbot.effects.standing import Standing
from gopherbot.errors import RetryLater
from gopherbot.metrics import journal
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable
from gopherbot.storage.client import REDIS_ERRORS

BUSY_PAUSE = 3.0
"""Seconds after which a claim of somebody else is tried again, unless its lease ends sooner."""

log = logs.get_logger(__name__)


class Outcome(enum.Enum):
    """What became of an effect."""

    PERFORMED = "performed now"
    SETTLED = "settled before"
    REJECTED = "rejected by Slack now"
    SUPERSEDED = "a newer text is followed"


class ExactlyOnce:
    """Runs effects once each, across workers, redeliveries and crashes."""

    def __init__(self, slack: Slack, ledger: Ledger) -> None:
        self.slack = slack
        self.ledger = ledger

    def run(self, effect: SlackEffect, *, settled_too: bool = False) -> Outcome:
        """Perform an effect unless it is settled. Raise `RetryLater` if it is not settled then.

        Raise `Rejected` for an effect that a later run may try again.
        `settled_too` performs it even if it is: for who knows that nothing stands of it any more.
        """
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
        attempt.settle(effect.key, _noted(effect, stands))
        return Outcome.PERFORMED


def _noted(effect: SlackEffect, stands: Standing) -> dict[str, Standing | None]:
    """Return what to keep of it: nothing for a join or a watcher's item, which nobody edits."""
    return {effect.key: stands} if effect.message.ts else {}
