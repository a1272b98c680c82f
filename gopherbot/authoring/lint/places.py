"""Finds the file and line of a problem, so that editors and CI can jump to it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gopherbot.router import Rule
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data, glossary_folder
from gopherbot.settings import CONTENT_FOLDER


def path_of(problem: Problem, data: Data) -> Path:
    """Return the file that a problem is in."""
    if problem.file.startswith("glossary/"):
        folder = glossary_folder(data.folder) or data.folder / "glossary"
        return folder / problem.file.removeprefix("glossary/")
    own = data.folder / problem.file
    return own if own.exists() else CONTENT_FOLDER / problem.file


def with_line(problem: Problem, data: Data, rules: Sequence[Rule]) -> Problem:
    """Return the problem with its line: the entry's heading, or the rule's function."""
    if problem.line or not problem.entry:
        return problem
    path = path_of(problem, data)
    line = _function(problem, rules) if path.suffix == ".py" else _heading(path, problem.entry)
    return replace(problem, line=line)


def _function(problem: Problem, rules: Sequence[Rule]) -> int:
    for rule in rules:
        if (rule.source, rule.trigger) == (problem.file, problem.entry):
            code = getattr(inspect.unwrap(rule.handler), "__code__", None)
            return code.co_firstlineno if code else 0
    return 0


def _heading(path: Path, entry: str) -> int:
    """Return the line of [entry] or of `entry =`, as written in TOML; 0 if there is none."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError):
        return 0
    name, last = re.escape(entry), re.escape(entry.rpartition(".")[2])
    quoted = rf'(?:"{name}"|\'{name}\'|{name})'
    for pattern in (rf"^\[+{quoted}\]+", rf'^title = "{name}"', rf'^(?:"{last}"|{last})\s*='):
        if found := re.search(pattern, text, re.MULTILINE):
            return text.count("\n", 0, found.start()) + 1
    return 0
