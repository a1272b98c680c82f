"""Cases of a test that stand beside it: each a row in the `cases.toml` of its folder.

In their texts, ⏎ is a line break.
"""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])


@cache
def _read(folder: Path) -> Any:
    return _broken(tomllib.loads((folder / "cases.toml").read_text("utf-8")))


def _broken(value: Any) -> Any:
    """Return a value with its line breaks."""
    if isinstance(value, str):
        return value.replace("⏎", "\n")
    if isinstance(value, list):
        return [_broken(each) for each in value]
    return {key: _broken(each) for key, each in value.items()} if isinstance(value, dict) else value


def cases(*names: str, of: str = "") -> Callable[[Test], Test]:
    """Run a test with each row that stands under its name, or another's, as these arguments."""

    def mark(test: Test) -> Test:
        rows = _read(Path(test.__code__.co_filename).parent)[of or test.__name__]
        marked: Test = pytest.mark.parametrize(",".join(names), rows)(test)
        return marked

    return mark
