"""Checks everything the bot says, and reports what to improve. Pure, except for reading files.

The rulebook finds what would keep the bot from starting, and its problems are reported here too.
This package adds what only people mind: order, style, links, names that conflict. `gopherbot lint`
prints the problems, and a test fails on them.
"""

from __future__ import annotations

from pathlib import Path

from gopherbot.authoring.lint import places
from gopherbot.authoring.lint.entries import (
    channels,
    emoji,
    examples,
    files,
    names,
    order,
    search,
    shadows,
)
from gopherbot.authoring.lint.wording import helps, links, texts, voice
from gopherbot.rulebook import loader
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data
from gopherbot.settings import CONTENT_FOLDER


def lint(folder: Path = CONTENT_FOLDER) -> tuple[list[Problem], Data]:
    """Return every problem of a content folder, and what could be read from it."""
    examined = loader.examine(folder)
    data = examined.data
    problems = [*examined.problems, *data.term_problems]
    for of_data in (texts, links, names, emoji, order, channels, files):
        problems += of_data.check(data)
    for of_rules in (helps, shadows):
        problems += of_rules.check(examined.rules)
    for of_both in (search, voice):
        problems += of_both.check(data, examined.rules)
    if examined.problems:
        # Unreadable entries seem to be missing elsewhere: report only the cause.
        problems = [problem for problem in problems if not problem.hint]
    else:
        problems += examples.check(examined.or_raise())
    found = [places.with_line(problem, data, examined.rules) for problem in dict.fromkeys(problems)]
    return sorted(found, key=lambda p: (p.hint, p.file, p.line, p.entry)), data
