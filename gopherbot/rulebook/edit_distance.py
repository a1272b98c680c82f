"""Measures how far apart two texts are, in typing slips. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def slips_allowed(text: str) -> int:
    """Return how many slips a text may hold before it counts as another word."""
    if len(text) < 4:
        return 0
    return 1 if len(text) < 8 else 2 if len(text) < 16 else 3


def distance(one: str, other: str, limit: int) -> int | None:
    """Count the slips between two texts; None if there are more than `limit`.

    A slip is an extra, a missing or a wrong letter, or two neighbours swapped: the restricted
    Damerau-Levenshtein distance (https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance).
    """
    if abs(len(one) - len(other)) > limit:
        return None
    far = limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i] + [far] * len(other)
        # Further from the diagonal, the letters that are left over are slips too many.
        for j in range(max(i - limit, 1), min(i + limit, len(other)) + 1):
            against = other[j - 1]
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, last[j - 2] + 1)
            row[j] = cost
        if min(row) > limit:
            return None
    return row[-1] if row[-1] <= limit else None


def nearest(text: str, among: Iterable[str], most: int = 3) -> list[str]:
    """Return the candidates that this text is, or is a slip of, nearest first.

    Require the same first letter, or the first two swapped: a typo there is rare, and would make
    "your" a slip of "tour".
    """
    allowed = slips_allowed(text)
    beginnings = (text[:1], text[1::-1])
    found = []
    for candidate in among:
        if candidate == text:
            found.append((0, candidate))
        elif allowed and candidate.startswith(beginnings):
            slips = distance(text, candidate, min(allowed, slips_allowed(candidate)))
            if slips is not None:
                found.append((slips, candidate))
    return [candidate for _, candidate in sorted(found)[:most]]
