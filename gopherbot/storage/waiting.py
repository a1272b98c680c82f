"""The questions in help channels that nobody has answered: places and members, and no text.

What happens is noted as facts, each for three days, and what they come to is worked out when the
list is read. So their order doesn't matter, nor how often each is noted. Redis errors pass through.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

OVERLOOKED_SECONDS = 2 * 60 * 60
"""The age from which a question without an answer counts as overlooked. What somebody else writes
next in the channel counts as its answer only until then."""
KEPT_SECONDS = 3 * 24 * 60 * 60
_MOST = 5000


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """Where a question is, and who asked it."""

    channel: str
    ts: str
    user: str
    age: float
    """Seconds since it was asked."""


@dataclass(slots=True)
class _Facts:
    """What is known of a message in a channel."""

    ts: str
    user: str = ""
    versions: dict[str, bool] = field(default_factory=dict)
    """Whether each of its texts asks, by version."""
    mentions: set[str] = field(default_factory=set)
    repliers: set[str] = field(default_factory=set)
    is_closed: bool = False

    @property
    def asks(self) -> bool:
        """Whether its newest text asks, and nothing at its place is an answer."""
        answered = self.is_closed or self.repliers - {self.user}
        return not answered and self.versions[max(self.versions, key=float)]

    @property
    def is_talk(self) -> bool:
        """Whether it was said, not only edited, and never asked."""
        return self.ts in self.versions and not any(self.versions.values())


class WaitingQuestions:
    """An app's questions that wait. Each method may be repeated, and called in any order."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self._key = keys.questions(app)

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
        named = (f"mentions {each}" for each in mentions)
        self._note(channel, ts, f"by {user} {version} {int(asks)}", *named)

    def replied(self, channel: str, ts: str, user: str) -> None:
        """Note a member's reply in the thread of a message. The asker's own is no answer."""
        self._note(channel, ts, f"reply {user}")

    def closed(self, channel: str, ts: str) -> None:
        """Note that a message needs no answer: it has one, or an emoji, or is deleted."""
        self._note(channel, ts, "closed")

    def overlooked(self) -> list[WaitingQuestion]:
        """Return the questions that have waited for two hours, longest first."""
        return [each for each in self.waiting() if each.age >= OVERLOOKED_SECONDS]

    def waiting(self) -> list[WaitingQuestion]:
        """Return all questions that wait, longest first."""
        now = time.time()
        found = self.client.zrangebyscore(self._key, now - KEPT_SECONDS, "+inf")
        waiting = [
            WaitingQuestion(channel, each.ts, each.user, now - float(each.ts))
            for channel, messages in _messages(map(text, found)).items()
            for each in _unanswered(sorted(messages.values(), key=lambda each: float(each.ts)))
        ]
        return sorted(waiting, key=lambda each: -each.age)

    def forget_old(self) -> None:
        """Forget what is older than three days."""
        self.client.zremrangebyscore(self._key, "-inf", f"({time.time() - KEPT_SECONDS}")

    def _note(self, channel: str, ts: str, *facts: str) -> None:
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self._key, {f"{channel} {ts} {fact}": float(ts) for fact in facts})
            pipe.zremrangebyscore(self._key, "-inf", f"({time.time() - KEPT_SECONDS}")
            # The oldest go first: questions before their answers, also at the same place.
            pipe.zremrangebyrank(self._key, 0, -_MOST - 1)
            pipe.expire(self._key, KEPT_SECONDS)
            pipe.execute()


def _messages(facts: Iterable[str]) -> Mapping[str, Mapping[str, _Facts]]:
    """Return what is known of the messages of each channel, by `ts`."""
    found: defaultdict[str, dict[str, _Facts]] = defaultdict(dict)
    for fact in facts:
        channel, ts, what, *rest = fact.split(" ")
        message = found[channel].setdefault(ts, _Facts(ts))
        match what:
            case "by":
                message.user, version, asks = rest
                message.versions[version] = asks == "1"
            case "mentions":
                message.mentions.update(rest)
            case "reply":
                message.repliers.update(rest)
            case "closed":
                message.is_closed = True
    return found


def _unanswered(messages: Sequence[_Facts]) -> Iterator[_Facts]:
    """Yield the questions of a channel that nothing answers, newest first."""
    mentioned: defaultdict[str, set[str]] = defaultdict(set)
    following: _Facts | None = None
    other: _Facts | None = None
    """The first after `following` by somebody else."""
    for message in reversed(messages):
        if not message.versions:
            continue
        answer = other if following and following.user == message.user else following
        is_answered = bool(mentioned[message.user] - {message.user}) or (
            answer is not None
            and answer.is_talk
            and float(answer.ts) - float(message.ts) <= OVERLOOKED_SECONDS
        )
        if message.asks and not is_answered:
            yield message
        for user in message.mentions:
            mentioned[user].add(message.user)
        if message.ts in message.versions:
            other = other if following and following.user == message.user else following
            following = message
