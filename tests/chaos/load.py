"""What members ask of a bot that meets a fault, in every kind of way, and what they saw of answers.

The judge reads what the simulated Slack shows and knows nothing of the bot's own records.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from slack_simulator import Simulator
from slack_simulator.feed.recordings import Post
from slack_simulator.workspace.changes import JoinedTeam, Posted

COIN = "flip a coin"
CHANNELS_ASKED = "recommended channels"
ADDRESSED_COIN = f"<@U0GOPHERBOT> {COIN}"
ADDRESSED_CHANNELS = f"<@U0GOPHERBOT> {CHANNELS_ASKED}"
RETHINK_SECONDS = 0.3
_names = itertools.count()
_EMOJI = frozenset({"bbqgopher", "ghost", "dragon"})
PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() {{\n\tfmt.Println("{word}")\n}}\n'


class Seen:
    """What members saw of the bot, by what it answers."""

    def __init__(self, slack: Simulator) -> None:
        self.slack = slack
        self.posts: defaultdict[str, list[Post]] = defaultdict(list)
        self.whispers: list[Post] = []
        for post in slack.posts():
            if post.ephemeral:
                self.whispers.append(post)
            else:
                self.posts[event_of(post)].append(post)
        self.emoji: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for reaction in slack.reactions():
            self.emoji[reaction.channel, reaction.ts].add(reaction.emoji)

    def standing(self, channel: str, word: str) -> list[str]:
        """Return the bot's messages in a channel that hold a word and were not deleted."""
        with self.slack.workspace.lock:
            messages = list(self.slack.workspace.conversations[channel].messages.values())
        return [each.text for each in messages if each.bot_id and word in each.text]


@dataclass(frozen=True)
class Kind:
    """A kind of question: how a member asks it, and how often it was answered.

    `ask` gets a conversation and a word that no other question has; `rethink` is what the member
    does to the message a moment later.
    """

    name: str
    ask: Callable[[Simulator, str, str], Posted | JoinedTeam]
    answers: Callable[[Seen, Asked], int]
    rethink: Callable[[Simulator, Asked], object] | None = None
    repeatable: bool = False
    """Whether it may be answered twice: nobody can look up an ephemeral message."""


@dataclass(frozen=True)
class Asked:
    """A question: its event, when it was asked (monotonic seconds), and its message, if any."""

    kind: Kind
    event: str
    at: float
    word: str = ""
    channel: str = ""
    ts: str = ""
    place: str = ""
    """As the load names it."""


def _say(text: str) -> Callable[[Simulator, str, str], Posted]:
    return lambda slack, channel, word: slack.say(text.format(word=word), channel)


def _upload(slack: Simulator, channel: str, word: str) -> Posted:
    return slack.upload(PROGRAM.format(word=word), f"{word}.go", channel)


def _edit(slack: Simulator, asked: Asked) -> None:
    slack.workspace.edit(asked.channel, asked.ts, f"d/{asked.word}/new", "regular")


def _delete(slack: Simulator, asked: Asked) -> None:
    slack.workspace.delete(asked.channel, asked.ts, "regular")


def _posts(seen: Seen, asked: Asked) -> int:
    return len(seen.posts[asked.event])


def _whispers(seen: Seen, asked: Asked) -> int:
    return sum(asked.word in post.text for post in seen.whispers)


def _reactions(seen: Seen, asked: Asked) -> int:
    return int(seen.emoji[asked.channel, asked.ts] == _EMOJI)


def _newest(seen: Seen, asked: Asked) -> int:
    found = seen.standing(asked.channel, f"{asked.word}/")
    return len(found) if any(text.endswith("/new") for text in found) else 0


def _nothing(seen: Seen, asked: Asked) -> int:
    """Return 1 if no answer is left, and more for each that is."""
    return 1 + len(seen.standing(asked.channel, f"{asked.word}/"))


COINS = Kind("a coin", _say(ADDRESSED_COIN), _posts)
NAMES = Kind("channels by name", _say(ADDRESSED_CHANNELS), _posts)
FILES = Kind("a file for the Playground", _upload, _posts)
WHISPERS = Kind("a term", _say("<@U0GOPHERBOT> define {word}"), _whispers, repeatable=True)
EMOJI = Kind("three emoji", _say("bbq ghost dragon"), _reactions)
JOINS = Kind("a join", lambda slack, *_: slack.join_team(), _posts)
EDITS = Kind("an edit", _say("d/{word}/old"), _newest, _edit)
DELETIONS = Kind("a deletion", _say("d/{word}/old"), _nothing, _delete)

POSTED = (NAMES, COINS, FILES)
"""What is answered with one post."""
ASKED_ONCE = (*POSTED, WHISPERS, EMOJI, JOINS)
EVERY_KIND = (*ASKED_ONCE, EDITS, DELETIONS)


