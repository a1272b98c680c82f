"""Checks of the glossary's terms, made by the glossary itself."""

from __future__ import annotations

from collections.abc import Iterator

import glossary
from gopherbot.rulebook.content_files import of_glossary
from gopherbot.rulebook.problems import Problem
from gopherbot.rulebook.schema import Data, glossary_folder


def check(data: Data) -> Iterator[Problem]:
    """Yield the problems of every term, including those that don't keep the bot from starting."""
    folder = glossary_folder(data.folder)
    return of_glossary(glossary.read(folder)[1] if folder else [])
