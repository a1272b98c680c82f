"""Turns a message, as Slack sent it, into a Go program. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gopherbot.golang.detect import FEWEST_LINES, MOST_CODE, MOST_TEXT, looks_like_go
from gopherbot.slack import markup

STAY_AWAY = "nolink"
"""What in a message says that its code isn't to be shared."""
_FENCE = "```"
_INLINE_CODE = re.compile(r"^[ \t]*+`[^`\n]+`[ \t]*+(?:\n\s*+`[^`\n]+`[ \t]*+$){2,}", re.MULTILINE)
"""Three or more lines that consist of inline code only. Blank lines may separate them."""
_GO = frozenset({"go", "golang"})
_NO_LANGUAGE = frozenset({"", "auto", "plain", "plain_text", "plaintext", "text"})
_TAG = re.compile(r"[ \t]*(?:go|golang)[ \t]*\n", re.IGNORECASE)
_MARKUP = re.compile(
    r"<(?P<what>[@#!]|[a-z][a-z0-9+.-]{1,20}:)(?P<rest>[^<>|\n]*)(?:\|(?P<label>[^<>\n]*))?>"
)


def program_in(text: str, languages: Sequence[str] = ()) -> str | None:
    """Return the Go program made from a message, or None if it has no Go worth sharing.

    A message has Go if a code block of at least `FEWEST_LINES` lines is Go. Without code blocks,
    the whole text must look like Go. `languages` are the marked languages of the blocks, in order:
    a marked language is trusted, and only unmarked blocks are judged by their text.

    Code blocks are kept verbatim unless they are marked as another language. Those and the prose
    around the code become comments. Blank lines are kept.
    """
    parts = _parts(text, languages)
    if len(parts) == 1:
        parts = [parts[0]._replace(code=True)]
    code = [part for part in parts if part.code]
    if not any(_is_go(part, MOST_CODE // len(code)) for part in code):
        return None
    return "\n".join(
        line if part.code and part.is_go is not False else _comment(line)
        for part in parts
        for line in unmarked("\n".join(part.lines)).split("\n")
    )


class _Part(NamedTuple):
    code: bool
    lines: list[str]
    is_go: bool | None = None
    """Whether the author marked it as Go; None if there is no mark."""


def _is_go(part: _Part, most: int) -> bool:
    """Return whether a part is Go. Without a mark, its first `most` characters of code decide."""
    if sum(map(bool, map(str.strip, part.lines))) < FEWEST_LINES:
        return False
    if part.is_go is not None:
        return part.is_go
    return looks_like_go(unmarked("\n".join(part.lines)[:MOST_TEXT]), most)


def _parts(text: str, languages: Sequence[str]) -> list[_Part]:
    """Split a message into code and prose.

    Code is the text between fences, the last of which may be missing, and lines that consist of
    inline code only. A line break next to a fence belongs to the fence, as does a `go` after the
    opening one.
    """
    pieces = text.replace("\r\n", "\n").split(_FENCE)
    # If the number of marks and fences differs, the marks cannot be assigned to blocks.
    marks = list(languages) if len(languages) == len(pieces) // 2 else []
    parts: list[_Part] = []
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
        if code:
            parts.append(_Part(True, piece.split("\n"), is_go))
        else:
            parts += _prose_and_inline_code(piece)
    return parts


def _marked(language: str) -> bool | None:
    return None if language in _NO_LANGUAGE else language in _GO


def _prose_and_inline_code(text: str) -> Iterator[_Part]:
    """Split prose at runs of lines that are inline code."""
    start = 0
    for block in _INLINE_CODE.finditer(text):
        if block.start() > start:
            yield _Part(False, text[start : block.start() - 1].split("\n"))
        yield _Part(True, [line.strip(" \t")[1:-1] for line in block[0].split("\n")])
        start = block.end() + 1
    if start <= len(text):
        yield _Part(False, text[start:].split("\n"))


def _comment(line: str) -> str:
    return f"// {line}".rstrip() if line.strip() else ""


def unmarked(text: str) -> str:
    """Undo Slack's markup and escapes, to restore the text that the member typed if possible.

    Slack adds markup inside code, too: it turns the import path `github.com/x/y` into a link.
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
    # Slack added a scheme and a trailing slash to text that looked like an address.
    by_itself = label and rest.removeprefix("//").rstrip("/") == label.rstrip("/")
    return label if by_itself else what + rest
