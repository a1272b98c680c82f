"""Reads a TOML file that a person wrote, and says what is wrong with it where it cannot be read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from gopherbot.rulebook.problems import Problem

# What Python's parser says, and what is most often behind it.
_REMEDIES = (
    ("Expected '=' after a key", 'write the line as name = "…", or begin it with # as a comment'),
    (
        "Expected ']' at the end of a table",
        'write the heading with quotes and brackets on both sides, as in ["go tour"]',
    ),
    ("Illegal character '\\n'", 'the text has no closing quote: add the " at its end'),
    (
        "Unterminated string",
        'a text has no closing quote: add the " at its end, or the """ after several lines',
    ),
    ("Unescaped '\\'", "write every \\ in the text twice"),
    ("Unclosed array", "put a comma between the texts of the list and a ] at its end"),
    (
        "Expected newline or end of document",
        'put the whole text in one pair of quotes, and write a " inside it as \\"',
    ),
    ("Invalid value", 'put texts in straight quotes ("…"); yes and no are true and false'),
    ("twice", "the heading is there before: put both into one entry, or rename one"),
    ("Cannot overwrite", "a line of this entry is there twice: keep one"),
)


def read(path: Path) -> tuple[dict[str, object], list[Problem]]:
    """Give the file's tables, or a problem that names the line. No such file: nothing at all."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [Problem(path.name, "", f"the file cannot be read ({error.strerror})")]
    try:
        text = data.decode("utf-8-sig")  # some editors begin a file with a mark, which is fine
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"line {line} has a character that is not UTF-8: save the file as UTF-8"
        return {}, [Problem(path.name, "", message)]
    try:
        return tomllib.loads(text), []
    except (ValueError, RecursionError) as error:
        return {}, [_broken(path.name, text, str(error))]


def _broken(file: str, text: str, error: str) -> Problem:
    lines = text.splitlines()
    told = re.search(r"at line (\d+)", error)
    number = min(int(told[1]), len(lines)) if told else len(lines)
    headings = [line.strip() for line in lines[:number] if line.lstrip().startswith("[")]
    entry = re.sub(r"[\[\]\"']", "", headings[-1]) if headings else ""
    remedy = next((remedy for words, remedy in _REMEDIES if words in error), error)
    return Problem(file, entry, f"line {number} cannot be read: {remedy}")
