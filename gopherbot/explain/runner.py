"""`python -m gopherbot.explain.runner FOLDER`: says what the bot would do with many lines.

Writes the problems of the content; if there are none, the texts that it's meant to answer. Then
reads `corpus.Line`s as JSON, one per line, and writes for each that leads to anything its number,
whether the bot is addressed, and the `Deed`s; and at last what it cost. `gopherbot diff` runs it
with the code of two versions, so a version that lacks this module is tried with today's: it imports
nothing newer than itself.
"""

from __future__ import annotations

import gc
import re
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from gopherbot.explain import outcome_of
from gopherbot.explain.scenario import Names, channel_type
from gopherbot.model import Message
from gopherbot.router import Prefix
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.slack import events, markup

What = Literal["reply", "private", "emoji", "failure"]

_BOT = "<@BOT>"
_PARENT = "1600000000.000100"
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

    def own_texts(self) -> Iterator[str]:
        """Yield what members write to get each answer: names, aliases, examples and terms."""
        for rule in self._content.rules.rules:
            names = () if isinstance(rule, Prefix) else rule.triggers
            examples = (rule.example.say,) if rule.example else ()
            for text in (*names, *examples):
                yield f"@{self._names.bot} {text}"
        for term in self._content.data.glossary:
            yield f"@{self._names.bot} define {term.name}"

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
            message = self._message(number, line)
            if message and (deeds := self._deeds(message)):
                yield number, message.addressed, deeds
        self._seconds += time.process_time() - begun

    @property
    def costs(self) -> Costs:
        """What the lines so far have cost."""
        each = {name: 1e6 * sum(spent) / len(spent) for name, spent in self._spent.items()}
        return Costs(1e6 * self._seconds / max(1, self._count), each)

    def _message(self, number: int, line: Sequence[Any]) -> Message | None:
        _, text, kind, channel, is_markup, is_reply = line
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

    def _deeds(self, message: Message) -> list[Deed]:
        found: dict[Deed, None] = {}
        emoji: set[str] = set()
        rules = self._content.rules
        for match in rules.fire(message):
            begun = time.process_time()
            done = outcome_of(match, message, rules=rules, names=self._names, files={})
            self._spent[done.rule].append(time.process_time() - begun)
            for name in done.emoji:
                if name not in emoji:
                    emoji.add(name)
                    found[Deed(done.rule, done.source, "emoji", name)] = None
            for said in done.replies:
                text = f"{said.text}\n{said.attachment}".strip()
                what: What = "reply" if _ONLY_FOR_ONE.isdisjoint(said.manner) else "private"
                found[Deed(done.rule, done.source, what, text)] = None
            if done.failure:
                found[Deed(done.rule, done.source, "failure", done.failure)] = None
        return list(found)


def main() -> None:
    """Answer the lines of standard input."""
    answers = sys.stdout.buffer
    # What content prints must not mix with the answers.
    sys.stdout = sys.stderr
    gc.disable()  # the collector would take a sixth of the time
    try:
        runner = Runner(loader.load(Path(sys.argv[1])))
    except Exception as error:
        problems = getattr(error, "problems", None) or [f"{type(error).__name__}: {error}"]
        answers.write(msgspec.json.encode([str(problem) for problem in problems]) + b"\n")
        return
    answers.write(b"[]\n" + msgspec.json.encode(list(runner.own_texts())) + b"\n")
    answers.flush()
    runner.warm_up()
    lines = msgspec.json.Decoder().decode_lines(sys.stdin.buffer.read())
    for answer in runner.run(lines):
        answers.write(msgspec.json.encode(answer) + b"\n")
    answers.write(msgspec.json.encode(runner.costs) + b"\n")


if __name__ == "__main__":
    main()
