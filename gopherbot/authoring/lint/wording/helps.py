"""The help lines, as they stand below each other in the list of commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gopherbot.router import Rule
from gopherbot.rulebook.problems import Problem, at

LONGEST = 90
_NAMES = frozenset({"Go", "Go's", "GitHub", "Slack", "Google"})
"""Words that begin with a capital letter anywhere."""


def check(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Look at every help line. That there is one is a condition for starting."""
    for rule in rules:
        if rule.help and rule.in_help:
            yield from at(rule.source, rule.trigger, mistakes(rule.help, " ".join(rule.triggers)))


def mistakes(help: str, names: str) -> Iterator[str]:
    """Say what is wrong with a help line, and how it should be; `names` may keep their capitals."""
    if help != " ".join(help.split()):
        yield "the help has a line break or a blank too many: write it in one line"
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
