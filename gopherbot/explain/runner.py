"""`python -m gopherbot.explain.runner FOLDER`: says what the bot would do with many lines.

Writes the problems of the content; if there are none, `corpus.Line`s that lead to what it's meant
to do. Then reads lines as JSON, one per line, and writes for each that leads to anything its
number, whether the bot is addressed, and the `Deed`s; and at last what it cost. `gopherbot diff`
runs it with the code of two versions, so a version that lacks this module is tried with today's: it
imports nothing newer than itself.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from gopherbot.explain import outcome_of
from gopherbot.explain.scenario import Names, channel_type
from gopherbot.model import Ask, Message
from gopherbot.router import ChannelJoin, Prefix, Rule, TeamJoin
from gopherbot.rulebook import loader, watchers
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.matching import Match
from gopherbot.slack import events, markup

if TYPE_CHECKING:
    from gopherbot.explain import RenderedReply
    from gopherbot.rulebook.moderation import Moderation

What = Literal["reply", "private", "emoji", "failure"]

_BOT = "<@BOT>"
_PARENT = "1600000000.000100"
PROTOCOL = 2
"""What it reads and writes, and how it puts deeds into words. A version whose runner has another
one is tried with today's, too."""
_RULES, _JOINS, _WATCHERS = "rules", "joins", "watchers"
_ANYTHING = "Good morning"
_PARTS = ("card", "persona", "shared")
_ONLY_FOR_ONE = {"only you see it", "by direct message"}
# One class in front of all forms: `re` skips to it twice as fast as to one of several.
_BECOMES_MARKUP = re.compile(r"[@#&<>.:](?:(?<=[@#&<>])|(?<=\.)\w|(?<=:)//)")


class Deed(msgspec.Struct, array_like=True, frozen=True):
    """One thing that a rule does with a line."""

    rule: str
    source: str
    what: What
    text: str
    """What it says, or the name of the emoji."""


class Costs(msgspec.Struct, array_like=True, frozen=True):
    """Microseconds of CPU time."""

    line: float = 0.0
    """For a line, on average."""
    rules: dict[str, float] = {}
    """For a rule's answer, on average."""


