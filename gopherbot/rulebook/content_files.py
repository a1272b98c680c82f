"""Reads and checks the content files of a folder.

`read(folder)` returns all of a folder's TOML as values, or raises one `ContentError` that names
every broken file and entry, and how to fix it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import glossary
from glossary import Glossary, Problem, read_toml
from gopherbot.errors import ContentError
from gopherbot.rulebook import moderation, templates, validation, watchers
from gopherbot.rulebook.moderation import Moderation
from gopherbot.rulebook.schema import (
    Answer,
    ChannelLine,
    ContainsReply,
    Data,
    ErrorMessage,
    NoiseBudget,
    PackageSite,
    PlaygroundTexts,
    ReactionEntry,
    Reference,
    Resources,
    Search,
    Tracker,
    Welcome,
    Workspace,
    glossary_folder,
)
from gopherbot.rulebook.validation import at
from gopherbot.rulebook.watchers import Watcher
from gopherbot.table.watches import Watch


def read(folder: Path) -> Data:
    """Read and check a folder's files. Raise `ContentError` with every problem."""
    data, problems = examine(folder)
    if problems:
        raise ContentError(problems)
    return data


def examine(folder: Path) -> tuple[Data, list[Problem]]:
    """Return what can be read from a folder, and the problems that keep the bot from starting."""
    reading = _Reading(folder)
    data = Data(
        folder=folder,
        workspace=reading.whole("workspace.toml", Workspace),
        answers=reading.each("answers.toml", Answer),
        reactions=reading.each("reactions.toml", ReactionEntry),
        replies=reading.each("replies.toml", ContainsReply),
        errors=reading.each("errors.toml", ErrorMessage),
        channels=reading.each("channels.toml", ChannelLine),
        resources=reading.whole("newbie_resources.toml", Resources),
        packages=reading.each("packages.toml", PackageSite),
        trackers=reading.each("trackers.toml", Tracker),
        welcome=reading.whole("welcome.toml", Welcome),
        watchers=reading.watchers(),
        playground=reading.whole("playground.toml", PlaygroundTexts),
        reference=reading.whole("reference/reference.toml", Reference),
        search=reading.whole("search.toml", Search),
        noise=reading.whole("noise.toml", NoiseBudget),
        moderation=reading.whole(moderation.FILE, Moderation),
        glossary=reading.terms(),
        term_problems=tuple(reading.term_problems),
        files=frozenset(reading.files),
    )
    return data, [*reading.problems, *_unusable(data)]


class _Reading:
    """Reads the files of one folder, and collects their names and problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: set[str] = set()
        self.problems: list[Problem] = []
        self.term_problems: list[Problem] = []

    def each(self, name: str, shape: type[validation.Shape]) -> dict[str, validation.Shape]:
        """Return the valid entries of a file with one entry per heading."""
        found, problems = validation.each(name, self._tables(name), shape)
        self.problems += problems
        return found

    def whole(self, name: str, shape: type[validation.Shape]) -> validation.Shape:
        """Return a file that is one value; an empty value if it is broken or missing."""
        found, problems = validation.one(name, "", self._tables(name), shape)
        self.problems += problems
        return found or shape()

    def watchers(self) -> tuple[Watcher[Watch], ...]:
        found, problems = watchers.read(self._tables(watchers.FILE))
        self.problems += problems
        return found

    def terms(self) -> Glossary:
        where = glossary_folder(self.folder)
        if where is None:
            return Glossary([])
        terms, problems = glossary.read(where)
        self.term_problems += _of_glossary(problems)
        self.problems += _of_glossary(_unusable_terms(terms, problems))
        return terms

    def _tables(self, name: str) -> dict[str, object]:
        self.files.add(name)
        found, problems = read_toml(self.folder / name)
        self.problems += problems
        return found


def _of_glossary(problems: Iterable[glossary.Problem]) -> Iterator[Problem]:
    """Yield problems of the glossary, with its folder in the file name."""
    return (replace(problem, file=f"glossary/{problem.file}") for problem in problems)


def _unusable_terms(
    terms: Glossary, problems: Collection[glossary.Problem]
) -> Iterator[glossary.Problem]:
    """Return the problems of terms that not all their names find. The linter reports the rest."""
    suspects = {(problem.file, problem.entry) for problem in problems}
    found = {
        (term.file, term.name)
        for term in terms
        if (term.file, term.name) in suspects
        and all((named := terms.find(name)) and named.term is term for name in term.names)
    }
    return (problem for problem in problems if (problem.file, problem.entry) not in found)


def _unusable(data: Data) -> Iterator[Problem]:
    """Yield the problems of entries that have the right shape but cannot be used."""
    for text in data.texts():
        if text.key == "text" and not text.text.strip():
            yield Problem(text.file, text.entry, "`text` is empty: write what the bot should say")
        yield from at(text.file, text.entry, templates.problems(text.text, text.placeholders))
    for file, entry, names in data.names():
        if not all(name.strip() for name in names):
            yield Problem(file, entry, "a name or an alias is empty: write one or remove it")
    for name, reaction in data.reactions.items():
        if not reaction.emoji:
            yield Problem("reactions.toml", name, '`emoji` is empty: write emoji = ["tada"]')
        if reaction.one_in < 1:
            yield Problem("reactions.toml", name, "`one_in` is too small: write 2 or more")
    for entry, message in data.moderation.problems():
        yield Problem(moderation.FILE, entry, message)
