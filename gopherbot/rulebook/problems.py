"""What is wrong with the content, told to whoever wrote it: the glossary's `Problem`."""

from __future__ import annotations

from collections.abc import Iterable

from glossary import Problem

__all__ = ["Problem", "at"]


def at(file: str, entry: str, messages: Iterable[str]) -> list[Problem]:
    """Return problems of what is wrong with one entry."""
    return [Problem(file, entry, message) for message in messages]