def event_of(post: Post) -> str:
    """Return the id of the event that a post answers; "" if it carries none."""
    payload = (post.metadata or {}).get("event_payload") or {}
    return str(payload.get("event_id") or "")


class Load(threading.Thread):
    """Asks the bot `count` questions, `rate` a second, of each kind and in each place in turn.

    A place is a channel's name, or "" for the DM with the bot. `said` holds the questions by
    the ids of their events.
    """

    PLACES = ("general", "modules", "jobs", "")

    def __init__(
        self,
        slack: Simulator,
        count: int,
        rate: float,
        places: Sequence[str] = PLACES,
        kinds: Sequence[Kind] = EVERY_KIND,
    ) -> None:
        super().__init__(name="load", daemon=True)
        self.slack = slack
        self.count = count
        self.rate = rate
        self.places = places
        self.kinds = kinds
        self.said: dict[str, Asked] = {}
        self.failure: BaseException | None = None
        self._name = next(_names)
        self._enough = threading.Event()
        self._rethinking: list[threading.Timer] = []

    def run(self) -> None:
        try:
            start = time.monotonic()
            for number in range(self.count):
                if self._enough.wait(max(0.0, start + number / self.rate - time.monotonic())):
                    break
                self._say(number)
            for timer in self._rethinking:
                timer.join()
        except BaseException as failure:
            self.failure = failure

    def finish(self) -> Self:
        """Wait until all is said."""
        self.join(self.count / self.rate * 3 + 30)
        if self.failure:
            raise self.failure
        assert not self.is_alive(), "the load did not end"
        return self

    def stop(self) -> Self:
        """Say no more."""
        self._enough.set()
        return self.finish()

    @property
    def seconds(self) -> float:
        """How long saying it all takes."""
        return self.count / self.rate

    def _say(self, number: int) -> None:
        rounds, turn = divmod(number, len(self.kinds))
        kind, place = self.kinds[turn], self.places[(turn + rounds) % len(self.places)]
        regular = self.slack.workspace.user("regular")
        channel = place or self.slack.workspace.open_dm(regular).id
        word, at = f"word{number}of{self._name}", time.monotonic()
        said = kind.ask(self.slack, channel, word)
        event = str(said.event_id)
        message = (said.channel, said.ts) if isinstance(said, Posted) else ("", "")
        asked = self.said[event] = Asked(kind, event, at, word, *message, place)
        if kind.rethink:
            timer = threading.Timer(RETHINK_SECONDS, kind.rethink, (self.slack, asked))
            self._rethinking.append(timer)
            timer.start()


@dataclass(frozen=True)
class Verdict:
    """What became of a load. `slowest` is the longest time from a message to its first post.

    `repeated` counts what was shown twice to the asker alone, which nobody can look up.
    """

    events: int
    lost: int
    doubled: int
    slowest: float = 0.0
    repeated: int = 0
    amiss: str = ""
    """The kinds of those that were not answered once."""


class Judge:
    """Counts answers in what the simulator saw of the bot."""

    def __init__(self, slack: Simulator) -> None:
        self.slack = slack

    def accepted(self, since: float = 0.0) -> set[str]:
        """Return the events that a gateway took (200), those after a monotonic time only."""
        return {
            attempt.event_id
            for attempt in list(self.slack.deliveries.attempts)
            if attempt.status == 200 and (attempt.acknowledged_at or 0.0) >= since
        }

    def answers(self, said: Mapping[str, Asked]) -> Counter[str]:
        """Return how often each of these questions was answered."""
        seen = Seen(self.slack)
        return Counter({event: asked.kind.answers(seen, asked) for event, asked in said.items()})

    def unanswered(self, said: Mapping[str, Asked]) -> set[str]:
        return {event for event, answers in self.answers(said).items() if not answers}

    def verdict(self, said: Mapping[str, Asked], count: Iterable[str] | None = None) -> Verdict:
        """Judge a load, or only the given ones of its events."""
        chosen = {event: said[event] for event in (said if count is None else count)}
        first: dict[str, float] = {}
        for post in self.slack.posts():
            first.setdefault(event_of(post), post.monotonic)
        answers = self.answers(chosen)
        twice = [event for event, number in answers.items() if number > 1]
        repeated = sum(chosen[event].kind.repeatable for event in twice)
        return Verdict(
            events=len(chosen),
            lost=sum(not number for number in answers.values()),
            doubled=len(twice) - repeated,
            slowest=max((first[e] - a.at for e, a in chosen.items() if e in first), default=0.0),
            repeated=repeated,
            amiss=", ".join(chosen[event].kind.name for event in chosen if answers[event] != 1),
        )
