"""Words and patterns to look for in members' texts, as content files write them. Pure.

A piece in slashes is a pattern of RE2, whose time is linear in the text, whatever members write.
Any other piece is found where it stands as whole words. Case doesn't count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import re2

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)


def problems(pieces: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with each piece, and what to write instead."""
    for piece in pieces:
        if not piece.strip("/ "):
            yield f"{piece!r} finds every message: write words, or remove it"
            continue
        try:
            finder((piece,))
        except re2.error as error:
            yield f"{piece} is invalid ({_words(error)}): write a pattern that RE2 accepts"


def without_code(text: str) -> str:
    return _CODE.sub(" ", text)


@lru_cache(maxsize=256)
def finder(pieces: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a function that says whether a text holds one of the pieces. Raise `re2.error`."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    found = re2.compile("|".join(map(_pattern, pieces)), options)
    return lambda text: found.search(text) is not None


def _pattern(piece: str) -> str:
    if piece[0] == piece[-1] == "/":
        return f"(?:{piece[1:-1]})"
    words = r"\s+".join(map(re2.escape, piece.split()))
    return rf"(?:^|[^\pL\pN_]){words}(?:$|[^\pL\pN_])"


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else error
    return text.decode() if isinstance(text, bytes) else str(text)
