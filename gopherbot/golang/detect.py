"""Go code in what members write: is it Go, and how does a message become a program? Pure.

`looks_like_go` weighs what each line says for and against Go (`patterns`). It counts how many
different signs there are (one alone also occurs elsewhere) and how many lines have one.
`python -m gopherbot.golang.detect FOLDER` shows how it judges samples: a folder for each kind, and
`go` is what should be found.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gopherbot.golang.patterns import AGAINST, FOR, Signs
from gopherbot.slack import markup

LONGEST_TEXT = 64 * 1024
LONGEST_LINE = 300
MOST_LINES = 400
"""So much of a text is looked at: enough to tell, and the time stays in bounds."""

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
_FEWEST_LINES = 3
"""Of code: a single line is quickly read where it is."""

_FENCE = "```"
_INLINE = re.compile(r"[ \t]*`([^`\n]+)`[ \t]*")
"""A line that is inline code from end to end."""
_GO = frozenset({"go", "golang"})
_NO_LANGUAGE = frozenset({"", "auto", "plain", "plain_text", "plaintext", "text"})
_TAG = re.compile(r"[ \t]*(?:go|golang)[ \t]*\n", re.IGNORECASE)
_MARKUP = re.compile(
    r"<(?P<what>[@#!]|[a-z][a-z0-9+.-]{1,20}:)(?P<rest>[^<>|\n]*)(?:\|(?P<label>[^<>\n]*))?>"
)

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


def looks_like_go(text: str) -> bool:
    """Whether a text is Go code: a program or a piece of one, rather than anything else."""
    points = objections = 0.0
    seen: dict[int, float] = {}
    lines = [line for line in bare_lines(text) if not _NO_WORD.fullmatch(line)]
    with_sign = 0
    for line in lines:
        against = sum(_signs_in(line, AGAINST).values())
        objections += min(against, _MOST_A_LINE)
        # A line that is clearly something else says nothing for Go: prose may quote code.
        signs = _signs_in(line, FOR) if against < _CLEAR else {}
        points += min(sum(signs.values()), _MOST_A_LINE)
        seen |= signs
        with_sign += bool(signs)
    varied = sum(seen.values()) >= _VARIETY
    uniform = len(lines) >= _FEWEST_LINES and points >= _EVERY_LINE * len(lines) and not objections
    return (
        (varied or uniform)
        and points >= _ADVANTAGE * objections
        and with_sign >= _SHARE * len(lines)
    )


def _signs_in(line: str, signs: Signs) -> dict[int, float]:
    """Give the signs that a line bears, by number, with their weights."""
    return {number: weight for number, (weight, sign) in enumerate(signs) if sign.search(line)}


def bare_lines(text: str) -> list[str]:
    """Give a text's first lines without blank ones, comments, and what stands in strings."""
    bare = _QUOTED.sub(_emptied, text[:LONGEST_TEXT].replace("\r\n", "\n"))
    lines = [line[:LONGEST_LINE].rstrip() for line in bare.split("\n")]
    found = [line for line in _without_block_comments(lines) if line]
    return found[:MOST_LINES]


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


def holds_go(text: str, languages: Sequence[str] = ()) -> bool:
    """Return whether a message, given as Slack sent it, holds Go code that is worth a link.

    That is a code block of a few lines with Go in it; or no code block, and the whole looks like
    Go. `languages` are those that the blocks are marked as, in order: what is marked isn't guessed.
    Blocks with logs or YAML, and essays, aren't for the Playground.
    """
    parts = _parts(text, languages)
    return any(_is_go(part) for part in parts if part.code or len(parts) == 1)


