"""Finds the error messages in what a member pastes, each once, with the lines that it names.

A message is known by its own text: what differs from one to the next, written `{…}`, may be
anything. One pass of an automaton skips text that contains none of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gopherbot.router import fold
from gopherbot.rulebook.matching import SubstringIndex

MOST_LINES = 400
LONGEST_LINE = 400
_LONGEST_SHOWN = 120
_SHORTEST = 22
"""Characters of a message that begins with anything, such as "x is not used". A shorter one is also
what people say, so it counts only behind a place in a file."""

WILDCARD = re.compile(r"\{[^{}]*\}")
_PLACE = re.compile(r"([\w.-]{1,80}\.go):([0-9]{1,6})")
_IN_FRONT = re.compile(r"^\s*(?:vet: )?\S{1,200}\.go:[0-9]{1,6}(?::[0-9]{1,6})?: ")
_TOOL_OUTPUT = re.compile(r"^\s*(?:vet: )?\S{1,200}\.go:[0-9]{1,6}:[0-9]{1,6}: \S")
_TRACE = re.compile(r"^goroutine [0-9]{1,9} .{0,80}\[|^WARNING: DATA RACE", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_PLAIN_QUOTES = str.maketrans("\u201c\u201d", '""')


@dataclass(slots=True)
class FoundError:
    """A known message in a text."""

    name: str
    form: str
    """The form in which it occurs first."""
    texts: dict[str, None] = field(default_factory=dict)
    """The lines that hold it, or the code in them, without the place in front."""
    places: dict[str, list[int]] = field(default_factory=dict)
    """The lines of code that it names, by file."""
    from_tool: bool = False
    """Whether a line is a place in a file and then the message, as the compiler prints it."""

    @property
    def shown(self) -> str:
        """The message as it was pasted if it occurs once, or else with … for what differs."""
        [text, *others] = self.texts
        return WILDCARD.sub("…", self.form) if others or len(text) > _LONGEST_SHOWN else text


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: str
    form: str
    pieces: tuple[str, ...]
    """The message's own text, in order."""
    begins_with_any: bool

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    @property
    def needs_place(self) -> bool:
        return self.begins_with_any and self.size < _SHORTEST

    def begins(self, line: str) -> bool:
        return self.begins_with_any or line.startswith(self.pieces[0])

    def is_in(self, line: str) -> bool:
        end = 0
        for piece in self.pieces:
            start = line.find(piece, end)
            if start < 0:
                return False
            end = start + len(piece)
        return True


class ErrorMessages:
    """Known messages by name, each with the forms in which it's printed."""

    def __init__(self, messages: Mapping[str, Sequence[str]]) -> None:
        self._patterns: defaultdict[str, list[_Pattern]] = defaultdict(list)
        for name, forms in messages.items():
            for form in forms:
                pieces = tuple(filter(None, (_folded(p) for p in WILDCARD.split(form))))
                if pieces:
                    pattern = _Pattern(name, form, pieces, form.startswith("{"))
                    self._patterns[max(pieces, key=len)].append(pattern)
        self._anchors = SubstringIndex(self._patterns)

    def find(self, text: str) -> list[FoundError]:
        """Return the messages in a text, in order, each once."""
        lines = [line[:LONGEST_LINE] for line in text.splitlines()[:MOST_LINES]]
        anchors = self._anchors.find(_folded("\n".join(lines)))
        found: dict[str, FoundError] = {}
        for line in lines if anchors else ():
            folded, place = _folded(line), _PLACE.search(line)
            best = max(
                (
                    pattern
                    for anchor in anchors
                    if anchor in folded
                    for pattern in self._patterns[anchor]
                    if (place or not pattern.needs_place) and pattern.is_in(folded)
                ),
                key=lambda pattern: pattern.size,
                default=None,
            )
            if best:
                error = found.setdefault(best.name, FoundError(best.name, best.form))
                message = _IN_FRONT.sub("", line).strip()
                code = (code for code in _CODE.findall(line) if best.is_in(_folded(code)))
                error.texts[_IN_FRONT.sub("", next(code, message)).strip()] = None
                if _TOOL_OUTPUT.match(line) and best.begins(_folded(message)):
                    error.from_tool = True
                if place and int(place[2]) not in error.places.setdefault(place[1], []):
                    error.places[place[1]].append(int(place[2]))
        return list(found.values())


def holds_trace(text: str) -> bool:
    """Return whether a text holds what a dying program or the race detector prints."""
    return ".go:" in text and _TRACE.search(text) is not None


def _folded(text: str) -> str:
    return fold(text.translate(_PLAIN_QUOTES))
