"""Entries in alphabetical order, in the files that say they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glossary import out_of_order
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data


def check(data: Data) -> Iterator[Problem]:
    """Check the order of entries."""
    files: dict[str, Iterable[str]] = {
        "answers.toml": data.answers,
        "reactions.toml": data.reactions,
        "replies.toml": data.replies,
    }
    for file, entries in files.items():
        for entry, move in out_of_order(entries):
            yield Problem(file, entry, f"the entries are sorted alphabetically: {move}")
