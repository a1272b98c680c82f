"""Accepts the old names that content files may still use, with a warning. Goes with release 0.3."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def warn(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Say that a name has changed, at the line that uses it: by default, the caller's caller."""
    # Shown to authors of content without any switch, as a DeprecationWarning isn't.
    warnings.warn(f"{old} is now {new}", FutureWarning, stacklevel=stacklevel)


def arguments(translate: Callable[[dict[str, Any]], None]) -> Callable[[type[T]], type[T]]:
    """Return a decorator for a class whose keyword arguments `translate` brings up to date."""

    def decorate(cls: type[T]) -> type[T]:
        new = cls.__init__

        @functools.wraps(new)
        def init(self: T, *args: Any, **keywords: Any) -> None:
            translate(keywords)
            new(self, *args, **keywords)

        setattr(cls, "__init__", init)  # noqa: B010 mypy knows only the new names
        return cls

    return decorate
