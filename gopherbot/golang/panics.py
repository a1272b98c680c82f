"""Reads the traces of panics and data races: what it was, and where in the member's own code.

The format is that of runtime/traceback.go: a line per function and, below it, its file and line.
Frames of the standard library and of dependencies are known by their files. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_PANIC = re.compile(
    r"^(?:panic|fatal error|.{0,40}http: panic serving \S{1,60}): (.{1,300})", re.MULTILINE
)
_GOROUTINE = re.compile(r"^goroutine ([0-9]{1,9}) [^\[\n]{0,80}\[([^\]\n]{1,120})\]", re.MULTILINE)
_ACCESS = re.compile(r"^\s*(?:Previous )?(?:[Rr]ead|[Ww]rite) at 0x\S{1,20} by .*$", re.MULTILINE)
_PLACE = re.compile(r"^\s*(\S.{0,400}\.(?:go|s)):([0-9]{1,7})(?: \+0x[0-9a-f]+)?\s*$")
_CREATED = re.compile(r"^created by (\S{1,300})")
_RECOVERED = re.compile(r"\s*\[recovered[\],].*$")
_LOG_PREFIX = re.compile(r"^(\S.{0,120}?)goroutine [0-9]{1,9} .{0,80}\[", re.MULTILINE)
_DIGITS = re.compile(r"[0-9]+")
_DEPENDENCY = re.compile(r"/pkg/mod/|/vendor/|@v[0-9]")
_PACKAGES = """
archive arena bufio builtin bytes cmd cmp compress container context crypto database debug embed
encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime net os
path plugin reflect regexp runtime simd slices sort strconv strings structs sync syscall testing
text time unicode unique unsafe uuid vendor weak
"""
STANDARD = frozenset(_PACKAGES.split())


@dataclass(frozen=True, slots=True)
class Frame:
    """A function in a trace, and where it is."""

    function: str
    path: str
    line: int
    created: bool = False
    """Whether it only started the goroutine."""

    @property
    def file(self) -> str:
        return re.split(r"[/\\]", self.path)[-1]

    @property
    def package(self) -> str:
        folder, slash, last = self.function.rpartition("/")
        return folder + slash + last.partition(".")[0]

    @property
    def is_own(self) -> bool:
        """Whether it's neither the standard library's nor a dependency's."""
        path, package = self.path.replace("\\", "/"), self.package
        if _DEPENDENCY.search(path):
            return False
        if package.partition("/")[0] not in STANDARD:
            return "." in self.function
        inside = path.rpartition("/src/")[2]
        return inside == path and inside.rpartition("/")[0] != package


@dataclass(frozen=True, slots=True)
class Panic:
    """A panic or a fatal error."""

    message: str
    goroutine: int
    state: str
    """What the goroutine was doing, such as "running" or "chan receive"."""
    own: Frame | None
    """The first function of the member's own code, from where it happened."""
    is_innermost: bool
    """Whether that is where it happened, and not only where it was called from."""


def without_log_prefix(text: str) -> str:
    """Return a text without what a log puts in front of each line of a trace: a time, a name."""
    if "goroutine " not in text or not (found := _LOG_PREFIX.search(text)):
        return text
    pieces = map(re.escape, _DIGITS.split(found[1].rstrip()))
    return re.sub(rf"^{'[0-9]+'.join(pieces)}[ ]?", "", text, flags=re.MULTILINE)


def read_race(text: str) -> list[Frame]:
    """Return where the member's own code is in each of the accesses of a report on a data race."""
    if "WARNING: DATA RACE" not in text:
        return []
    traces = (_frames(text[access.end() :].splitlines()[1:]) for access in _ACCESS.finditer(text))
    own = (next((frame for frame in trace if frame.is_own), None) for trace in traces)
    return [frame for frame in own if frame][:2]


def read_panic(text: str) -> Panic | None:
    """Return the panic whose trace a text holds; None if it holds none."""
    if "goroutine " not in text:
        return None
    begins = _PANIC.search(text)
    goroutine = _GOROUTINE.search(text, begins.end() if begins else 0)
    if not begins or not goroutine:
        return None
    frames = list(_frames(text[goroutine.end() :].splitlines()[1:]))
    # Deferred functions run between the panic and its trace: what's below `panic` caused it.
    begin = max((n + 1 for n, frame in enumerate(frames) if frame.function == "panic"), default=0)
    own = next((frame for frame in frames[begin:] if frame.is_own), None)
    return Panic(
        _RECOVERED.sub("", begins[1]),
        int(goroutine[1]),
        goroutine[2],
        own,
        own is not None and not own.created and frames[begin] is own,
    )


def _frames(lines: Sequence[str]) -> Iterator[Frame]:
    """Yield the frames of a goroutine, up to the blank line after it."""
    for function, below in pairwise(lines):
        if not function.strip() or function.startswith("goroutine "):
            return
        if not (place := _PLACE.match(below)):
            continue
        created = _CREATED.match(function)
        name = created[1] if created else function.strip().rpartition("(")[0]
        yield Frame(name, place[1], int(place[2]), bool(created))
