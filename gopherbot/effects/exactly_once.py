"""Exactly once: does an effect unless it is done, by what the ledger knows and Slack answers.

Retryable        surely not done: the claim is released, and it is tried again
OutcomeUnknown   perhaps done: it is noted as doubtful, looked up, and repeated if not found
Rejected         settled: Slack will never do it
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from gopherbot import logs
from gopherbot.effects.ledger import Ledger, State
from gopherbot.errors import RetryLater
from gopherbot.slack.client import OutcomeUnknown, Rejected, Retryable
from gopherbot.storage.client import REDIS_ERRORS

DOUBT_PAUSE = 2.0
"""Seconds after which a doubtful effect is looked for: a slow Slack may still be doing it."""
BUSY_PAUSE = 3.0

Act = Callable[[], None]
Look = Callable[[], bool]

log = logs.get_logger(__name__)


class Once:
    """Does effects once each, across workers, redeliveries and crashes."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def do(self, event_id: str, effect: str, act: Act, look: Look | None = None) -> bool:
        """Do an effect of an event unless it is done; give whether it was done now.

        Raises `RetryLater` if it is not settled.
        `look` tells whether a doubtful one was done; without it, doing it twice does no harm.
        """
        with self.ledger.attempt() as token:
            return self._attempt(token, event_id, effect, act, look)

    def _attempt(self, token: str, event_id: str, effect: str, act: Act, look: Look | None) -> bool:
        claim = self.ledger.claim(event_id, effect, token)
        if claim.state is State.SETTLED:
            return False
        if claim.state is State.BUSY:
            # Whoever has it finishes it, or dies and leaves it to us.
            raise RetryLater(f"{effect} is in other hands", delay=min(claim.wait, BUSY_PAUSE))
        if claim.state is State.DOUBTFUL and look:
            if self._was_done(event_id, effect, look):
                self.ledger.settle(event_id, effect)
                return False
            if self.ledger.claim(event_id, effect, token).state is not State.MINE:
                # Looking took so long that somebody else has begun.
                raise RetryLater(f"{effect} is in other hands", delay=BUSY_PAUSE)
        done = self._act(event_id, effect, act)
        self.ledger.settle(event_id, effect)
        return done

    def _was_done(self, event_id: str, effect: str, look: Look) -> bool:
        """Whether a doubtful effect was done; one that cannot be looked up counts as done."""
        try:
            done = look()
        except Rejected as refusal:
            log.error("left silent: cannot look it up", effect=effect, call=str(refusal))
            return True
        except (Retryable, OutcomeUnknown) as reason:
            self.ledger.doubt(event_id, effect)
            raise RetryLater(str(reason), delay=reason.retry_after or DOUBT_PAUSE) from None
        log.info("looked for a doubtful effect", effect=effect, found=done)
        return done

    def _act(self, event_id: str, effect: str, act: Act) -> bool:
        try:
            act()
            return True
        except Retryable as reason:
            self.ledger.release(event_id, effect)
            raise RetryLater(str(reason), delay=reason.retry_after) from None
        except OutcomeUnknown as reason:
            self.ledger.doubt(event_id, effect)
            raise RetryLater(str(reason), delay=DOUBT_PAUSE) from None
        except Rejected as refusal:
            log.warning("slack refused", effect=effect, error=refusal.error, call=str(refusal))
            return False
        except BaseException:
            # The time limit struck, or a bug: nobody knows how far the call came.
            with suppress(*REDIS_ERRORS):
                self.ledger.doubt(event_id, effect)
            raise
