"""Which documents hold a word, how much of it, and how rare it is, by BM25.

All of it is in a few arrays: an object for each word and document would take megabytes.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, count, pairwise
from math import log

# BM25's two constants (https://en.wikipedia.org/wiki/Okapi_BM25).
_SATURATION, _LENGTH = 1.2, 0.5
_UNKNOWN = 0.6
"""The weight of a word found in no document, relative to one found in a single document."""
_EVERYWHERE = 1 / 3
"""The share of documents above which a word is nearly everywhere."""


class Postings:
    """The words of documents, each of which is given as the weighted counts of its words."""

    def __init__(self, documents: Iterable[Mapping[str, float]]) -> None:
        numbered: defaultdict[str, int] = defaultdict(count().__next__)
        ids, amounts, ends = array("I"), array("f"), array("I", [0])
        for counts in documents:
            ids.extend(map(numbered.__getitem__, counts))
            amounts.extend(counts.values())
            ends.append(len(ids))
        self._ids = dict(numbered)
        total, spread = len(ends) - 1, array("I", bytes(4 * len(self._ids)))
        for id in ids:
            spread[id] += 1
        self._rarities = array("d", (log(1 + (total - n + 0.5) / (n + 0.5)) for n in spread))
        self.unknown = _UNKNOWN * log(1 + total)
        """The rarity of a word that no document has."""
        self.everywhere = frozenset(
            word for word, id in self._ids.items() if spread[id] > total * _EVERYWHERE
        )
        self._starts = array("I", accumulate(spread, initial=0))
        self._numbers, self._shares = (
            array("H", bytes(2 * len(ids))),
            array("f", bytes(4 * len(ids))),
        )
        self._sort(ids, amounts, ends)

    def _sort(self, ids: array[int], amounts: array[float], ends: array[int]) -> None:
        """Sort by word what is sorted by document. Document N's entries are up to `ends[N + 1]`."""
        average = sum(amounts) / (len(ends) - 1) if amounts else 1.0
        places = self._starts[:]
        for number, (start, end) in enumerate(pairwise(ends)):
            length = sum(amounts[start:end])
            damp = _SATURATION * (1 - _LENGTH + _LENGTH * length / average)
            for id, much in zip(ids[start:end], amounts[start:end], strict=True):
                self._numbers[places[id]] = number
                self._shares[places[id]] = much / (much + damp)
                places[id] += 1

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def rarity(self, word: str) -> float:
        """Return how much a word says: the more, the fewer documents have it."""
        id = self._ids.get(word)
        return self.unknown if id is None else self._rarities[id]

    def of(self, word: str) -> zip[tuple[int, float]]:
        """Return the number of each document that has a word, with the word's share in it."""
        id = self._ids.get(word)
        span = slice(0) if id is None else slice(self._starts[id], self._starts[id + 1])
        return zip(self._numbers[span], self._shares[span], strict=True)
