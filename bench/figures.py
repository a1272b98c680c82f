"""Computes medians and percentiles, and formats figures."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """Return the median of the values; NaN if there are none."""
    return statistics.median(values) if values else math.nan


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies; NaN if there are none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def seconds(value: float) -> str:
    """Return a duration in a suitable unit, with three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size or unit == "µs":
            return f"{three_digits(value / size)} {unit}"
    raise AssertionError


def three_digits(value: float) -> str:
    """Return a figure with three significant digits and separated thousands."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}"


def megabytes(bytes_: float) -> str:
    """Return bytes as MB."""
    return f"{bytes_ / 1e6:,.1f} MB"


def rate(value: float) -> str:
    """Return a rate per second."""
    return f"{three_digits(value)}/s"
