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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

_DEPRECATED = "deprecated"
_MOST_NEAR = 300
"""The most names per index to compare letter by letter."""


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
        self._by_version: defaultdict[bytes, array[int]] = defaultdict(lambda: array("I"))
        symbols, names, start = array("I"), [], 0
        for number, line in enumerate(text.split(b"\n"), 1):
            if line and not line.startswith(b"#"):
                fields = line.split(b"\t")
                if len(fields) == 6 and not fields[0] and self._packages:
                    symbols.append(start)
                    names.append(fields[1].decode().casefold())
                    version = fields[2]
                elif len(fields) == 3 and fields[0]:
                    self._packages.append(start)
                    for name in _names(fields[0].decode()):
                        self._by_path[name].append(start)
                    version = fields[1]
                else:
                    raise ValueError(f"line {number} is neither a package nor a symbol of one")
                self._by_version[version].append(start)
            start += len(line) + 1
        self._by_name = _ordered(symbols, names)

    @classmethod
    def read(cls, file: Path) -> Table:
        """Return the table of a file. Raise `ValueError` naming it if it cannot be used."""
        try:
            return _read(file, file.stat().st_mtime_ns)
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

    def named(self, package: str, name: str) -> list[Symbol]:
        """Return the symbols with this very name, of packages by a path or the end of one."""
        packages = {entry.package for entry in self.packages(package)}
        return [e for e in self.symbols(name) if e.name == name and e.package in packages]

    def versions(self) -> list[str]:
        """Return the versions that introduced something, the oldest first."""
        return sorted((version.decode() for version in self._by_version if version), key=release)

    def added(self, version: str) -> Iterator[Symbol]:
        """Yield the packages and symbols that a version introduced, in the order of the file."""
        return map(self._entry, self._by_version.get(version.encode(), ()))

    def constants(self, type: Symbol) -> list[str]:
        """Return the names of a type's constants, in the order of their values."""
        at = self._by_path[type.package.casefold()][0]
        after = bisect_right(self._packages, at)
        end = self._packages[after] if after < len(self._packages) else len(self._text)
        line = rb"^\t(\w+)(?:\t[^\t\n]*){3}\tconst \1 %s = (-?\d*)" % type.name.encode()
        found = re.findall(line, self._text[at:end], re.MULTILINE)
        return [name.decode() for name, value in sorted(found, key=lambda pair: int(pair[1] or 0))]

    def package_names(self) -> Iterator[str]:
        """Yield the names by which packages are found, in lower case."""
        return iter(self._by_path)

    def alike(self, name: str) -> Iterator[str]:
        """Yield the names, in lower case, that share their first or second half with this one.

        A slip leaves one half of a name intact, so these are the names to compare with it.
        """
        folded = name.casefold()
        half = len(folded) // 2
        for order, key, start, shown in (
            (self._by_name, self._folded, folded[:half], self._folded),
            (self._by_member, self._member, folded[:half], self._member),
            (self._by_end, self._backwards, folded[:half:-1], self._folded),
        ):
            first = bisect_left(order, start, key=key)
            last = bisect_right(order, start + "\U0010ffff", key=key)
            yield from map(shown, order[first : min(last, first + _MOST_NEAR)])

    # Few questions need these orders, so they are made for the first.
    @cached_property
    def _by_member(self) -> array[int]:
        members = [start for start in sorted(self._by_name) if "." in self._field(start + 1)]
        return _ordered(members, list(map(self._member, members)))

    @cached_property
    def _by_end(self) -> array[int]:
        symbols = sorted(self._by_name)
        return _ordered(symbols, list(map(self._backwards, symbols)))

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


@lru_cache(maxsize=1)
def _read(file: Path, changed: int) -> Table:
    """Return the table of a file as it was changed last: several commands share it."""
    return Table(file.read_bytes())


def release(version: str) -> tuple[int, ...]:
    """Return a version's numbers, by which versions are ordered; () if it isn't made of numbers."""
    numbers = version.split(".")
    return tuple(map(int, numbers)) if all(map(str.isdecimal, numbers)) else ()


def _ordered(starts: Sequence[int], names: Sequence[str]) -> array[int]:
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
