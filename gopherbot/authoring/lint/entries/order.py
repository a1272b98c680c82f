"""Checks the order of entries, in the files that are sorted alphabetically."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glossary import out_of_order
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data


def check(data: Data) -> Iterator[Problem]:
    """Yield the entries that are out of order."""
    files: dict[str, Iterable[str]] = {
        "answers.toml": data.answers,
        "reactions.toml": data.reactions,
        "replies.toml": data.replies,
    }
    for file, entries in files.items():
        for entry, move in out_of_order(entries):
            yield Problem(file, entry, f"the entries are sorted alphabetically: {move}")