def to_program(text: str, languages: Sequence[str] = ()) -> str:
    """Return the program that a message, given as Slack sent it, becomes.

    What stands in a code block is code and stays as it is, unless it's marked as another language.
    Prose around it becomes comments, and blank lines stay. A text without a code block is code if
    it looks like Go, else one comment.
    """
    parts = _parts(text, languages)
    plain = [part._replace(lines=unmarked("\n".join(part.lines)).split("\n")) for part in parts]
    if len(plain) == 1 and plain[0].is_go is None and looks_like_go("\n".join(plain[0].lines)):
        return "\n".join(plain[0].lines)
    return "\n".join(
        line if part.code and part.is_go is not False else _comment(line)
        for part in plain
        for line in part.lines
    )


class _Part(NamedTuple):
    code: bool
    lines: list[str]
    is_go: bool | None = None
    """What the author marked it as; None if that isn't known."""


def _is_go(part: _Part) -> bool:
    code = unmarked("\n".join(part.lines))
    if sum(map(bool, map(str.strip, code.split("\n")))) < _FEWEST_LINES:
        return False
    return looks_like_go(code) if part.is_go is None else part.is_go


def _parts(text: str, languages: Sequence[str]) -> list[_Part]:
    """Split a message into code and prose.

    Code is what stands between fences, the last of which may be missing, and lines that are inline
    code from end to end. A line break beside a fence belongs to the fence, as does a `go` after the
    opening one.
    """
    pieces = text.replace("\r\n", "\n").split(_FENCE)
    # If Slack counts other blocks than there are fences, nobody knows which is which.
    marks = list(languages) if len(languages) == len(pieces) // 2 else []
    parts = []
    for number, piece in enumerate(pieces):
        code = number % 2 == 1
        is_go = _marked(marks[number // 2]) if code and marks else None
        if code and _TAG.match(piece):
            piece, is_go = _TAG.sub("\n", piece, count=1), True
        if number > 0:
            piece = (piece if code else piece.lstrip(" \t")).removeprefix("\n")
        if not piece.strip(" \t"):
            continue
        if number < len(pieces) - 1:
            piece = piece.removesuffix("\n")
        lines = piece.split("\n")
        parts += [_Part(True, lines, is_go)] if code else _prose_and_inline_code(lines)
    return parts


def _marked(language: str) -> bool | None:
    return None if language in _NO_LANGUAGE else language in _GO


def _prose_and_inline_code(lines: list[str]) -> list[_Part]:
    """Split prose where lines in a row are inline code; blank lines between those are code too."""
    parts: list[_Part] = []
    prose: list[str] = []
    at = 0
    while at < len(lines):
        if code := _inline_code_from(lines, at):
            parts += [_Part(False, prose), _Part(True, code)] if prose else [_Part(True, code)]
            prose = []
            at += len(code)
        else:
            prose.append(lines[at])
            at += 1
    return [*parts, _Part(False, prose)] if prose else parts


def _inline_code_from(lines: list[str], start: int) -> list[str]:
    """Return the lines of inline code that begin there, bare; none if they're too few for code."""
    found: list[str] = []
    last = 0
    for line in lines[start:]:
        if match := _INLINE.fullmatch(line):
            found.append(match[1])
            last = len(found)
        elif found and not line.strip():
            found.append("")
        else:
            break
    return found[:last] if sum(map(bool, found)) >= _FEWEST_LINES else []


def _comment(line: str) -> str:
    return f"// {line}".rstrip() if line.strip() else ""


def unmarked(text: str) -> str:
    """Undo Slack's markup and escapes: what the member typed, as far as that can be told.

    Slack marks things up inside code too: the import path `github.com/x/y` comes as a link.
    """
    return markup.unescape(_MARKUP.sub(_typed, text))


def _typed(match: re.Match[str]) -> str:
    what, rest, label = match["what"], match["rest"], match["label"]
    if what == "@":
        return f"@{label or 'user'}"
    if what == "#":
        return f"#{label or 'channel'}"
    if what == "!":
        return label or f"@{rest.partition('^')[0]}"
    if what in ("mailto:", "tel:"):
        return label or rest
    # Slack gave what looked like an address a scheme, and a slash at its end.
    by_itself = label and rest.removeprefix("//").rstrip("/") == label.rstrip("/")
    return label if by_itself else what + rest


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
