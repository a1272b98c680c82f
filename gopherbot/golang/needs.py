"""Finds the oldest Go that compiles a piece of code, by rules about names and syntax. Pure.

What the types of other files would tell isn't known here, so the true version may be newer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

VersionOf = Callable[[str, str], str]
"""Returns the version of a package's symbol, by path or name and symbol; "" if it's unknown."""

MOST_CODE = 12 * 1024
_MOST = 50
"""Uses of one form of syntax that are looked at."""
_LONGEST = 60
"""Characters of code that are quoted."""

# Every repetition that another may follow is bounded, so the time is linear for any text.
_OPAQUE = re.compile(
    r'"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|`[^`]*+`?"
    r"|'(?:\\[^\n]{1,9}?|[^'\\\n])'"
    r"|//[^\n]*+"
    r"|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
)
_IMPORTS = re.compile(r"\bimport\s{0,9}(?:\((?P<block>[^)]{0,4000})\)|(?P<one>[^\n]{0,200}))")
_IMPORT = re.compile(r'(?:(?P<name>\w{1,60}|\.)\s{1,9})?"(?P<path>[\w./~-]{1,200})"')
_SELECTOR = re.compile(r"(?<![\w.])(?P<left>[A-Za-z_]\w{0,60})\.(?P<name>[A-Z]\w{0,60})")
_OF_TYPE = re.compile(
    r"\b(?P<name>[a-z_]\w{0,60})(?:\s{1,9}\*?|\s?:?=\s?&?|\s?:?=\s?new\()"
    r"(?P<package>[a-z]\w{0,60})\.(?P<type>[A-Z]\w{0,60})(?=[\s,){]|$)"
)
_DECLARED = re.compile(r"\b(\w{1,60})\s?(?:,\s?\w{1,60}\s?){0,9}:=")
_ITERATES = re.compile(
    r"\bfunc\s(?:\([^()\n]{0,80}\)\s)?(?P<name>\w{1,60})(?:\[[^\]\n]{1,80}\])?\([^()\n]{0,80}\)\s"
    r"(?:func\(\w{0,60}\s?func\(|iter\.Seq)"
)
_RANGED = re.compile(r"\brange\s(?:\w{1,60}\.){0,5}(\w{1,60})\(")
_NEW = re.compile(r"(?<![\w.])new\(")
_TYPE = re.compile(r"\*|\[|map\[|chan\b|<-\s?chan|func\(|struct\b|interface\b")
_VALUE = re.compile(r"[-+!^&\d\"'`]|true$|false$")
_BUILTINS = ("min", "max", "clear")

_SYNTAX = tuple(
    (version, re.compile(pattern))
    for version, pattern in (
        ("1.27", r"\bfunc\s?\([^()\n]{1,80}\)\s?\w{1,60}\[[^\]\n]{1,80}\]\("),
        ("1.26", r"\btype\s(\w{1,60})\[\w{1,60}\s\1\["),
        ("1.24", r"\btype\s\w{1,60}\[[^\]\n]{1,80}\]\s?=\s?[^\n]{1,80}"),
        ("1.23", r"\brange\sfunc\("),
        ("1.22", r"\brange\s(?:\d\w{0,20}|len\([^()\n]{0,80}\)|b\.N)(?=\s?\{)"),
        ("1.21", r"(?<![\w.])(?:min|max|clear)\("),
        ("1.18", r"\b(?:func|type)\s\w{1,60}\[\w{1,60}(?:,\s?\w{1,60}){0,9}\s[^\]\n]{1,80}\]"),
        ("1.18", r"(?<=[\]. ])any\b(?=[\s,){}])"),
        ("1.13", r"(?<![\w.])(?:0[bBoO]\d\w{0,60}|\d{1,20}_\d\w{0,60})"),
    )
)
"""The version that brought a form of syntax, for code without strings and comments."""
_IN_TEXT = (
    (
        "1.22",
        re.compile(
            r"\.Handle(?:Func)?\(\s?"
            r'("(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /|/[^"\n{]{0,80}\{)[^"\n]{0,80}")'
        ),
    ),
    ("1.16", re.compile(r"^(//go:embed) \S", re.MULTILINE)),
)
"""The same for what stands in strings and comments: a server's patterns, a directive."""


