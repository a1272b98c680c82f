"""Exactly once: performs an effect unless it is done, by what the ledger and Slack know of it.

Retryable        surely not performed: the claim is released, and it is tried again
OutcomeUnknown   noted as doubtful, looked up, and performed again if Slack has not got it
Rejected         settled, because Slack will never do it; or released, if a later run may try
"""

from __future__ import annotations

import enum
from contextlib import suppress

from gopherbot import logs
from gopherbot.effects.ledger import Attempt, Ledger, State
from gopherbot.effects.slack_effects import SlackEffect, VerifiableEffect
from gopherbot.errors import RetryLater
from gopherbot.slack.client import OutcomeUnknown, Rejected, Retryable, Slack
from gopherbot.storage.client import REDIS_ERRORS

DOUBT_PAUSE = 2.0
"""Seconds after which a doubtful effect is looked up: a slow Slack may still be at it."""
BUSY_PAUSE = 3.0
"""Seconds after which a claim of somebody else is tried again, unless its lease ends sooner."""

log = logs.get_logger(__name__)


class Outcome(enum.Enum):
    """What became of an effect."""

    PERFORMED = "performed now"
    SETTLED = "settled before"
    REJECTED = "rejected by Slack now"


class ExactlyOnce:
    """Runs effects once each, across workers, redeliveries and crashes."""

    def __init__(self, slack: Slack, ledger: Ledger) -> None:
        self.slack = slack
        self.ledger = ledger

    def run(self, effect: SlackEffect) -> Outcome:
        """Perform an effect unless it is settled. Raises `RetryLater` if it is not settled then."""
        with self.ledger.attempt() as attempt:
            claim = attempt.claim(effect.event_id, effect.key)
            if claim.state is State.SETTLED:
                return Outcome.SETTLED
            if claim.state is State.BUSY:
                # Whoever has it finishes it, or dies and leaves it to us.
                raise RetryLater(f"{effect.key} is claimed", delay=min(claim.wait, BUSY_PAUSE))
            if claim.state is State.DOUBTFUL and isinstance(effect, VerifiableEffect):
                if self._was_performed(attempt, effect):
                    attempt.settle(effect.event_id, effect.key)
                    return Outcome.SETTLED
                if attempt.claim(effect.event_id, effect.key).state is not State.MINE:
                    # The lookup took so long that somebody else has begun.
                    raise RetryLater(f"{effect.key} is claimed", delay=BUSY_PAUSE)
            return self._perform(attempt, effect)

    def _was_performed(self, attempt: Attempt, effect: VerifiableEffect) -> bool:
        """Whether a doubtful effect was performed; one that cannot be looked up counts as done."""
        try:
            found = effect.already_performed(self.slack)
        except Rejected as rejection:
            log.error(
                "outcome unknown and lookup refused; not repeating it",
                effect=effect.key,
                call=str(rejection),
            )
            return True
        except (Retryable, OutcomeUnknown) as reason:
            attempt.doubt(effect.event_id, effect.key)
            raise RetryLater(str(reason), delay=reason.retry_after or DOUBT_PAUSE) from None
        log.info("looked up an effect whose outcome was unknown", effect=effect.key, found=found)
        return found

    def _perform(self, attempt: Attempt, effect: SlackEffect) -> Outcome:
        outcome = Outcome.PERFORMED
        try:
            effect.perform(self.slack)
        except Retryable as reason:
            attempt.release(effect.event_id, effect.key)
            raise RetryLater(str(reason), delay=reason.retry_after) from None
        except OutcomeUnknown as reason:
            attempt.doubt(effect.event_id, effect.key)
            raise RetryLater(str(reason), delay=DOUBT_PAUSE) from None
        except Rejected as rejection:
            log.warning(
                "slack rejected it", effect=effect.key, error=rejection.error, call=str(rejection)
            )
            if not effect.rejection_is_final:
                attempt.release(effect.event_id, effect.key)
                return Outcome.REJECTED
            outcome = Outcome.REJECTED
        except BaseException:
            # The time limit struck, or a bug: nobody knows how far the call came.
            with suppress(*REDIS_ERRORS):
                attempt.doubt(effect.event_id, effect.key)
            raise
        attempt.settle(effect.event_id, effect.key)
        return outcome
