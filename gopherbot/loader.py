"""Finds every content file and makes one rule book of them.

A Python file in `content/` has either `router = Router()` with its rules on it or, if it needs the
data files, a function `routes(data) -> Router`. A content folder of another community may hold
Python files of its own beside its data files; they are found in the same way.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from gopherbot import data
from gopherbot.errors import ContentError
from gopherbot.matching import RuleBook
from gopherbot.model import Kind
from gopherbot.router import Router, Rule

BUILT_IN = Path(__file__).parent / "content"


def load(folder: Path = BUILT_IN) -> RuleBook:
    """Load a content folder. Raises `ContentError` with all that is wrong, each with its file."""
    facts = data.read(folder)
    files = [*_python_files(BUILT_IN)]
    if folder.resolve() != BUILT_IN.resolve():
        files += _python_files(folder)
    rules: list[Rule] = []
    problems: list[str] = []
    for file in files:
        try:
            rules += _rules_of(file, facts)
        except ContentError as error:
            problems += error.problems
    problems += [_without_help(rule) for rule in rules if _needs_help(rule) and not rule.help]
    if problems:
        raise ContentError(problems)
    return RuleBook(rules)


def _python_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*.py")) if not path.name.startswith("_"))


def _rules_of(file: Path, facts: data.Data) -> list[Rule]:
    try:
        module = _module(file)
        routes = getattr(module, "routes", None)
        router = routes(facts) if callable(routes) else getattr(module, "router", None)
    except Exception as error:
        raise ContentError([f"{file.name}: {type(error).__name__}: {error}"]) from error
    if not isinstance(router, Router):
        raise ContentError(
            [f"{file.name}: it needs `router = Router()` or a function `routes(data) -> Router`"]
        )
    return [rule if rule.source else _with_source(rule, file.name) for rule in router.rules]


def _module(file: Path) -> ModuleType:
    if file.parent.resolve() == BUILT_IN.resolve():
        return importlib.import_module(f"gopherbot.content.{file.stem}")
    name = f"gopherbot_content_of_{file.parent.name}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ContentError([f"{file.name}: cannot be loaded as Python"])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _with_source(rule: Rule, source: str) -> Rule:
    return replace(rule, source=source)


def _needs_help(rule: Rule) -> bool:
    return rule.kind in (Kind.COMMAND, Kind.PREFIX)


def _without_help(rule: Rule) -> str:
    return (
        f"{rule.source}: the {rule.kind.value} {rule.trigger!r} has no help line: "
        "give its function a docstring of one line, or its entry a `help`"
    )
