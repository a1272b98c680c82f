"""Entries in alphabetical order, in the files that say they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data


def check(data: Data) -> Iterator[Problem]:
    """Look at the order of entries."""
    files: dict[str, Iterable[str]] = {
        "answers.toml": data.answers,
        "reactions.toml": data.reactions,
        "replies.toml": data.replies,
    }
    for file, entries in files.items():
        for entry, place in moves(entries):
            yield Problem(file, entry, f"the entries go by the alphabet: move this one {place}")


def moves(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return the fewest entries to move so that all are in order, and where each belongs."""
    there = list(names)
    ordered = sorted(there, key=str.casefold)
    for move, start, end, _, _ in SequenceMatcher(None, there, ordered, False).get_opcodes():
        if move in ("delete", "replace"):
            for name in there[start:end]:
                at = ordered.index(name)
                yield name, f"after [{ordered[at - 1]}]" if at else f"before [{ordered[1]}]"
