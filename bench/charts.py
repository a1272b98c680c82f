"""Line charts as SVG, readable on light and dark pages. Nothing but the standard library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 64, 52
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_LABEL_GAP = 15

# The colours are told apart by lightness too, so that a colour-blind reader and a printer can.
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #3d3d3a; }
.title { font-size: 16px; font-weight: 600; }
.small { font-size: 12px; fill: #6b6b66; }
.grid { stroke: #dcdcd7; stroke-width: 1; }
.axis { stroke: #8a8a84; stroke-width: 1; }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
.c0 { stroke: #1f6fc4; } .f0 { fill: #1f6fc4; }
.c1 { stroke: #d1620a; } .f1 { fill: #d1620a; }
.c2 { stroke: #4b8f2f; } .f2 { fill: #4b8f2f; }
.c3 { stroke: #7d5bb5; } .f3 { fill: #7d5bb5; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e6e1; }
  .small { fill: #a8a8a1; }
  .grid { stroke: #3c3c38; }
  .axis { stroke: #77776f; }
  .c0 { stroke: #6bb0f5; } .f0 { fill: #6bb0f5; }
  .c1 { stroke: #f5a05a; } .f1 { fill: #f5a05a; }
  .c2 { stroke: #93cf78; } .f2 { fill: #93cf78; }
  .c3 { stroke: #bda3ec; } .f3 { fill: #bda3ec; }
}
"""
_COLOURS = 4


@dataclass(frozen=True)
class Series:
    """One line; `points` are (x, y), in order of x."""

    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Some lines over one x axis. y starts at 0; `log_x` is for values over several magnitudes."""

    name: str
    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    log_x: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.name}.svg"

    def svg(self) -> str:
        """Give the picture."""
        return "\n".join(_Drawing(self).lines()) + "\n"


class _Drawing:
    """The scales of one chart, and its parts as SVG."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        xs = [x for series in chart.series for x, _ in series.points] or [0.0, 1.0]
        ys = [y for series in chart.series for _, y in series.points] or [1.0]
        self.xs = sorted(set(xs))
        self.low, self.high = self._x(self.xs[0]), self._x(self.xs[-1])
        self.y_ticks = ticks(max(ys))
        self.top = self.y_ticks[-1]

    def lines(self) -> Iterator[str]:
        chart = self.chart
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(chart.title)}">'
        )
        yield f"<style>{_STYLE}</style>"
        yield f'<text class="title" x="12" y="26">{escape(chart.title)}</text>'
        yield f'<text class="small" x="12" y="46">{escape(chart.y_label)}</text>'
        yield from self._axes()
        for number, series in enumerate(chart.series):
            yield from self._series(number % _COLOURS, series)
        yield from self._labels()
        yield "</svg>"

    def _x(self, value: float) -> float:
        return math.log10(value) if self.chart.log_x else value

    def _across(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return _LEFT + (self._x(value) - self.low) / span * _PLOT_WIDTH

    def _down(self, value: float) -> float:
        return _TOP + (1 - value / self.top) * _PLOT_HEIGHT

    def _axes(self) -> Iterator[str]:
        right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
        for tick in self.y_ticks:
            y = self._down(tick)
            kind = "grid" if tick else "axis"
            yield f'<line class="{kind}" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
            label = f"{tick:,.10g}"
            yield (
                f'<text class="small" text-anchor="end" x="{_LEFT - 8}" y="{y + 4:.1f}">{label}'
                "</text>"
            )
        drawn = -math.inf
        for value in self.xs:
            x = self._across(value)
            yield f'<line class="axis" x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{bottom + 4}"/>'
            if x - drawn > 34:  # labels closer than that would touch
                drawn = x
                yield (
                    f'<text class="small" text-anchor="middle" x="{x:.1f}" y="{bottom + 18}">'
                    f"{value:,.10g}</text>"
                )
        middle = (_LEFT + right) / 2
        yield (
            f'<text class="small" text-anchor="middle" x="{middle:.1f}" y="{HEIGHT - 12}">'
            f"{escape(self.chart.x_label)}</text>"
        )

    def _series(self, colour: int, series: Series) -> Iterator[str]:
        points = [(self._across(x), self._down(y)) for x, y in series.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline class="line c{colour}" points="{path}"/>'
        for x, y in points:
            yield f'<circle class="f{colour}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'

    def _labels(self) -> Iterator[str]:
        """Write each line's name at its end, kept apart from the others'."""
        ends = sorted(
            (self._down(series.points[-1][1]), number, series)
            for number, series in enumerate(self.chart.series)
            if series.points
        )
        last = -math.inf
        for y, number, series in ends:
            last = max(y, last + _LABEL_GAP)
            yield (
                f'<text class="f{number % _COLOURS}" x="{WIDTH - _RIGHT + 10}" '
                f'y="{last + 4:.1f}">{escape(series.label)}</text>'
            )


def ticks(highest: float) -> list[float]:
    """Give about five round numbers from 0 to no less than the highest value."""
    if not math.isfinite(highest) or highest <= 0:
        return [0.0, 1.0]
    raw = highest / 5
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(s * magnitude for s in (1, 2, 2.5, 5, 10) if s * magnitude >= raw)
    count = math.ceil(highest / step - 1e-9)
    return [round(step * i, 12) for i in range(count + 1)]
