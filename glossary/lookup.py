"""Finds a term by what a member typed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from heapq import nlargest
from itertools import pairwise

from glossary.term import Term

QUOTES = "`'\"\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"  # plain and typographic
AROUND = QUOTES + " *_()"  # Slack's bold and italics too, and the () of a function's name
AFTER = AROUND + ".,;:?!"
ARTICLES = ("a ", "an ", "the ")
LONGEST_QUESTION = 80  # characters; a text longer than any term is near none
SHORTLIST = 30  # names to compare letter by letter
NEAR = 0.7  # difflib's ratio: one slip in a short word still passes, another word does not


def fold(text: str) -> str:
    """Return the form in which two spellings of one name are equal.

    Case, surrounding quotes, trailing punctuation and the amount of white space are ignored, and
    Slack's escapes are undone. A text of only such characters (``_``, ``...``) is kept.
    """
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    collapsed = " ".join(text.casefold().split())
    return collapsed.lstrip(AROUND).rstrip(AFTER) or collapsed


@dataclass(frozen=True, slots=True)
class Found:
    """A term, and the alias (as the glossary spells it) that found it.

    ``alias`` is None if the term's own name or a silent spelling found it.
    """

    term: Term
    alias: str | None


class Glossary:
    """All terms, in the order of their names. If two claim a name, the first gets it."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms = sorted(terms, key=lambda term: term.name.casefold())
        self._by_name: dict[str, Found] = {}
        for term in self._terms:
            self._by_name.setdefault(fold(term.name), Found(term, None))
        for term in self._terms:
            for alias in term.aliases:
                self._by_name.setdefault(fold(alias), Found(term, alias))
        for term in self._terms:
            for spelling in term.also:
                self._by_name.setdefault(fold(spelling), Found(term, None))

    @property
    def names(self) -> Collection[str]:
        """Return every name that finds a term, folded and once each."""
        return self._by_name.keys()

    @cached_property
    def _by_pair(self) -> dict[str, list[str]]:
        """Names by each pair of letters in them; few questions need it."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self._by_name:
            for pair in _pairs(name):
                found[pair].append(name)
        return found

    def __iter__(self) -> Iterator[Term]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def find(self, text: str) -> Found | None:
        """Return the term that this text names, ignoring case, quotes and question marks."""
        asked = fold(text)
        if found := self._by_name.get(asked):
            return found
        for article in ARTICLES:
            if asked.startswith(article):
                return self._by_name.get(asked.removeprefix(article))
        return None

    def nearest(self, text: str, most: int = 3) -> list[str]:
        """Return the names of up to ``most`` terms with a name, alias or spelling like this text.

        The nearest comes first. The list is empty for a text that is longer than any term.
        """
        asked = fold(text)
        if len(asked) > LONGEST_QUESTION:
            return []
        # Comparing every name letter by letter would take too long for a chat, so only the names
        # that share the most letter pairs with the question are compared.
        pairs = _pairs(asked)
        shared = Counter(name for pair in pairs for name in self._by_pair.get(pair, ()))
        likely = nlargest(
            SHORTLIST, shared, key=lambda name: shared[name] / (len(pairs) + len(name) + 1)
        )
        close = get_close_matches(asked, likely, n=SHORTLIST, cutoff=NEAR)
        names = dict.fromkeys(self._by_name[name].term.name for name in close)
        return list(names)[: max(most, 0)]


def _pairs(name: str) -> list[str]:
    """Return pairs of letters with the word's ends: ``go`` gives ``" g"``, ``"go"``, ``"o "``.

    Each occurs once. This isn't a set, because the order of a set differs between processes, and
    with it which of several equally likely names are compared with a question.
    """
    return list(dict.fromkeys(map("".join, pairwise(f" {name} "))))
