"""The questions in help channels that nobody has answered: their places, and no text.

Redis errors pass through. `waiting.lua` says what is kept; all of it for at most 3 days.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

OVERLOOKED_SECONDS = 2 * 60 * 60
"""The age from which a question without an answer counts as overlooked. What somebody else writes
next in the channel counts as its answer only until then."""
_SCRIPT = Path(__file__).with_name("waiting.lua").read_text()


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """Where a question stands, and who asked."""

    channel: str
    ts: str
    user: str
    age: float
    """Seconds since it was asked."""


class WaitingQuestions:
    """An app's questions that wait. Each method may be repeated, and called in any order."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.waiting = keys.questions(app, "waiting")
        others = (keys.questions(app, what) for what in ("answered", "edited", "last"))
        self._keys = [self.waiting, *others]
        self._note = client.register_script(_SCRIPT)

    def said(
        self,
        channel: str,
        ts: str,
        user: str,
        *,
        version: str,
        asks: bool,
        mentions: Iterable[str] = (),
    ) -> None:
        """Note a member's message in a channel, outside of threads, or its newer `version`."""
        self._happened("said", channel, ts, user, version, int(asks), OVERLOOKED_SECONDS, *mentions)

    def replied(self, channel: str, ts: str, user: str) -> None:
        """Note a member's reply in the thread of a message. The asker's own is no answer."""
        self._happened("replied", channel, ts, user)

    def closed(self, channel: str, ts: str) -> None:
        """Note that a message needs no answer: it has one, or an emoji, or is deleted."""
        self._happened("closed", channel, ts, "-")

    def overlooked(self) -> list[WaitingQuestion]:
        """Return the questions that have waited for two hours, longest first."""
        now = time.time()
        found = self.client.zrangebyscore(self.waiting, "-inf", now - OVERLOOKED_SECONDS)
        places = (text(member).split(" ") for member in found)
        return [WaitingQuestion(channel, ts, user, now - float(ts)) for channel, ts, user in places]

    def _happened(self, what: str, channel: str, ts: str, user: str, *more: object) -> None:
        now = f"{time.time():.6f}"
        arguments = [what, channel, ts, user, now, *map(str, more)]
        self._note(keys=self._keys, args=arguments)
