"""Judges the search by the questions and the talk of this folder: `python tests/search/judged.py`.

Prints the scores, of the lines to tune on and of those kept aside, and what went wrong among the
former (with `--all`: the latter, too).
"""

import hashlib
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gopherbot.router import fold
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.search.catalogue import DEFINE, Suggestions
from gopherbot.search.finder import Finder

HERE = Path(__file__).parent
Grade = Literal["right", "acceptable", "wrong", "silent"]
GRADES: tuple[Grade, ...] = ("right", "acceptable", "wrong", "silent")


@dataclass(frozen=True)
class Judged:
    """A line of the set, and what was suggested for it. Nothing is acceptable on talk."""

    text: str
    acceptable: frozenset[str]
    suggested: Suggestions
    aside: bool
    grade: Grade

    @property
    def told(self) -> str:
        """A line about what was suggested."""
        manner = "answers" if self.suggested.sure else "suggests"
        return (
            f"{self.grade}: {self.text!r}, {manner} {', '.join(self.suggested.keys) or 'nothing'}"
        )


class Judge:
    """The bot's search over a content folder, as a member meets it."""

    def __init__(self, book: LoadedContent) -> None:
        self.book = book
        self.finder = Finder(book.data)
        self.entries = book.rules.entries()

    def suggested(self, text: str) -> Suggestions:
        """Return what somebody gets who writes this to the bot."""
        if self.book.rules.command(text):
            return Suggestions([text], sure=True)
        return self.finder.find(text, self.entries)

    def names(self, suggestion: str) -> frozenset[str]:
        """Return all names of what is suggested."""
        if suggestion.startswith(DEFINE):
            found = self.book.data.glossary.find(suggestion.removeprefix(DEFINE))
            return frozenset(map(fold, found.term.names)) if found else frozenset()
        rule = self.book.rules.command(suggestion)
        return frozenset(map(fold, rule.triggers)) if rule else frozenset()

    def judge(self, text: str, acceptable: Sequence[str], *, aside: bool) -> Judged:
        """Grade what is suggested for a text."""
        suggested, accepted = self.suggested(text), frozenset(map(fold, acceptable))
        hits = [bool(self.names(key) & accepted) for key in suggested.keys]
        grade: Grade = "silent"
        if hits:
            grade = "right" if hits[0] else "acceptable" if any(hits) else "wrong"
        return Judged(text, accepted, suggested, aside, grade)

    def questions(self) -> Iterator[Judged]:
        """Yield the whole sentences of `questions.toml`."""
        rows = tomllib.loads((HERE / "questions.toml").read_text("utf-8"))
        for number, (text, acceptable) in enumerate(rows.items()):
            yield self.judge(text, acceptable, aside=number % 3 == 2)

    def typed(self) -> Iterator[Judged]:
        """Yield the questions of `typed.txt` and of `typed_later.txt`."""
        for name in ("typed.txt", "typed_later.txt"):
            for line in lines(name):
                text, _, acceptable = line.rpartition(" -> ")
                aside = name == "typed.txt" and _is_aside(text)
                yield self.judge(text, acceptable.split(" | "), aside=aside)

    def talk(self) -> Iterator[Judged]:
        """Yield the talk of `talk.txt`, as if it were addressed to the bot."""
        for number, text in enumerate(lines("talk.txt")):
            yield self.judge(text, (), aside=number % 3 == 2)

    def typed_talk(self) -> Iterator[Judged]:
        """Yield the talk of `typed_talk.txt`, as if all of it were addressed to the bot, and that
        of `talk_aside.txt`.
        """
        for name, aside in (("typed_talk.txt", False), ("talk_aside.txt", True)):
            for line in lines(name):
                yield self.judge(line.replace("@gopher", "").strip(), (), aside=aside)

    def cost(self, rows: Sequence[Judged]) -> list[float]:
        """Return the processor's microseconds that each look-up takes, in order."""
        spent = []
        for row in rows:
            started = time.process_time()
            self.suggested(row.text)
            spent.append(1e6 * (time.process_time() - started))
        return sorted(spent)


def lines(name: str) -> Iterator[str]:
    """Yield the lines of a file of this folder, without comments."""
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("# "):
            yield line


def _is_aside(text: str) -> bool:
    return hashlib.blake2b(text.encode(), digest_size=1).digest()[0] % 2 == 1


def shares(rows: Sequence[Judged]) -> str:
    """Return how many rows have each grade."""
    count = Counter(row.grade for row in rows)
    told = (f"{100 * count[grade] / len(rows):.1f} % {grade}" for grade in GRADES)
    sure = sum(row.suggested.sure for row in rows)
    return f"{len(rows)} lines: {', '.join(told)}; {100 * sure / len(rows):.0f} % answered outright"


def main() -> None:
    """Print the verdict."""
    judge = Judge(loader.load())
    for name in ("questions", "typed", "talk", "typed_talk"):
        rows = list(getattr(judge, name)())
        print(f"\n{name}")
        for aside in (False, True):
            some = [row for row in rows if row.aside is aside]
            print(f"  {'kept aside' if aside else 'to tune on'}: {shares(some)}")
            if aside and "--all" not in sys.argv:
                continue  # who sees them tunes on them
            good = "silent" if "talk" in name else "right"
            for row in sorted((row for row in some if row.grade != good), key=lambda r: r.grade):
                print(f"    {row.told}")
    spent = judge.cost(list(judge.questions()) + list(judge.typed()))
    print(f"\n{spent[len(spent) // 2]:.0f} µs a look-up, at worst {spent[-1]:.0f} µs")


if __name__ == "__main__":
    main()
