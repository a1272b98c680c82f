"""Finds every content file and makes one rule book of them.

A Python file in `content/` has either `router = Router()` with its rules on it or, if it needs the
data files, a function `routes(data) -> Router`. A content folder of another community may hold
Python files of its own beside its data files; they are found in the same way.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from gopherbot.errors import ContentError
from gopherbot.router import Router, Rule
from gopherbot.rulebook import content_files
from gopherbot.rulebook.matching import RuleBook, clashes
from gopherbot.rulebook.problems import Problem

BUILT_IN = Path(__file__).parent.parent / "content"


def load(folder: Path = BUILT_IN) -> RuleBook:
    """Load a content folder. Raises `ContentError` with all that is wrong, each with its file."""
    _, rules, problems = examine(folder)
    if problems:
        raise ContentError([str(problem) for problem in problems])
    return RuleBook(rules)


def examine(folder: Path = BUILT_IN) -> tuple[content_files.Data, list[Rule], list[Problem]]:
    """Load what can be loaded of a content folder, and say what keeps the bot from starting."""
    facts, problems = content_files.examine(folder)
    without = facts.workspace.without
    files = [file for file in _python_files(BUILT_IN) if file.name not in without]
    problems += _not_there(without)
    if folder.resolve() != BUILT_IN.resolve():
        files += _python_files(folder)
    rules: list[Rule] = []
    for file in files:
        try:
            rules += _rules_of(file, facts)
        except _BrokenFile as error:
            problems.append(Problem(file.name, "", str(error)))
    problems += [_without_help(rule) for rule in rules if rule.in_help and not rule.help]
    problems += clashes(rules)
    return facts, rules, problems


def _not_there(without: Iterable[str]) -> Iterator[Problem]:
    known = [file.name for file in _python_files(BUILT_IN)]
    for name in without:
        if name not in known:
            message = f"`without` names {name}, which is not there: name some of {', '.join(known)}"
            yield Problem("workspace.toml", "", message)


class _BrokenFile(Exception):
    """A Python file of content that cannot be used; the text says why."""


def _python_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_"))


def _rules_of(file: Path, facts: content_files.Data) -> list[Rule]:
    try:
        module = _module(file)
        routes = getattr(module, "routes", None)
        router = routes(facts) if callable(routes) else getattr(module, "router", None)
    except Exception as error:
        raise _BrokenFile(f"{type(error).__name__}: {error}") from error
    if not isinstance(router, Router):
        raise _BrokenFile("it needs `router = Router()` or a function `routes(data) -> Router`")
    return [rule if rule.source else _with_source(rule, file.name) for rule in router.rules]


def _module(file: Path) -> ModuleType:
    if file.parent.resolve() == BUILT_IN.resolve():
        return importlib.import_module(f"gopherbot.content.{file.stem}")
    name = f"gopherbot_content_of_{file.parent.name}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise _BrokenFile("it cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _with_source(rule: Rule, source: str) -> Rule:
    return replace(rule, source=source)


def _without_help(rule: Rule) -> Problem:
    message = (
        f"the {rule.kind.value} has no help line: give its entry a `help`, "
        "or its function a docstring of one line"
    )
    return Problem(rule.source, rule.trigger, message)
