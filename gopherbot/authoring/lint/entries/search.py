"""Checks `search.toml`: names that exist, words that occur once, everything in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glossary import out_of_order
from gopherbot.model import Kind
from gopherbot.router import Rule, fold
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data
from gopherbot.search.words import COMMON

_FILE = "search.toml"


def check(data: Data, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield the problems of both parts of the file."""
    commands = {fold(name) for rule in rules if rule.kind is Kind.COMMAND for name in rule.triggers}
    for name, phrases in data.search.asked.items():
        if fold(name) not in commands and not data.glossary.find(name):
            message = "no command or term has this name: write the name of one, or remove the line"
            yield Problem(_FILE, f"asked.{name}", message, hint=True)
        for phrase in phrases:
            if all(word in COMMON for word in phrase.split()):
                message = f"{phrase!r} has only words of any question: write the words that matter"
                yield Problem(_FILE, f"asked.{name}", message)
    yield from _same(data)
    for part in ("asked", "same"):
        for name, move in out_of_order(getattr(data.search, part)):
            yield Problem(_FILE, f"{part}.{name}", f"the lines are sorted alphabetically: {move}")


def _same(data: Data) -> Iterator[Problem]:
    owners = dict.fromkeys(data.search.same, "")
    for word, others in data.search.same.items():
        for other in others:
            entry = f"same.{word}"
            if other != other.casefold() or len(other.split()) != 1:
                yield Problem(_FILE, entry, f"{other!r} must be a single word in lower case")
            elif other in COMMON:
                yield Problem(_FILE, entry, f"{other!r} is not searched for: remove it")
            elif other in owners:
                where = f"the line of {owners[other]!r}" if owners[other] else "a line of its own"
                yield Problem(_FILE, entry, f"{other!r} has {where} already: keep one of the two")
            owners.setdefault(other, word)
