"""The table that `make attack` ends with: what each attack does now, and what it did before.

A pytest plugin, because the table is printed by the process that runs the others. A test gives its
row to `record_property`.
"""

from __future__ import annotations

import pytest
from chaos.table import recorded

ROW = "attack"
"""The property that is a row: the attack, what it did when it was found, and what it does now."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = [list(map(str, row)) for row in recorded(terminalreporter, ROW)]
    if not rows:
        return
    terminalreporter.section("attacks")
    rows.insert(0, ["attack", "before", "now"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminalreporter.write_line("  ".join(cells).rstrip())
