"""Reports of Go's vulnerability database: which versions they affect, and which fix them. Pure.

https://go.dev/doc/security/vuln/database
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from gopherbot.golang.panics import STANDARD

INDEX = "/index/modules.json"
NEWEST = "/index/vulns.json"

STANDARD_LIBRARY, TOOLCHAIN = "stdlib", "toolchain"

_VERSION = re.compile(
    r"(?:v|go)?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-?((?:rc|beta)\d+)|-([\w.-]+))?(?:\+.*)?"
)
_ID = re.compile(r"GO-(\d{4})-(\d{4,9})")

VersionKey = tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]


class RangeEvent(msgspec.Struct):
    """Where a range of affected versions begins or ends. One of the two is set."""

    introduced: str = ""
    fixed: str = ""


class Range(msgspec.Struct):
    """A range of versions; `SEMVER` is the only type in use."""

    events: tuple[RangeEvent, ...] = ()


class Package(msgspec.Struct):
    """A module; the standard library is `stdlib`, the go command `toolchain`."""

    name: str = ""


class Affected(msgspec.Struct):
    """The affected versions of a module."""

    package: Package
    ranges: tuple[Range, ...] = ()


class VulnerabilityReport(msgspec.Struct):
    """A vulnerability, in the OSV format: https://ossf.github.io/osv-schema/."""

    id: str
    summary: str = ""
    details: str = ""
    aliases: tuple[str, ...] = ()
    published: datetime | None = None
    withdrawn: datetime | None = None
    affected: tuple[Affected, ...] = ()

    @property
    def modules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.package.name for each in self.affected))

    def affects(self, module: str, version: str) -> bool:
        """Return whether a version of a module is affected; of an unreadable version, say yes."""
        key = version_key(version)
        return any(key is None or _is_in(key, each) for each in self._ranges(module))

    def fixes(self, module: str, version: str = "") -> list[str]:
        """Return the versions that fix it, lowest first; after `version`, if one is given."""
        fixed = {e.fixed for each in self._ranges(module) for e in each.events if e.fixed}
        after = version_key(version)
        keys = {each: key for each in fixed if (key := version_key(each))}
        return sorted((v for v in keys if after is None or keys[v] > after), key=keys.__getitem__)

    def _ranges(self, module: str) -> Iterator[Range]:
        for each in self.affected:
            if each.package.name == module:
                yield from each.ranges


class Entry(msgspec.Struct):
    """A vulnerability in the index of a module or of all vulnerabilities."""

    id: str
    fixed: str = ""
    """The version with the latest fix."""

    def may_affect(self, version: str) -> bool:
        """Return whether a version may be affected: it isn't after the latest fix."""
        last, key = version_key(self.fixed), version_key(version)
        return last is None or key is None or key < last


class Module(msgspec.Struct):
    """A module in the index."""

    path: str
    vulns: tuple[Entry, ...] = ()


def report_path(id: str) -> str:
    return f"/ID/{id}.json"


def newest_first(ids: Iterable[str]) -> list[str]:
    """Return ids by year and number, the newest first. Leave out what is none."""
    found = {id: (int(match[1]), int(match[2])) for id in ids if (match := _ID.fullmatch(id))}
    return sorted(found, key=found.__getitem__, reverse=True)


def is_path(path: str) -> bool:
    """Return whether a path can be a module's, or is Go's own."""
    first = path.partition("/")[0]
    return "." in first or first in STANDARD or first in ("std", STANDARD_LIBRARY, TOOLCHAIN)


def module_of(path: str, modules: Sequence[Module]) -> Module | None:
    """Return the module that a path is in, or None. Paths without a dot are Go's own."""
    known = {module.path: module for module in modules}
    first = path.partition("/")[0]
    if "." not in first:
        return known.get(TOOLCHAIN if first in (TOOLCHAIN, "cmd") else STANDARD_LIBRARY)
    while path:
        if path in known:
            return known[path]
        path = path.rpartition("/")[0]
    return None


def shown_version(module: str, version: str) -> str:
    """Return a version as members write it: `Go 1.22.1`, `v0.30.0`."""
    bare = version.removeprefix("go").removeprefix("v")
    return f"Go {bare}" if module in (STANDARD_LIBRARY, TOOLCHAIN) else f"v{bare}"


def version_key(version: str) -> VersionKey | None:
    """Return a key that orders versions as SemVer does; None for no version.

    Releases of Go (`go1.22rc1`, `1.22.0-rc.1`) are versions, too.
    """
    match = _VERSION.fullmatch(version.strip())
    if not match:
        return None
    numbers = tuple(int(match[n] or 0) for n in (1, 2, 3))
    before = re.sub(r"^(rc|beta)(\d)", r"\1.\2", match[4]) if match[4] else match[5] or ""
    pieces = (piece for piece in before.split(".") if piece)
    pre = tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in pieces)
    return numbers, not pre, pre


def _is_in(key: VersionKey, found: Range) -> bool:
    """Return whether a version is in a range, whose events are in ascending order."""
    inside = False
    for event in found.events:
        at = version_key(event.introduced or event.fixed)
        if at is not None and key >= at:
            inside = bool(event.introduced)
    return inside
