"""Cases of a test that stand beside it: each a row in the `cases.toml` of its folder."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])


@cache
def _read(folder: Path) -> dict[str, list[Any]]:
    return tomllib.loads((folder / "cases.toml").read_text("utf-8"))


def cases(*names: str) -> Callable[[Test], Test]:
    """Run a test with each row that stands under its name; these are the row's arguments."""

    def mark(test: Test) -> Test:
        rows = _read(Path(test.__code__.co_filename).parent)[test.__name__]
        marked: Test = pytest.mark.parametrize(",".join(names), rows)(test)
        return marked

    return mark
