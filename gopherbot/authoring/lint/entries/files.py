"""Checks for files in the content folder that the bot does not read."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from glossary import read_toml
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data


def check(data: Data) -> Iterator[Problem]:
    """Yield files with unknown names: a misspelled file would silently count as empty."""
    for path in sorted([*data.folder.glob("*.toml"), *data.folder.glob("reference/*.toml")]):
        name = path.relative_to(data.folder).as_posix()
        if name in data.files:
            continue
        yield from read_toml(path)[1]
        near = get_close_matches(name, data.files, n=1, cutoff=0.8)
        remedy = f"rename it to {near[0]}" if near else f"it reads {', '.join(sorted(data.files))}"
        message = f"the bot doesn't read a file of this name: {remedy}"
        yield Problem(name, "", message, hint=not near)
