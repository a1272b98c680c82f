"""The table of results: what was measured, its baseline, and whether the target is reached."""

from __future__ import annotations

import os
import platform
import subprocess
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.curves import Curves

FOLDER = Path(__file__).resolve().parent

HEADINGS = ("name", "what was measured", "ours", "baseline", "ratio", "target", "reached")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the table, as text. Without a target, it is for information only."""

    name: str
    measured: str
    ours: str
    baseline: str = "–"
    ratio: str = "–"
    target: str = "–"
    reached: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the row's cells, in the order of `HEADINGS`."""
        verdict = {True: "yes", False: "**no**", None: "–"}[self.reached]
        return (
            self.name,
            self.measured,
            self.ours,
            self.baseline,
            self.ratio,
            self.target,
            verdict,
        )


@dataclass(frozen=True)
class Outcome:
    """What an experiment found."""

    rows: Sequence[Row]
    curves: Sequence[Curves] = ()
    notes: Sequence[str] = field(default=())
    """Sentences to put below the table."""


@dataclass(frozen=True)
class Report:
    """The contents of RESULTS.md."""

    command: str
    outcomes: Sequence[Outcome]
    machine: Sequence[str]

    @property
    def rows(self) -> list[Row]:
        return [row for outcome in self.outcomes for row in outcome.rows]

    def markdown(self) -> str:
        """Return the whole report as Markdown."""
        notes = [note for outcome in self.outcomes for note in outcome.notes]
        parts = [
            "# What the bench measured",
            f"Written by `{self.command}`; [README.md](README.md) says how to read it.",
            "\n".join(f"- {line}" for line in self.machine),
            table(self.rows),
            "\n".join(f"- {note}" for note in notes),
            "\n\n".join(
                curves.markdown() for outcome in self.outcomes for curves in outcome.curves
            ),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def write(self, folder: Path = FOLDER) -> None:
        """Write RESULTS.md into a folder."""
        (folder / "RESULTS.md").write_text(self.markdown(), encoding="utf-8")


def table(rows: Iterable[Row]) -> str:
    """Return rows as a Markdown table with aligned columns."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    padded = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([padded[0], rule, *padded[1:]])


def machine() -> list[str]:
    """Return where and when the measurement takes place, one line per fact."""
    load = os.getloadavg()
    return [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}",
        f"{os.cpu_count()} cores, {_cpu_model()}",
        f"Linux {platform.release()}, Python {platform.python_version()} {_build()}",
        f"load average before: {load[0]:.2f} {load[1]:.2f} {load[2]:.2f}",
    ]


def _build() -> str:
    """Return how CPython was built; profile-guided optimization takes 13 to 15 % off its CPU."""
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return "with PGO" if "--enable-optimizations" in options else "without PGO"


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _commit() -> str:
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return f"{commit} with changes" if _git("status", "--porcelain", "-uno") else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=FOLDER, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
