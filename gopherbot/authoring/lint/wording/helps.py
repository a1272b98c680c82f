"""Checks of the help lines, which the list of commands shows below each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gopherbot.router import Rule
from gopherbot.rulebook.problems import Problem, at

LONGEST = 90
_NAMES = frozenset({"Go", "Go's", "GitHub", "Slack", "Google"})
"""Words that always begin with a capital letter."""


def check(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield the problems of every help line. Without one, the bot doesn't start anyway."""
    for rule in rules:
        if rule.help and rule.in_help:
            yield from at(rule.source, rule.trigger, mistakes(rule.help, " ".join(rule.triggers)))


def mistakes(help: str, names: str) -> Iterator[str]:
    """Yield what is wrong with a help line, and the remedy; `names` may keep their capitals."""
    if help != " ".join(help.split()):
        yield "the help has a line break or an extra space: write it on one line"
    if help.rstrip().endswith((".", "!")):
        yield "the help ends like a sentence: remove the full stop"
    if len(help) > LONGEST:
        yield f"the help has {len(help)} characters: shorten it to {LONGEST} at most"
    first = help.split(maxsplit=1)[0] if help.strip() else ""
    if first[:1].isupper() and not _is_name(first, names):
        yield f"the help begins with a capital letter: write {first[0].lower() + first[1:]!r}"


def _is_name(word: str, names: str) -> bool:
    bare = word.removesuffix("'s")
    acronym = len(bare) > 1 and bare.isupper()
    return acronym or word in _NAMES or bare.casefold() in names.casefold()