class Runner:
    """Tries a version's content on lines."""

    def __init__(self, content: LoadedContent) -> None:
        self._content = content
        self._names = Names(content.data.workspace.bot, content.data.channels)
        self._own = frozenset({self._names.bot_id})
        self._author = self._names.user("you")
        self._spent: defaultdict[str, list[float]] = defaultdict(list)
        self._count, self._seconds = 0, 0.0

    def own_lines(self) -> Iterator[Sequence[str]]:
        """Yield the first fields of a line for everything that the content is meant to do."""
        bot, data = self._names.bot, self._content.data
        for rule in self._content.rules.rules:
            if isinstance(rule, TeamJoin):
                yield _JOINS, "joins the workspace", "public", ""
            elif isinstance(rule, ChannelJoin):
                yield _JOINS, f"joins #{rule.trigger}", "public", rule.trigger
            else:
                names = () if isinstance(rule, Prefix) else rule.triggers
                examples = (rule.example.say,) if rule.example else ()
                for text in (*names, *examples):
                    yield _RULES, f"@{bot} {text}"
        for term in data.glossary:
            yield _RULES, f"@{bot} define {term.name}"
        if moderation := getattr(data, "moderation", None):
            yield from _moderated(moderation)
        for watcher in data.watchers:
            yield _WATCHERS, watcher.name

    def warm_up(self) -> None:
        """Let each rule with an example answer: the first answer of some builds an index."""
        for rule in self._content.rules.rules:
            if rule.example:
                deque(self.run([("", rule.example.say, "dm", "general", False, False)]), maxlen=0)
        self._spent.clear()
        self._count, self._seconds = 0, 0.0

    def run(self, lines: Iterable[Sequence[Any]]) -> Iterator[tuple[int, bool, list[Deed]]]:
        """Yield the number of each line that leads to anything, whether the bot is addressed,
        and what it does.
        """
        begun = time.process_time()
        for number, line in enumerate(lines):
            self._count += 1
            if line[0] == _WATCHERS:
                yield number, False, list(self._announcements(line[1]))
            elif message := self._message(number, line):
                is_join = line[0] == _JOINS
                matches = self._joining(line[3]) if is_join else self._content.rules.fire(message)
                if deeds := self._deeds(message, matches):
                    yield number, message.addressed, deeds
        self._seconds += time.process_time() - begun

    @property
    def costs(self) -> Costs:
        """What the lines so far have cost."""
        each = {name: 1e6 * sum(spent) / len(spent) for name, spent in self._spent.items()}
        return Costs(1e6 * self._seconds / max(1, self._count), each)

    def _message(self, number: int, line: Sequence[Any]) -> Message | None:
        corpus, text, kind, channel, is_markup, is_reply = line
        if corpus == _JOINS:
            place = self._names.channel(channel) if channel else ""
            return Message("diff", place, self._author, ts="", text="", bot_users=self._own)
        if is_markup:
            text = text.replace(_BOT, markup.user(self._names.bot_id))
        elif _BECOMES_MARKUP.search(text):
            text = self._names.sent(text)
        event = events.MessageEvent(
            # Random choices are seeded by the message, so all versions make the same.
            ts=f"{1_700_000_000 + number}.000100",
            user=self._author,
            channel=self._names.channel(channel),
            channel_type=channel_type(kind),
            text=text,
            thread_ts=_PARENT if is_reply else None,
        )
        return events.to_message(events.Envelope("diff", event), self._own)

    def _joining(self, channel: str) -> list[Match]:
        """Return the rules that fire when a member joins a channel; "" for the workspace."""
        joins: tuple[Rule, ...] = self._content.rules.of(TeamJoin)
        if channel:
            joins = self._content.rules.of(ChannelJoin)
        return [Match(rule) for rule in joins if not channel or rule.trigger == channel]

    def _announcements(self, name: str) -> Iterator[Deed]:
        """Yield what the watcher of a name posts, with its placeholders, and its other settings."""
        for each in self._content.data.watchers:
            if each.name == name:
                settings = msgspec.structs.asdict(each.watch)
                channel, text = settings.pop("channel"), settings.pop("text", "")
                nobody = Message(event_id="", channel="", user="", ts="", text="")
                own = {name: f"{{{name}}}" for name in each.watch.placeholders}
                said = self._content.data.template(text).render(
                    Ask(nobody, channels=self._names), **own
                )
                rest = (f"{key} = {value}" for key, value in settings.items() if value)
                words = "\n".join([f"#{channel}: {self._names.read(said)}", *rest])
                yield Deed(f"watcher:{name}", watchers.FILE, "reply", words)

    def _deeds(self, message: Message, matches: Iterable[Match]) -> list[Deed]:
        found: dict[Deed, None] = {}
        emoji: set[str] = set()
        rules = self._content.rules
        for match in matches:
            begun = time.process_time()
            done = outcome_of(match, message, rules=rules, names=self._names, files={})
            self._spent[done.rule].append(time.process_time() - begun)
            for name in done.emoji:
                if name not in emoji:
                    emoji.add(name)
                    found[Deed(done.rule, done.source, "emoji", name)] = None
            for said in done.replies:
                text = self._words(said)
                what: What = "reply" if _ONLY_FOR_ONE.isdisjoint(said.manner) else "private"
                found[Deed(done.rule, done.source, what, text)] = None
            if done.failure:
                found[Deed(done.rule, done.source, "failure", done.failure)] = None
        return list(found)

    def _words(self, said: RenderedReply) -> str:
        """Return all that members see of a reply, and how it's delivered."""
        reply = said.sent
        card, persona, shared = (getattr(reply, name, None) for name in _PARTS)
        manner = [
            *said.manner,
            *([f"with the icon {persona.icon}"] if persona and persona.icon else ()),
            *([f"shared as: {shared.text} {shared.attachment}".rstrip()] if shared else ()),
            *(["with a button to share it"] if getattr(reply, "share_button", False) else ()),
        ]
        pieces = [said.text, card.title if card else "", said.attachment]
        pieces += [card.footer if card else "", f"({'; '.join(manner)})" if manner else ""]
        return self._names.read("\n".join(filter(None, pieces)))


def _moderated(moderation: Moderation) -> Iterator[Sequence[str]]:
    """Yield what breaks a channel's rules or keeps them, and the words that call for a note."""
    for channel, rule in moderation.channels.items():
        for text in (_ANYTHING, rule.example, *_plain(rule.never)):
            yield _RULES, text, "public", channel
    for note in moderation.notes.values():
        for word in _plain(note.words):
            yield _RULES, word


def _plain(wordings: Iterable[str]) -> Iterator[str]:
    """Yield those that are words, not patterns in slashes."""
    return (piece for piece in wordings if not piece.startswith("/"))


def main() -> None:
    """Answer the lines of standard input."""
    # What content and its programs print must not mix with the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    gc.disable()  # the collector would take a sixth of the time
    try:
        runner = Runner(loader.load(Path(sys.argv[1])))
    except Exception as error:
        problems = getattr(error, "problems", None) or [f"{type(error).__name__}: {error}"]
        answers.write(msgspec.json.encode([str(problem) for problem in problems]) + b"\n")
        answers.flush()
        return
    answers.write(b"[]\n" + msgspec.json.encode(list(runner.own_lines())) + b"\n")
    answers.flush()
    runner.warm_up()
    lines = msgspec.json.Decoder().decode_lines(sys.stdin.buffer.read())
    for answer in runner.run(lines):
        answers.write(msgspec.json.encode(answer) + b"\n")
    answers.write(msgspec.json.encode(runner.costs) + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
