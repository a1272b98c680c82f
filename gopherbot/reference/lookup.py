"""Finds what a name means, as members write it, in a reference. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gopherbot.reference import Symbol, Table
from gopherbot.rulebook import edit_distance

_LONGEST = 100
"""Characters; no name is that long."""
_CASE_COUNTS = 2
"""The most letters of a name whose case counts: `go` and `if` aren't the constants GO and IF."""
_NOISE = re.compile(r"[`*&]|\(\s*\)|\([^()]*\)$|\[[\[\]\w.,* ]*\]")
_AROUND = " \t\n\"'.,;:!?"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The entries that a text names, likeliest first."""

    entries: tuple[Symbol, ...] = ()
    exact: bool = True
    """False if nothing has that name and these have similar ones."""

    @property
    def only(self) -> Symbol | None:
        """Return the entry that is meant: the only one, or the one whose others are newer majors.

        `json.Unmarshal` is that of `encoding/json`, not of `encoding/json/v2`.
        """
        first = self.entries[0] if self.exact and self.entries else None
        if first and all(is_major(each, first) for each in self.entries[1:]):
            return first
        return None


def is_major(entry: Symbol, first: Symbol) -> bool:
    """Return whether an entry is the same in a newer major version of the first one's package."""
    base, _, version = entry.package.rpartition("/")
    same = (base, entry.name) == (first.package, first.name)
    return same and version[:1] == "v" and version[1:].isdigit()


def look_up(table: Table, text: str) -> Lookup:
    """Return the packages and symbols that this text names, or else those with similar names."""
    asked = clean(text[: 2 * _LONGEST])
    if not asked or len(asked) > _LONGEST:
        return Lookup()
    if found := _named(table, asked):
        return Lookup(tuple(found))
    return Lookup(tuple(_nearly(table, asked)), exact=False)


def clean(text: str) -> str:
    """Return a name as the table writes it: without `()`, stars and quotes, its parts dotted."""
    receiver = re.sub(r"\(\*?([\w.]+)\)\.", r"\1.", text)
    plain = _NOISE.sub("", receiver).replace("#", ".").strip(_AROUND)
    return ".".join(plain.split())


def _named(table: Table, asked: str) -> list[Symbol]:
    """Return the entries with this full name, or else the fields and methods of this name."""
    whole = [(entry, "") for entry in table.packages(asked) if asked == asked.casefold()]
    written = [entry for entry in table.symbols(asked) if entry.name == asked]
    for package, name in _splits(asked):
        # `Rand.N` is the method, not a function of the package `rand`.
        if written and package != package.casefold():
            continue
        if packages := {entry.package for entry in table.packages(package)}:
            whole += [(e, name) for e in table.symbols(name) if e.package in packages]
    whole += _written_so(table.symbols(asked), asked)
    if not whole:
        for package, name in _splits(asked):
            if packages := {entry.package for entry in table.packages(package)}:
                whole += [(e, name) for e in table.members(name) if e.package in packages]
        whole += _written_so(table.members(asked), asked)
    if not whole:
        whole = [(entry, "") for entry in table.packages(asked)]
    return _likeliest(whole)


def _written_so(entries: Iterable[Symbol], asked: str) -> list[tuple[Symbol, str]]:
    """Return the entries with this name, leaving out short ones whose case differs."""
    return [(e, asked) for e in entries if len(asked) > _CASE_COUNTS or e.name.endswith(asked)]


def _splits(asked: str) -> Iterator[tuple[str, str]]:
    """Yield each way to read the text as a package and a symbol of it."""
    for dot in re.finditer(r"\.", asked):
        yield asked[: dot.start()], asked[dot.end() :]


def _likeliest(found: Iterable[tuple[Symbol, str]]) -> list[Symbol]:
    """Return entries in order, given with the name asked for; exact-case matches hide the others.

    Short paths come first: they are those of the packages that are asked for most.
    """
    pairs = list(found)
    exact = [entry for entry, name in pairs if not name or entry.name.endswith(name)]
    entries = dict.fromkeys(exact or [entry for entry, _ in pairs])
    return sorted(entries, key=_rank)


def _rank(entry: Symbol) -> tuple[bool, bool, int, str, str]:
    return (
        entry.deprecated,
        bool(entry.platform),
        len(entry.package),
        entry.package,
        entry.name,
    )


def _nearly(table: Table, asked: str) -> list[Symbol]:
    """Return the entries a slip away: in the package's name, the symbol's, or either alone."""
    for package, name in _splits(asked):
        for near in edit_distance.nearest(package.casefold(), table.package_names()):
            packages = {entry.package for entry in table.packages(near)}
            if found := [e for e in table.symbols(name) if e.package in packages]:
                return sorted(found, key=_rank)
    for package, name in _splits(asked):
        if packages := {entry.package for entry in table.packages(package)}:
            return [entry for entry in _slips(table, name) if entry.package in packages]
    names = edit_distance.nearest(asked.casefold(), table.package_names())
    return [entry for name in names for entry in table.packages(name)] or _slips(table, asked)


def _slips(table: Table, name: str) -> list[Symbol]:
    """Return the symbols of whose names this is a slip, nearest first."""
    near: Sequence[str] = edit_distance.nearest(name.casefold(), set(table.alike(name)))
    return [
        entry
        for slip in near
        for entry in sorted(table.symbols(slip) or table.members(slip), key=_rank)
    ]
