"""Reads hand-written TOML files, and explains what is wrong with one that cannot be read."""

import re
from collections.abc import Iterable
from pathlib import Path

import tomli

from glossary.term import Problem

# Messages of Python's parser, and the remedy for their most frequent cause.
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
    ("Invalid hex value", "write every \\ in the text twice"),
    ("Unclosed array", "put a comma between the texts of the list and a ] at its end"),
    (
        "Expected newline or end of document",
        'put the whole text in one pair of quotes, and write a " inside it as \\"',
    ),
    ("Invalid value", 'put texts in straight quotes ("…"); yes and no are true and false'),
)
# What a Go programmer writes, in a line without its texts in double quotes.
_GO_REMEDIES = (
    (r"[\u00a0\u200b\u202f\ufeff]", "it has an invisible character: type its spaces again"),
    (r"=\s*[`“|>]", 'put texts in straight quotes ("…"), and several lines between """ and """'),
    (r"(?<!:)//|/\*", "begin a comment with #"),
    (r"=\s*(?:\[\]\w+)?\{[\s,]*\}", 'write a list between [ and ], as in aliases = ["tour"]'),
    (r'^(?:[^[]*=[^[]*|[^"]*")[,;]\s*$', "end the line without a comma or semicolon"),
    (r"=\s*'.*'.", 'put a text with \' in it between " and "'),
    (r"=\s*(?:nil|null|None)\b", "leave the line out where there's nothing to say"),
    (r"\+\s*$", 'put several lines between """ and """, without +'),
    (
        r"=\s*(?:\d{4}-\d|\d+[/.]\d+[/.]\d)",
        "there's no such day: write year-month-day, with two digits each",
    ),
)
_MERGE_MARK = re.compile(r"^(?:<{7}|={7}|>{7})", re.MULTILINE)


def read_toml(path: Path) -> tuple[dict[str, object], list[Problem]]:
    """Return the file's tables, or a problem that names the line. A missing file gives neither."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [Problem(path.name, "", f"the file cannot be read ({error.strerror})")]
    try:
        text = data.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"line {line} has a character that is not UTF-8: save the file as UTF-8"
        return {}, [Problem(path.name, "", message, line=line)]
    try:
        return tomli.loads(text), []
    except (ValueError, RecursionError) as error:
        return {}, [_broken(path.name, text, str(error))]


def out_of_order(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the fewest entries to move so that all are sorted, and where each belongs."""
    there = list(names)
    if _is_sorted(there):
        return []
    kept = _longest_sorted(there)
    ordered = sorted(there, key=str.casefold)
    moves = []
    for position, name in enumerate(there):
        if position in kept:
            continue
        at = ordered.index(name)
        place = f"move [{name}] after [{ordered[at - 1]}]" if at else f"move [{name}] to the top"
        before = there[position - 1] if position else ""
        # Two neighbours are swapped: either may be the new one.
        if position - 1 in kept and _is_sorted([*there[: position - 1], *there[position:]]):
            place += f", or [{before}] after it"
        moves.append((name, place))
    return moves


def _longest_sorted(names: list[str]) -> set[int]:
    """Return the positions of a longest part of the list that is sorted as it is."""
    keys = [name.casefold() for name in names]
    best: list[list[int]] = []
    for here, key in enumerate(keys):
        longest: list[int] = []
        for run in best:
            if keys[run[-1]] <= key and len(run) > len(longest):
                longest = run
        best.append([*longest, here])
    longest = max(best, key=len)
    return set(longest)


def _is_sorted(names: list[str]) -> bool:
    return names == sorted(names, key=str.casefold)


def _broken(file: str, text: str, error: str) -> Problem:
    lines = text.splitlines()
    told = re.search(r"at line (\d+)", error)
    number = min(int(told[1]), len(lines)) if told else len(lines)
    if mark := _MERGE_MARK.search(text):
        number = text.count("\n", 0, mark.start()) + 1
        message = f"line {number} is a merge marker: keep one of the two sides, without markers"
        return Problem(file, "", message, line=number)
    headings = [line.strip() for line in lines[:number] if line.lstrip().startswith("[")]
    entry = re.sub(r"[\[\]\"']", "", headings[-1]) if headings else ""
    remedy = _written_before(lines[:number]) if re.search("twice|Cannot overwrite", error) else ""
    rest = re.sub(r'"[^"]*"', "", lines[number - 1] if lines else "")
    remedy = remedy or next((say for go, say in _GO_REMEDIES if re.search(go, rest)), "")
    remedy = remedy or next((say for words, say in _REMEDIES if words in error), error)
    return Problem(file, entry, f"line {number} cannot be read: {remedy}", line=number)


def _written_before(lines: list[str]) -> str:
    """Return what to do about the last line, whose heading or key is in a line before it."""
    *earlier, key = map(_key, lines)
    if key not in earlier:
        return ""
    before = len(earlier) - earlier[::-1].index(key)
    if key.startswith("["):
        return f"{key} is in line {before} already: put both into one entry, or rename one"
    return f"{key} is in line {before} already: keep one of the two"


def _key(line: str) -> str:
    """Return a line's heading or key, without quotes."""
    key = line if line.startswith("[") else line.partition("=")[0]
    return re.sub("[\"']", "", key).strip()
