"""Values that must not be displayed."""

from __future__ import annotations


class Secret:
    """A value that prints as `****`. `reveal()` returns the value itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "****"

    __str__ = __repr__
