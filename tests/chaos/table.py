"""The table that the fault suite ends with: a row a fault.

A pytest plugin, since the table is printed by the process that runs the others.

Environment:
  CHAOS_TABLE   a file that takes the rows, one JSON object a line
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from .harness import seed
from .load import Verdict

_PROPERTY = "fault"


class Row(msgspec.Struct, frozen=True):
    """One fault and what came of it; `window` says why a loss or a double is allowed, if one is."""

    fault: str
    events: int
    lost: int
    doubled: int
    seconds: float
    note: str = ""
    window: str = ""
    seed: int = msgspec.field(default_factory=seed)


class Table:
    """Takes the rows of a test; `record` is pytest's, and works across its processes."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        self._record = record

    def add(self, fault: str, verdict: Verdict, note: str = "", *, window: str = "") -> None:
        """Add a row."""
        if verdict.repeated:
            note = f"{note}; shown twice to the asker alone: {verdict.repeated}".strip("; ")
        row = Row(
            fault,
            verdict.events,
            verdict.lost,
            verdict.doubled,
            round(verdict.slowest, 2),
            note,
            window,
        )
        self._record(_PROPERTY, msgspec.to_builtins(row))

    def check(self, fault: str, verdict: Verdict, note: str = "", *, killers: int = 0) -> None:
        """Add a row and fail unless nothing was lost and nothing doubled.

        `killers` are the messages that were dead-lettered because their worker died twice: nobody
        can tell a message that kills its worker from one that is there at two kills.
        """
        window = f"{killers} dead-lettered as killers" if killers and verdict.lost else ""
        self.add(fault, verdict, note, window=window)
        assert verdict.lost <= killers, (
            f"{fault}: {verdict.lost} of {verdict.events} lost ({verdict.amiss})"
        )
        assert verdict.doubled == 0, f"{fault}: {verdict.doubled} answered twice ({verdict.amiss})"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and write it to CHAOS_TABLE."""
    rows = [msgspec.convert(row, Row) for row in recorded(terminalreporter, _PROPERTY)]
    if not rows:
        return
    by_fault: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_fault[row.fault].append(row)
    seeds = sorted({row.seed for row in rows})
    rounds = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} rounds"
    terminalreporter.section(f"faults, {rounds}")
    head = ("fault", "events", "lost", "doubled", "seconds", "")
    cells = [_line(fault, rows) for fault, rows in by_fault.items()]
    widths = [max(len(line[i]) for line in [head, *cells]) for i in range(5)]
    for line in [head, *cells]:
        numbers = "  ".join(line[i].rjust(widths[i]) for i in range(1, 5))
        terminalreporter.write_line(f"{line[0].ljust(widths[0])}  {numbers}  {line[5]}".rstrip())
    path = os.environ.get("CHAOS_TABLE")
    if path:
        with Path(path).open("ab") as file:
            file.writelines(msgspec.json.encode(row) + b"\n" for row in rows)


def recorded(terminalreporter: pytest.TerminalReporter, name: str) -> Iterator[Any]:
    """Return what tests have recorded under a name, in whichever process."""
    for reports in list(terminalreporter.stats.values()):
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                yield from (value for key, value in report.user_properties if key == name)


def _line(fault: str, rows: list[Row]) -> tuple[str, str, str, str, str, str]:
    """Return the cells of a fault: sums, but the longest time; what was noted if it ran once."""
    note = rows[0].note if len(rows) == 1 else f"{len(rows)} times"
    window = rows[0].window and f"window: {rows[0].window}"
    return (
        fault,
        str(sum(row.events for row in rows)),
        str(sum(row.lost for row in rows)),
        str(sum(row.doubled for row in rows)),
        f"{max(row.seconds for row in rows):.2f}",
        "; ".join(filter(None, (note, window))),
    )
