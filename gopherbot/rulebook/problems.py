"""Problems of the content, reported to its author: the glossary's `Problem`."""

from __future__ import annotations

from collections.abc import Iterable

from glossary import Problem

__all__ = ["Problem", "at"]


def at(file: str, entry: str, messages: Iterable[str]) -> list[Problem]:
    """Return a problem of one entry for each message."""
    return [Problem(file, entry, message) for message in messages]
