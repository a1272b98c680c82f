"""Decides whether a text is Go code. Pure.

`looks_like_go` weighs the signs for and against Go in each line (`patterns`). It requires several
different signs, because any single one also occurs elsewhere, and a minimum share of lines with a
sign. `tests/golang/samples` has texts of each kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from gopherbot.golang.patterns import AGAINST, FOR

MOST_TEXT = 16 * 1024
MOST_CODE = 6000
MOST_LINES = 400
LONGEST_LINE = 200
"""Limits that bound the running time: the characters of a text, the characters and lines left
without comments and strings, and the characters of a line. They are enough to decide."""

_VARIETY = 4.0
"""The minimum total weight of the different signs."""
_ADVANTAGE = 1.2
"""The minimum ratio of weight for Go to weight against it."""
_SHARE = 0.25
"""The minimum share of lines with a sign."""
_EVERY_LINE = 2.0
"""The minimum average weight per line of a text without variety, such as ten fmt.Println calls."""
_MOST_A_LINE = 4.0
_CLEAR = 2.0
"""A line with this much weight against Go is not Go."""
FEWEST_LINES = 3
"""The minimum lines of code. Shorter code is easy to read in the channel itself."""

# Strings and comments. Each alternative consumes what it scans, stops at the line's end, or can
# fail only once, so the running time is linear.
_QUOTED = re.compile(
    r'"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'(?:\\[^\n]{1,9}?|[^'\\\n])'"
    r"|(?<!:)//[^\n]*"
    r"|`(?P<raw>[^`]*)`"
)
_STRUCT_TAG = re.compile(r'\w+:"[^"\n]*"')
_NO_WORD = re.compile(r"[\W_]*")


def looks_like_go(text: str, most: int = MOST_CODE) -> bool:
    """Return whether a text is a Go program or a piece of one.

    Only the first `most` characters of code count.
    """
    points = objections = 0.0
    seen: dict[int, float] = {}
    lines = [line for line in bare_lines(text, most) if not _NO_WORD.fullmatch(line)]
    with_sign = 0
    for line in lines:
        against = sum(AGAINST.within(line).values())
        objections += min(against, _MOST_A_LINE)
        # Ignore signs of Go in a line that clearly isn't Go: prose may quote code.
        signs = FOR.within(line) if against < _CLEAR else {}
        points += min(sum(signs.values()), _MOST_A_LINE)
        seen |= signs
        with_sign += bool(signs)
    varied = sum(seen.values()) >= _VARIETY
    uniform = len(lines) >= FEWEST_LINES and points >= _EVERY_LINE * len(lines) and not objections
    return (
        (varied or uniform)
        and points >= _ADVANTAGE * objections
        and with_sign >= _SHARE * len(lines)
    )


def bare_lines(text: str, most: int = MOST_CODE) -> list[str]:
    """Return a text's first lines without blank lines, comments and the contents of strings."""
    bare = _QUOTED.sub(_emptied, text[:MOST_TEXT])
    lines = [line[:LONGEST_LINE].rstrip() for line in bare.split("\n")]
    found = [line for line in _without_block_comments(lines) if line][:MOST_LINES]
    ends = accumulate(map(len, found))
    return [line for line, end in zip(found, ends, strict=True) if end <= most]


def _emptied(match: re.Match[str]) -> str:
    raw = match["raw"]
    if raw is not None:
        return "`tag`" if _STRUCT_TAG.search(raw) and "\n" not in raw else "``"
    return {'"': '""', "'": "''"}.get(match[0][0], "")


def _without_block_comments(lines: list[str]) -> Iterator[str]:
    last_end = max((number for number, line in enumerate(lines) if "*/" in line), default=-1)
    inside = False
    for number, line in enumerate(lines):
        if inside or (line.lstrip().startswith("/*") and number <= last_end):
            _, ends, after = line.partition("*/")
            inside = not ends
            line = after
        yield line
