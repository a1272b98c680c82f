"""A reference of packages and their symbols, searched by the names that members write. Pure.

The text it is read from has one line per package, each followed by one line per symbol of the
package:

    strings<TAB>1.0<TAB>
    <TAB>Builder.Grow<TAB>1.10<TAB><TAB><TAB>func (b *Builder) Grow(n int)

A package has a path, the version that introduced it, and marks. A symbol has a name, version,
marks, page (`PATH#NAME`, if that is not its own) and signature. Marks are `deprecated` and the
only platform that has the symbol. A line that begins with # is a comment.

The text is kept as it is, a megabyte for 17,000 symbols, and searched through sorted arrays of
line offsets. As objects, the symbols would take ten times the memory in every worker.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gopherbot.rulebook import edit_distance

_DEPRECATED = "deprecated"
_MOST_NEAR = 300
"""The most names per index to compare letter by letter."""

_LONGEST = 100
"""Characters; no name is that long."""
_CASE_COUNTS = 2
"""The most letters of a name whose case counts: `go` and `if` aren't the constants GO and IF."""
_NOISE = re.compile(r"[`*&]|\(\s*\)|\([^()]*\)$")
_AROUND = " \t\n\"'.,;:!?"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A package, or a symbol of one."""

    package: str
    name: str = ""
    """The symbol's name, `Builder.Grow`; "" for the package itself."""
    version: str = ""
    """The version that introduced it; "" if unknown."""
    deprecated: bool = False
    platform: str = ""
    """The only platform that has it; "" for all."""
    page: str = ""
    """The `PATH#NAME` of the symbol that documents it; "" for its own."""
    signature: str = ""

    @property
    def full_name(self) -> str:
        """Return the name with its package: `strings.Builder.Grow`."""
        return f"{self.package}.{self.name}" if self.name else self.package


class Table:
    """Packages and symbols by name. Raise `ValueError` naming the first malformed line."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._packages = array("I")
        self._by_path: defaultdict[str, list[int]] = defaultdict(list)
        symbols = array("I")
        for start in self._starts():
            if text[start : start + 1] == b"\t":
                symbols.append(start)
            else:
                self._packages.append(start)
                for name in _names(self._field(start)):
                    self._by_path[name].append(start)
        # Fold names once: three sort orders share them.
        names = [self._folded(start) for start in symbols]
        self._by_name = _ordered(symbols, names)
        members = [start for start, name in zip(symbols, names, strict=True) if "." in name]
        self._by_member = _ordered(members, [_member(name) for name in names if "." in name])
        self._by_end = _ordered(symbols, [name[::-1] for name in names])

    @classmethod
    def read(cls, file: Path) -> Table:
        """Return the table of a file. Raise `ValueError` naming it if it cannot be used."""
        try:
            return cls(file.read_bytes())
        except OSError as error:
            raise ValueError(f"{file.name} cannot be read ({error.strerror})") from error
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from error

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Symbol]:
        """Yield every package and every symbol, in the order of the file."""
        return map(self._entry, sorted([*self._packages, *self._by_name]))

    def packages(self, name: str) -> list[Symbol]:
        """Return the package with this path, or else those whose paths end with it.

        Case does not matter, nor does a `/v2` at the end of a path.
        """
        found = [self._entry(start) for start in self._by_path.get(name.casefold(), ())]
        return [entry for entry in found if entry.package.casefold() == name.casefold()] or found

    def symbols(self, name: str) -> list[Symbol]:
        """Return the symbols with this name, in all packages; case does not matter."""
        return self._all(self._by_name, self._folded, name.casefold())

    def members(self, name: str) -> list[Symbol]:
        """Return the fields and methods with this name, of all types; case does not matter."""
        return self._all(self._by_member, self._member, name.casefold())

    def package_names(self) -> Iterator[str]:
        """Yield the names by which packages are found, in lower case."""
        return iter(self._by_path)

    def alike(self, name: str) -> Iterator[str]:
        """Yield the names, in lower case, that share their first or second half with this one.

        A slip leaves one half of a name intact, so these are the names to compare with it.
        """
        folded = name.casefold()
        half = len(folded) // 2
        for order, key, start in (
            (self._by_name, self._folded, folded[:half]),
            (self._by_member, self._member, folded[:half]),
            (self._by_end, self._backwards, folded[:half:-1]),
        ):
            first = bisect_left(order, start, key=key)
            last = bisect_right(order, start + "\U0010ffff", key=key)
            for at in order[first : min(last, first + _MOST_NEAR)]:
                yield self._member(at) if order is self._by_member else self._folded(at)

    def _starts(self) -> Iterator[int]:
        """Yield the offset of each line. Raise `ValueError` if one lacks the fields of its kind."""
        start = 0
        for number, line in enumerate(self._text.split(b"\n"), 1):
            if line and not line.startswith(b"#"):
                tabs = 5 if line.startswith(b"\t") else 2
                if line.count(b"\t") != tabs or (tabs == 5 and not self._packages):
                    raise ValueError(f"line {number} is neither a package nor a symbol of one")
                yield start
            start += len(line) + 1

    def _field(self, start: int) -> str:
        return self._text[start : self._text.index(b"\t", start)].decode()

    def _folded(self, start: int) -> str:
        return self._field(start + 1).casefold()

    def _member(self, start: int) -> str:
        return _member(self._folded(start))

    def _backwards(self, start: int) -> str:
        return self._folded(start)[::-1]

    def _all(self, order: Sequence[int], key: Callable[[int], str], name: str) -> list[Symbol]:
        found = []
        for at in range(bisect_left(order, name, key=key), len(order)):
            if key(order[at]) != name:
                break
            found.append(self._entry(order[at]))
        return found

    def _entry(self, start: int) -> Symbol:
        end = self._text.find(b"\n", start)
        line = self._text[start : end if end >= 0 else None].decode()
        if not line.startswith("\t"):
            path, version, marks = line.split("\t")
            return Symbol(path, version=version, deprecated=marks == _DEPRECATED)
        package = self._packages[bisect_right(self._packages, start) - 1]
        _, name, version, marks, page, signature = line.split("\t")
        platform = marks.removeprefix(_DEPRECATED).strip()
        old = marks.startswith(_DEPRECATED)
        return Symbol(self._field(package), name, version, old, platform, page, signature)


def _ordered(starts: Sequence[int], names: Sequence[str]) -> array[int]:
    """Return the offsets in the order of their names."""
    return array("I", [starts[at] for at in sorted(range(len(names)), key=names.__getitem__)])


def _member(name: str) -> str:
    """Return the name of a field or method without its type."""
    return name.rpartition(".")[2]


def _names(path: str) -> Iterator[str]:
    """Yield the names of a package: each end of its path, with and without its `/v2`."""
    elements = path.casefold().split("/")
    for first in range(len(elements)):
        yield "/".join(elements[first:])
    if len(elements) > 1 and elements[-1][:1] == "v" and elements[-1][1:].isdigit():
        for first in range(len(elements) - 1):
            yield "/".join(elements[first:-1])


@dataclass(frozen=True, slots=True)
class Lookup:
    """The entries that a text names, likeliest first."""

    entries: tuple[Symbol, ...] = ()
    exact: bool = True
    """False if nothing has that name and these have similar ones."""


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
    for package, name in _splits(asked):
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
