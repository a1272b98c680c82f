"""Finds which of many texts stand anywhere in a message, in one pass over the message.

An Aho-Corasick automaton (Aho and Corasick, 1975) whose transitions are worked out when a text
first needs them. The cost is one dictionary lookup a character, whatever the number of needles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

# Transitions kept at most; past it they are worked out each time, still in amortised linear time.
_MEMORY = 200_000


class _Node(dict[str, "_Node"]):
    """A prefix of some needle, and where each next character leads.

    The longer prefixes stand in it from the start, all else is worked out when it is missing. It is
    a dictionary and does not hold one: with many needles it is their memory that a search feels.
    """

    __slots__ = ("fallback", "found", "index")

    def __init__(self, index: SubstringIndex) -> None:
        self.index = index
        self.fallback: _Node = self
        self.found: tuple[str, ...] = ()

    def __missing__(self, character: str) -> _Node:
        index = self.index
        if character not in index.alphabet:
            return index.root
        following = index.walk(self, character)
        if index.remembered < _MEMORY:
            self[character] = following
            index.remembered += 1
        return following


class SubstringIndex:
    """The needles, ready to be looked for. Case matters; fold both sides before."""

    def __init__(self, needles: Iterable[str]) -> None:
        self.root = _Node(self)
        self.alphabet: set[str] = set()
        self.remembered = 0
        for needle in needles:
            self._add(needle)
        self._link()

    def find(self, text: str) -> set[str]:
        """Give the needles that `text` contains."""
        found: set[str] = set()
        node = self.root
        for character in text:
            node = node[character]
            if node.found:
                found.update(node.found)
        return found

    def walk(self, node: _Node, character: str) -> _Node:
        """Give the longest suffix of a prefix and one more character that is a prefix itself."""
        while character not in node and node is not self.root:
            node = node.fallback
        return node.get(character, self.root)

    def _add(self, needle: str) -> None:
        if not needle:
            raise ValueError("an empty text is in every message")
        node = self.root
        for character in needle:
            if character not in node:
                node[character] = _Node(self)
            node = node[character]
        node.found = (needle,)
        self.alphabet.update(needle)

    def _link(self) -> None:
        """Give each node its fallback, the longest proper suffix that is a prefix of a needle."""
        waiting: deque[_Node] = deque()
        for child in self.root.values():
            child.fallback = self.root
            waiting.append(child)
        while waiting:
            node = waiting.popleft()
            for character, child in node.items():
                child.fallback = self.walk(node.fallback, character)
                child.found += child.fallback.found
                waiting.append(child)
