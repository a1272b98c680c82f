"""Finds every content file and builds one rule book from them.

A Python file in `content/commands/` or `content/unprompted/` has either `router = Router()` with
its rules on it or, if it needs the data files, a function `routes(data) -> Router`. Another
community's folder may hold its own Python files, in such rooms or beside its data files. One with
the place and name of a file of the bot's own replaces it.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from glossary import Problem
from gopherbot.errors import ContentError
from gopherbot.router import Router, Rule
from gopherbot.rulebook import content_files
from gopherbot.rulebook.matching import RuleBook, clashes
from gopherbot.rulebook.python_errors import in_words
from gopherbot.rulebook.schema import Data
from gopherbot.settings import CONTENT_FOLDER

ROOMS = (".", "commands", "unprompted")
"""The subfolders of a content folder that may hold Python files."""


@dataclass(frozen=True, slots=True)
class LoadedContent:
    """The rules, and the data they were built from."""

    rules: RuleBook
    data: Data


@dataclass(frozen=True, slots=True)
class Examined:
    """What could be loaded from a content folder, and what keeps the bot from starting."""

    data: Data
    rules: Sequence[Rule]
    problems: Sequence[Problem]

    def or_raise(self) -> LoadedContent:
        """Return the content. Raise `ContentError` with every problem and its file."""
        if self.problems:
            raise ContentError(self.problems)
        return LoadedContent(RuleBook(self.rules), self.data)


def load(folder: Path = CONTENT_FOLDER) -> LoadedContent:
    """Load a content folder. Raise `ContentError` with every problem and its file."""
    return examine(folder).or_raise()


def examine(folder: Path = CONTENT_FOLDER) -> Examined:
    """Load what can be loaded from a content folder, and collect the problems of the rest."""
    data, problems = content_files.examine(folder)
    without = data.workspace.without
    files = {p: file for p, file in _by_place(CONTENT_FOLDER).items() if file.name not in without}
    problems += _not_there(without)
    if folder.resolve() != CONTENT_FOLDER.resolve():
        copied = copies(folder)
        files |= {p: file for p, file in _by_place(folder).items() if p not in copied}
    rules: list[Rule] = []
    for file in files.values():
        try:
            rules += _rules_of(file, data)
        except _BrokenFile as error:
            problems.append(Problem(_source(file, data), "", str(error), line=error.line))
    problems += [_without_help(rule) for rule in rules if rule.in_help and not rule.help]
    problems += clashes(rules)
    return Examined(data, rules, problems)


def copies(folder: Path) -> list[str]:
    """Return the Python files of a community's folder that are copies of the bot's own."""
    own = _by_place(CONTENT_FOLDER)
    return [
        place
        for place, file in _by_place(folder).items()
        if place in own and file.read_bytes() == own[place].read_bytes()
    ]


def _not_there(without: Iterable[str]) -> Iterator[Problem]:
    known = [file.name for file in _python_files(CONTENT_FOLDER)]
    for name in without:
        if name not in known:
            message = f"`without` names {name}, which doesn't exist: choose from {', '.join(known)}"
            yield Problem("workspace.toml", "", message)


class _BrokenFile(Exception):
    """Raised for a content file in Python that cannot be used; the message says why."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def _python_files(folder: Path) -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((folder / room).glob("*.py")):
            if not path.name.startswith("_"):
                yield path


def _by_place(folder: Path) -> dict[str, Path]:
    """Return a folder's Python files by their paths in it. A community's replaces the bot's own."""
    return {file.relative_to(folder).as_posix(): file for file in _python_files(folder)}


def _source(file: Path, data: Data) -> str:
    folder = CONTENT_FOLDER if file.is_relative_to(CONTENT_FOLDER) else data.folder
    return file.relative_to(folder).as_posix()


def _rules_of(file: Path, data: Data) -> list[Rule]:
    try:
        module = _module(file)
        routes = getattr(module, "routes", None)
        router = routes(data) if callable(routes) else getattr(module, "router", None)
    except Exception as error:
        raise _BrokenFile(*in_words(error, file)) from error
    if not isinstance(router, Router):
        raise _BrokenFile("it needs `router = Router()` or a function `routes(data) -> Router`")
    source = _source(file, data)
    return [rule if rule.source else replace(rule, source=source) for rule in router.rules]


def _module(file: Path) -> ModuleType:
    if file.is_relative_to(CONTENT_FOLDER):
        path = file.relative_to(CONTENT_FOLDER).with_suffix("")
        return importlib.import_module(".".join(("gopherbot.content", *path.parts)))
    name = f"gopherbot_content_of_{file.parent.name}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None:
        raise _BrokenFile("it cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up their module there
    # Not `exec_module`: its bytecode cache misses a second save within the same second.
    exec(compile(file.read_bytes(), file, "exec"), module.__dict__)  # noqa: S102
    return module


def _without_help(rule: Rule) -> Problem:
    message = (
        f"the {rule.kind.value} has no help line: give its entry a `help`, "
        "or its function a docstring of one line"
    )
    return Problem(rule.source, rule.trigger, message)
