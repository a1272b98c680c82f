"""Finds what answers a text that is addressed to the bot, and says how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

from gopherbot.model import HelpEntry
from gopherbot.rulebook.schema import Data
from gopherbot.search import slips
from gopherbot.search.catalogue import DEFINE, Catalogue, Suggestions
from gopherbot.slack.markup import without_links


class Finder:
    """Finds commands and terms by their names, mistyped or not, and by questions in free words."""

    def __init__(self, data: Data) -> None:
        self._terms = data.glossary
        self._slips = slips.Slips(data.glossary)
        self._catalogue = Catalogue(data)

    def find(self, text: str, entries: Sequence[HelpEntry]) -> Suggestions:
        """Return what a text asks for, or may have been meant to be; nothing for talk."""
        text = without_links(text)
        if slips.is_said(text):
            return Suggestions()
        defines = any(entry.trigger == DEFINE for entry in entries)
        if defines and (name := slips.term_named(text, self._terms)):
            return Suggestions([DEFINE + name], sure=True)
        if slips.could_be_one(text) and (meant := self._slips.suggestions(text, entries)):
            return Suggestions(meant)
        return self._catalogue.suggestions(text, entries)
