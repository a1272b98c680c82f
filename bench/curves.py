"""Values measured over a range, as a small table: one column for x and one per series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """One column; `points` are (x, y), in order of x."""

    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Several series over the same x."""

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]

    def markdown(self) -> str:
        """Return the table, under its title. A value that was not measured is a dash."""
        columns = [dict(series.points) for series in self.series]
        places = sorted({x for column in columns for x in column})
        heads = [self.x_label, *(f"{series.label} ({self.y_label})" for series in self.series)]
        rows = [
            [f"{x:,g}", *(f"{column[x]:.3g}" if x in column else "–" for column in columns)]
            for x in places
        ]
        lines = [heads, ["---:"] * len(heads), *rows]
        return f"**{self.title}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
