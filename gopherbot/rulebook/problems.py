"""What is wrong with the content, told to whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the start-up errors and `gopherbot lint` both speak through it.

    `entry` is the name in `["…"]`, or empty when the whole file is meant. `message` says what is
    wrong and what to do about it, in words for someone who knows no Python.
    """

    file: str
    entry: str
    message: str
    hint: bool = False
    """Worth a look, but nothing that must be mended."""

    def __str__(self) -> str:
        place = f"{self.file}: [{self.entry}]" if self.entry else self.file
        return f"{place}: {self.message}"


def at(file: str, entry: str, messages: Iterable[str]) -> list[Problem]:
    """Make problems of what is wrong with one entry."""
    return [Problem(file, entry, message) for message in messages]
