"""The table that `make attack` ends with: what each attack does now, and what it did before.

A pytest plugin, because the table is printed by the process that runs the others.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from chaos.table import recorded

_PROPERTY = "attack"


class Row(msgspec.Struct, frozen=True):
    """One attack: what it did when it was found, and what it does now."""

    attack: str
    before: str
    now: str


class Attacks:
    """Takes the rows of a test; `record` is pytest's, and works across its processes."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        self._record = record

    def add(self, attack: str, before: str, now: str) -> None:
        self._record(_PROPERTY, msgspec.to_builtins(Row(attack, before, now)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = [msgspec.convert(row, Row) for row in recorded(terminalreporter, _PROPERTY)]
    if not rows:
        return
    terminalreporter.section("attacks")
    first, second = (
        max(len(cell) for cell in column)
        for column in zip(*[(row.attack, row.before) for row in rows], strict=True)
    )
    for row in [Row("attack", "before", "now"), *rows]:
        terminalreporter.write_line(
            f"{row.attack.ljust(first)}  {row.before.ljust(second)}  {row.now}"
        )
