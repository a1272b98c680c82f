"""Indexes what can be found: every command and every term, each as a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import inf

from gopherbot.model import HelpEntry, Kind
from gopherbot.router import fold
from gopherbot.rulebook.schema import Data
from gopherbot.search.index import Document, Hit, Index
from gopherbot.search.questions import Asks, asks
from gopherbot.search.words import Words
from gopherbot.slack.markup import escape

DEFINE = "define "
"""The prefix that explains a term. If no rule has it, no term is found."""
MOST_SUGGESTIONS = 3

# The least share of a question that a suggestion has to answer, tuned with tests/search: for a sure
# question, for a possible one, and if only a single word of it was found.
_SURELY, _MAYBE, _ONE_WORD = 0.38, 0.6, 0.45
_HERE = re.compile(r"\b(?:this|my|our|we|us)\b")
_ANSWER = 1.15
"""The weight of an answer relative to a term: it was written for a question."""
_BESIDE_THE_FIRST = 0.6
"""The share of the first suggestion's score that the others need."""


class Catalogue:
    """The commands and terms of a content folder, searchable by what members write.

    The index is built on the first search: the rules that Python files declare aren't known before.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._index: Index | None = None
        self._of: Sequence[HelpEntry] = ()

    def search(self, text: str, entries: Sequence[HelpEntry], most: int) -> list[Hit]:
        """Return the hits for this text, best first. A hit's key is what a member would write."""
        if self._index is None or self._of is not entries:
            words = Words(self._data.search.same)
            self._index, self._of = Index(self._documents(entries), words), entries
        return self._index.search(text, most)

    def suggestions(self, text: str, entries: Sequence[HelpEntry]) -> list[str]:
        """Return the keys that may answer a question to the bot; empty for talk or weak hits."""
        hits = self._likely(text, entries)
        least = hits[0].score * _BESIDE_THE_FIRST if hits else 0.0
        return [hit.key for hit in hits if hit.score >= max(least, _least(hit, text))]

    def confidence(self, text: str, entries: Sequence[HelpEntry]) -> float:
        """Return how far the best suggestion's score is above the one it needs; at least -1."""
        above = (hit.score - _least(hit, text) for hit in self._likely(text, entries))
        return max(-1.0, max(above, default=-1.0))

    def _likely(self, text: str, entries: Sequence[HelpEntry]) -> list[Hit]:
        if asks(text) is Asks.NOT:
            return []
        return self.search(text, entries, MOST_SUGGESTIONS)

    def _documents(self, entries: Sequence[HelpEntry]) -> Iterator[Document]:
        asked = {fold(name): phrases for name, phrases in self._data.search.asked.items()}
        texts = self._texts()
        for entry in entries:
            if entry.kind is not Kind.COMMAND:
                continue
            names = (entry.trigger, *entry.aliases, *entry.hidden_aliases)
            phrases = [phrase for name in names for phrase in asked.pop(fold(name), ())]
            text = texts.get(entry.trigger, "")
            key = escape(entry.trigger)
            yield Document(key, names, tuple(phrases), entry.help, text, _ANSWER)
        if any(entry.trigger == DEFINE for entry in entries):
            for term in self._data.glossary:
                phrases = [phrase for name in term.names for phrase in asked.get(fold(name), ())]
                key = DEFINE + term.name
                yield Document(key, term.names, tuple(phrases), "", term.definition)

    def _texts(self) -> dict[str, str]:
        """Return what commands say beyond their help line, by trigger."""
        data = self._data
        texts = {name: f"{answer.lead} {answer.text}" for name, answer in data.answers.items()}
        lines = [link.line for section in data.resources.sections for link in section.links]
        texts[data.resources.command] = " ".join([data.resources.lead, *lines])
        channels = (f"{name} {channel.line}" for name, channel in data.channels.items())
        texts["recommended channels"] = " ".join(channels)
        return texts


def _least(hit: Hit, text: str) -> float:
    """Return the score that a hit needs to be suggested.

    One word in common says little, unless it names the thing and the question is a general one:
    "what is a channel", but not "who is in this channel".
    """
    surely = asks(text) is Asks.SURELY
    if hit.words > 1:
        return _SURELY if surely else _MAYBE
    general = (hit.named or hit.subject) and not _HERE.search(text.casefold())
    return _ONE_WORD if surely and general else inf
