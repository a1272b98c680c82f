"""Judges the search by the questions and the talk of this folder: `python tests/search/judged.py`.

Prints the scores, of the lines to tune on and of those kept aside, what went wrong among the
former (with `--all`: the latter, too), and the three texts nearest to the threshold on either side.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gopherbot.router import fold
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.search import slips
from gopherbot.search.catalogue import DEFINE, Catalogue

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Judged:
    """A line of the set, and what was suggested for it. Nothing is acceptable on talk."""

    text: str
    acceptable: frozenset[str]
    suggested: tuple[str, ...]
    aside: bool


class Judge:
    """The bot's search over a content folder, as a member meets it."""

    def __init__(self, book: LoadedContent) -> None:
        self.book = book
        self.catalogue = Catalogue(book.data)
        self.slips = slips.Slips(book.data.glossary)
        self.entries = book.rules.entries()

    def suggested(self, text: str) -> list[str]:
        """Return what is suggested to somebody who writes this to the bot."""
        if slips.could_be_one(text) and (meant := self.slips.suggestions(text, self.entries)):
            return meant
        return self.catalogue.suggestions(text, self.entries)

    def names(self, suggestion: str) -> frozenset[str]:
        """Return all names of what is suggested."""
        if suggestion.startswith(DEFINE):
            found = self.book.data.glossary.find(suggestion.removeprefix(DEFINE))
            return frozenset(map(fold, found.term.names)) if found else frozenset()
        rule = self.book.rules.command(suggestion)
        return frozenset(map(fold, rule.triggers)) if rule else frozenset()

    def right(self, judged: Judged) -> bool:
        """Return whether the first suggestion is acceptable."""
        return bool(judged.suggested and self.names(judged.suggested[0]) & judged.acceptable)

    def confidence(self, judged: Judged) -> float:
        """Return how far above the threshold the best suggestion is."""
        return self.catalogue.confidence(judged.text, self.entries)

    def told(self, judged: Judged) -> str:
        """Return a line about what was suggested, and how surely."""
        suggested = ", ".join(judged.suggested) or "nothing"
        return f"{self.confidence(judged):+.2f}  {judged.text!r} -> {suggested}"

    def cost(self, rows: Sequence[Judged]) -> float:
        """Return the processor's microseconds that searching for one of these takes."""
        started = time.process_time()
        for row in rows:
            self.catalogue.suggestions(row.text, self.entries)
        return 1e6 * (time.process_time() - started) / len(rows)

    def judged(self) -> tuple[list[Judged], list[Judged]]:
        """Return the questions and the talk, each line with what is suggested for it."""
        questions = tomllib.loads((HERE / "questions.toml").read_text("utf-8"))
        talk = (HERE / "talk.txt").read_text("utf-8").splitlines()
        return (
            list(self._judge(questions.items())),
            list(self._judge((text, []) for text in talk)),
        )

    def _judge(self, rows: Iterable[tuple[str, list[str]]]) -> Iterator[Judged]:
        for number, (text, acceptable) in enumerate(rows):
            suggested = tuple(self.suggested(text))
            accepted = frozenset(map(fold, acceptable))
            yield Judged(text, accepted, suggested, number % 3 == 2)


def share(rows: Sequence[bool]) -> str:
    """Return how many of the rows are true."""
    return f"{sum(rows)} of {len(rows)} ({100 * sum(rows) / len(rows):.1f} %)"


def main() -> None:
    """Print the verdict."""
    judge = Judge(loader.load())
    questions, talk = judge.judged()
    for aside in (False, True):
        asked = [q for q in questions if q.aside is aside]
        said = [t for t in talk if t.aside is aside]
        print(f"\n{'Kept aside' if aside else 'To tune on'}")
        print(f"  first suggestion right: {share([judge.right(q) for q in asked])}")
        among = [any(judge.names(s) & q.acceptable for s in q.suggested) for q in asked]
        print(f"  right one among those shown: {share(among)}")
        print(f"  questions without a suggestion: {share([not q.suggested for q in asked])}")
        print(f"  talk with a suggestion: {share([bool(t.suggested) for t in said])}")
        if aside and "--all" not in sys.argv:
            continue  # who sees them tunes on them
        for row in [t for t in said if t.suggested] + [q for q in asked if not judge.right(q)]:
            print(f"    wrong: {judge.told(row)}")
    print("\nNearest to the threshold (0), above and below it")
    shown = [row for row in questions + talk if not row.aside or "--all" in sys.argv]
    rows = sorted(shown, key=judge.confidence)
    above = [row for row in rows if judge.confidence(row) >= 0][:3]
    below = [row for row in rows if judge.confidence(row) < 0][-3:]
    for row in [*reversed(above), *reversed(below)]:
        print(f"  {judge.told(row)}")
    print(f"\n{judge.cost(questions):.0f} µs of CPU a question")


if __name__ == "__main__":
    main()
