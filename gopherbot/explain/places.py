"""Where a rule or a term is defined: the file, the line, and the entry's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gopherbot.router import Rule
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.schema import Data, glossary_folder
from gopherbot.settings import CONTENT_FOLDER

_HEADER = re.compile(
    r"\[\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|'(?P<literal>[^']*)'|(?P<bare>[^\]]*?))\s*\]"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A file's name, a line in it (0 if unknown) and the text of the entry there."""

    source: str
    line: int = 0
    entry: str = ""


def of_outcome(content: LoadedContent, text: str, name: str) -> Place:
    """Return where the rule with this name is defined, or the term that `text` asks it for."""
    asked = text.partition(" ")[2] if name.startswith("prefix:define") else ""
    return (_of_term(content.data, asked) if asked else None) or of_rule(content, name)


def of_rule(content: LoadedContent, name: str) -> Place:
    rule = next((rule for rule in content.rules.rules if rule.name == name), None)
    return _of(content, rule) if rule else Place("")


def _of(content: LoadedContent, rule: Rule) -> Place:
    for folder in (content.data.folder, CONTENT_FOLDER):
        path = folder / rule.source
        if not path.is_file():
            continue
        if path.suffix == ".toml":
            return _entry(path, rule.entry) or Place(_short(path))
        return Place(_short(path), _line_of(rule, path))
    return Place(rule.source)


def _of_term(data: Data, asked: str) -> Place | None:
    found = data.glossary.find(asked)
    folder = glossary_folder(data.folder)
    if found is None or folder is None:
        return None
    place = _entry(folder / found.term.file, found.term.name)
    return replace(place, source=f"glossary/{found.term.file}") if place else None


def _line_of(rule: Rule, path: Path) -> int:
    """Return the line of a rule's function; 0 if the function is in another file."""
    code = getattr(rule.handler, "__code__", None)
    if code is not None and Path(code.co_filename).name == path.name:
        return int(code.co_firstlineno)
    return 0


def _entry(path: Path, name: str) -> Place | None:
    """Return the entry with this name of a TOML file, ignoring case; None if there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    headers = list(_headers(lines))
    for place, (number, found) in enumerate(headers):
        if found.casefold() == name.casefold():
            end = headers[place + 1][0] if place + 1 < len(headers) else len(lines)
            return Place(_short(path), number + 1, "\n".join(lines[number:end]).strip())
    return None


def _headers(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines):
        if match := _HEADER.fullmatch(line.strip()):
            yield number, match["quoted"] or match["literal"] or match["bare"] or ""


def _short(path: Path) -> str:
    """Return a path as its folder's name and its own."""
    return f"{path.parent.name}/{path.name}"
