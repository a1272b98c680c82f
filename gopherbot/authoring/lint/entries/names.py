"""Checks of triggers and aliases, and of the moderators' ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gopherbot.explain.composing import compose
from gopherbot.router import fold
from gopherbot.rulebook.problems import Problem, at
from gopherbot.rulebook.schema import Data

_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")


def check(data: Data) -> Iterator[Problem]:
    """Yield the problems of every name."""
    for file, entry, names in data.names():
        yield from at(file, entry, _names(names))
        if file != "answers.toml":
            yield from at(file, entry, _links(names))
    yield from at("workspace.toml", "", _members(data.workspace.moderators))


def _names(names: Sequence[str]) -> Iterator[str]:
    name, *aliases = names
    for number, alias in enumerate(aliases, 1):
        if fold(alias) == fold(name):
            yield f"the alias {alias!r} is the name of the entry itself: remove the alias"
        elif fold(alias) in map(fold, names[1:number]):
            yield f"the alias {alias!r} is listed twice: remove one"
    for text in names:
        if text != " ".join(text.split()):
            yield f"{text!r} has an extra space: put single spaces between words"


def _links(names: Sequence[str]) -> Iterator[str]:
    for text in names:
        if "<" in compose(text, user=_unknown, channel=_unknown):
            yield f"{text!r} is never found: Slack makes a link of it, and links aren't searched"


def _unknown(name: str) -> None:
    return None


def _members(ids: Sequence[str]) -> Iterator[str]:
    for id in ids:
        if not _MEMBER.fullmatch(id):
            yield (
                f"the moderator {id!r} must be a member ID, as Slack shows it under "
                '"Copy member ID" in a profile: write "U024BE7LH"'
            )
