"""Is this text Go code? Pure.

`looks_like_go` weighs what each line says for and against Go (`patterns`). It counts how many
different signs there are (one alone also occurs elsewhere) and how many lines have one.
`python -m gopherbot.golang.detect FOLDER` shows how it judges samples: a folder for each kind, and
`go` is what should be found.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from gopherbot.golang.patterns import AGAINST, FOR

MOST_TEXT = 16 * 1024
MOST_CODE = 6000
MOST_LINES = 400
LONGEST_LINE = 200
"""So many characters of a text are looked at, so many of them and so many lines once comments and
strings are gone, and so many of a line: enough to tell, and the time stays in bounds."""

_VARIETY = 4.0
"""The weight that different signs must have together."""
_ADVANTAGE = 1.2
"""How much more must speak for Go than against it."""
_SHARE = 0.25
"""How many of the lines must bear a sign."""
_EVERY_LINE = 2.0
"""Without variety, what each line must say on average: think of ten calls of fmt.Println."""
_MOST_A_LINE = 4.0
_CLEAR = 2.0
"""A line against which so much speaks is no Go."""
FEWEST_LINES = 3
"""Of code: a single line is quickly read where it is."""

# What a program only talks about. Every alternative takes what it scanned, or ends at the line's
# end, or can fail once: the time is linear.
_QUOTED = re.compile(
    r'"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'(?:\\[^\n]{1,9}?|[^'\\\n])'"
    r"|(?<!:)//[^\n]*"
    r"|`(?P<raw>[^`]*)`"
)
_STRUCT_TAG = re.compile(r'\w+:"[^"\n]*"')
_NO_WORD = re.compile(r"[\W_]*")


def looks_like_go(text: str, most: int = MOST_CODE) -> bool:
    """Return whether a text is Go code: a program or a piece of one, rather than anything else.

    It is judged by its first `most` characters.
    """
    points = objections = 0.0
    seen: dict[int, float] = {}
    lines = [line for line in bare_lines(text, most) if not _NO_WORD.fullmatch(line)]
    with_sign = 0
    for line in lines:
        against = sum(AGAINST.within(line).values())
        objections += min(against, _MOST_A_LINE)
        # A line that is clearly something else says nothing for Go: prose may quote code.
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
    """Return a text's first lines without blank ones, comments, and what stands in strings."""
    bare = _QUOTED.sub(_emptied, text[:MOST_TEXT].replace("\r\n", "\n"))
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


class Judged(NamedTuple):
    """How the samples of one kind were judged."""

    kind: str
    size: int
    found: list[str]
    """The names of those that were taken for Go."""


def judge(folder: Path) -> list[Judged]:
    """Judge the samples of a folder, which has a folder for each kind."""
    judged = []
    for kind in sorted(path for path in folder.iterdir() if path.is_dir()):
        samples = sorted(path for path in kind.iterdir() if path.is_file())
        found = [path.name for path in samples if looks_like_go(path.read_text("utf-8"))]
        judged.append(Judged(kind.name, len(samples), found))
    return judged


def table(judged: Iterable[Judged]) -> str:
    """Show the confusion matrix, and which samples it is wrong about."""
    rows = [f"{'':<10}{'samples':>8}{'go':>6}{'not go':>8}"]
    for kind, size, found in judged:
        rows.append(f"{kind:<10}{size:>8}{len(found):>6}{size - len(found):>8}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.stdout.write(table(judge(Path(sys.argv[1]))) + "\n")
