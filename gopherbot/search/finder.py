"""Finds what answers a text that is addressed to the bot, and says how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from gopherbot.model import HelpEntry
from gopherbot.rulebook.schema import Data
from gopherbot.search import slips
from gopherbot.search.catalogue import DEFINE, Catalogue, Suggestions
from gopherbot.slack.markup import without_links

_LONG_NAME = range(8, 2, -1)
"""Words of a name that nobody writes by chance, such as a piece of an error message."""
_MOST_CHARACTERS = 2000
"""Characters that are read of a text: a longer one is no question."""
_MOST_WORDS = 60
"""Words of a text in which such a name is looked for."""


class Finder:
    """Finds commands and terms by their names, mistyped or not, and by questions in free words."""

    def __init__(self, data: Data) -> None:
        self._terms = data.glossary
        self._slips = slips.Slips(data.glossary)
        self._catalogue = Catalogue(data)

    def find(self, text: str, entries: Sequence[HelpEntry]) -> Suggestions:
        """Return what a text asks for, or may have been meant to be; nothing for talk."""
        text = without_links(text[:_MOST_CHARACTERS])
        if slips.is_said(text):
            return Suggestions()
        defines = any(entry.trigger == DEFINE for entry in entries)
        if defines and (name := slips.term_named(text, self._terms)):
            return Suggestions([DEFINE + name], sure=True)
        if slips.could_be_one(text) and (meant := self._slips.suggestions(text, entries)):
            return Suggestions(meant)
        found = self._catalogue.suggestions(text, entries)
        if not found.keys and defines and (name := self._named_inside(text)):
            return Suggestions([DEFINE + name], sure=True)
        return found

    def _named_inside(self, text: str) -> str:
        """Return the term whose name of several words stands in a text, the longest; or ""."""
        # Without articles: "the go team" is no name of three words.
        words = [word for word in text.split() if word not in ("a", "an", "the")][:_MOST_WORDS]
        for size in _LONG_NAME:
            for start in range(len(words) - size + 1):
                if found := self._terms.find(" ".join(words[start : start + size])):
                    return found.term.name
        return ""
