"""Finds which of many texts a message contains, in one pass over the message.

pyahocorasick's automaton (Aho and Corasick, 1975): the cost depends on the message, not on the
number of texts.
"""

from __future__ import annotations

from collections.abc import Iterable

import ahocorasick


class SubstringIndex:
    """The texts to look for. Matching is case-sensitive: fold both sides first."""

    def __init__(self, needles: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for needle in needles:
            if not needle:
                raise ValueError("an empty text matches every message")
            self._automaton.add_word(needle, needle)
        # An automaton without words cannot be searched.
        self._is_empty = not len(self._automaton)
        self._automaton.make_automaton()

    def find(self, text: str) -> set[str]:
        """Return the indexed texts that `text` contains."""
        if self._is_empty:
            return set()
        return {needle for _, needle in self._automaton.iter(text)}