@dataclass(frozen=True, slots=True)
class Need:
    """A version of Go, and what of the code needs it."""

    version: str
    code: str

    @property
    def order(self) -> tuple[int, ...]:
        return tuple(map(int, self.version.split(".")))


def needs(code: str, version_of: VersionOf) -> list[Need]:
    """Return what the code needs, the newest version first, each thing once."""
    code = code[:MOST_CODE]
    bare = _OPAQUE.sub(_blank, code)
    found = [*_syntax(code, bare), *_symbols(code, bare, version_of)]
    return sorted(dict.fromkeys(found), key=lambda need: need.order, reverse=True)


def _blank(match: re.Match[str]) -> str:
    """Return as many characters: strings keep their quotes, comments become blanks."""
    if match[0].startswith("/"):
        return re.sub(r"[^\n]", " ", match[0])
    return re.sub(r"(?<=[\s\S])[^\n](?=[\s\S])", "_", match[0])


def _syntax(code: str, bare: str) -> Iterator[Need]:
    own = set(_DECLARED.findall(bare)) | {name for name in _BUILTINS if f"func {name}(" in bare}
    for version, pattern in _SYNTAX:
        for match in islice(pattern.finditer(bare), _MOST):
            name = match[0].removesuffix("(")
            if name not in own:
                end = match.end() + (
                    len(_inside(bare, match.end())) + 1 if name in _BUILTINS else 0
                )
                yield Need(version, _line(code[match.start() : end]))
    for version, pattern in _IN_TEXT:
        yield from (Need(version, _line(match[1])) for match in pattern.finditer(code))
    iterators = {match["name"] for match in _ITERATES.finditer(bare)}
    for match in _RANGED.finditer(bare):
        if match[1] in iterators:
            yield Need("1.23", f"range {match[1]}(…)")
    for match in islice(_NEW.finditer(bare), _MOST):
        inside = _inside(bare, match.end())
        if inside and _is_value(inside.strip()):
            yield Need("1.26", _line(code[match.start() : match.end() + len(inside) + 1]))


def _line(text: str) -> str:
    """Return a piece of code on one line, cut if it's long."""
    line = " ".join(text.replace("`", "'").split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _inside(bare: str, start: int) -> str:
    """Return what's between a parenthesis, which ends at `start`, and the one that closes it."""
    depth = 1
    for at in range(start, min(len(bare), start + 200)):
        depth += {"(": 1, ")": -1}.get(bare[at], 0)
        if not depth:
            return bare[start:at]
    return ""


def _is_value(text: str) -> bool:
    """Return whether what `new` is called with is a value rather than a type."""
    if _VALUE.match(text):
        return True
    if re.match(r"struct\b|interface\b|func\(", text):
        return False
    if _TYPE.match(text):
        return text.endswith("}")
    return text.endswith((")", "}")) or bool(re.search(r"\s[-+*/%&|^<>=!]", text))


def _symbols(code: str, bare: str, version_of: VersionOf) -> Iterator[Need]:
    """Yield the symbols of packages: of those imported, or of any if nothing is imported."""
    imports = dict(_imports(code))
    types = {match["name"]: (match["package"], match["type"]) for match in _OF_TYPE.finditer(bare)}
    own = {*_DECLARED.findall(bare), *types}
    for match in _SELECTOR.finditer(bare):
        left, name = match["left"], match["name"]
        said = f"{left}.{name}"
        if left in types:
            package, type = types[left]
            path, name = imports.get(package, "" if imports else package), f"{type}.{name}"
        elif left in imports:
            path = imports[left]
        else:
            path = "" if imports or left in own else left
        if path and (version := version_of(path, name)):
            yield Need(version, said)


def _imports(code: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of each package that is imported."""
    for found in _IMPORTS.finditer(code):
        for match in _IMPORT.finditer(found["block"] or found["one"] or ""):
            elements = match["path"].split("/")
            if len(elements) > 1 and re.fullmatch(r"v\d+", elements[-1]):
                elements.pop()
            yield match["name"] or elements[-1], match["path"]
