"""Finds which of many texts stand anywhere in a message, in one pass over the message.

An Aho-Corasick automaton (Aho and Corasick, 1975) whose transitions are worked out when a text
first needs them. The cost is one dictionary lookup a character, whatever the number of needles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

# Transitions kept at most; past it they are worked out each time, still in amortised linear time.
_MEMORY = 200_000


class _Node:
    """A prefix of some needle.

    `step` holds where the next character leads: the longer prefixes from the start, and what was
    worked out since. One dictionary for both, as it is their size that a search feels.
    """

    __slots__ = ("fallback", "found", "step")

    def __init__(self) -> None:
        self.step: dict[str, _Node] = {}
        self.fallback: _Node = self
        self.found: tuple[str, ...] = ()


class SubstringIndex:
    """The needles, ready to be looked for. Case matters; fold both sides before."""

    def __init__(self, needles: Iterable[str]) -> None:
        self._root = _Node()
        self._alphabet: set[str] = set()
        self._remembered = 0
        for needle in needles:
            self._add(needle)
        self._link()

    def find(self, text: str) -> set[str]:
        """Give the needles that `text` contains."""
        found: set[str] = set()
        node = self._root
        for character in text:
            node = node.step.get(character) or self._advance(node, character)
            if node.found:
                found.update(node.found)
        return found

    def _add(self, needle: str) -> None:
        if not needle:
            raise ValueError("an empty text is in every message")
        node = self._root
        for character in needle:
            node = node.step.setdefault(character, _Node())
        node.found = (needle,)
        self._alphabet.update(needle)

    def _link(self) -> None:
        """Give each node its fallback, the longest proper suffix that is a prefix of a needle."""
        waiting: deque[_Node] = deque()
        for child in self._root.step.values():
            child.fallback = self._root
            waiting.append(child)
        while waiting:
            node = waiting.popleft()
            for character, child in node.step.items():
                child.fallback = self._walk(node.fallback, character)
                child.found += child.fallback.found
                waiting.append(child)

    def _walk(self, node: _Node, character: str) -> _Node:
        while character not in node.step and node is not self._root:
            node = node.fallback
        return node.step.get(character, self._root)

    def _advance(self, node: _Node, character: str) -> _Node:
        """Work a transition out and remember it."""
        if character not in self._alphabet:
            return self._root
        following = self._walk(node, character)
        if self._remembered < _MEMORY:
            node.step[character] = following
            self._remembered += 1
        return following
