"""Finds commands and terms by the words of a question.

Each is a document; an index ranks them by BM25 over names, help lines and texts.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from gopherbot.model import HelpEntry, Kind
from gopherbot.router import fold
from gopherbot.rulebook import edit_distance
from gopherbot.rulebook.schema import Data
from gopherbot.search.confidence import ABOUT_AS_GOOD, Hit, is_sure, least_score
from gopherbot.search.postings import Postings
from gopherbot.search.questions import Asks, asks
from gopherbot.search.words import COMMON, EVERYDAY, Words
from gopherbot.slack.markup import escape

# The weight of a word in each field of a document.
_NAME, _ASKED, _HELP, _TEXT = 6.0, 5.0, 3.0, 0.8
_WHOLE_NAME = 0.5
"""The share of its words' weight that a name adds if the question contains all of it."""
_WHOLE_PHRASE = 0.5
"""The same for a way of asking, in whatever order its words stand."""
_LONGEST_QUESTION = 1000
"""Characters of a question that are read: a member may write 40,000."""
_SHORTEST_SLIP = 5
"""Letters of a word that may be mistyped: shorter ones are too often another word."""
_OR = "or"
"""What joins the two things of a comparison's name."""
_JOINS = frozenset({_OR, "and", "vs", "versus", "difference"})
"""What joins them in a question."""
_MOST_SPELLED = 30
"""Words of a question whose slips are looked for: an article is written with more care."""
_LONGEST_NAME = 5
"""Most words of a name that is matched as a phrase."""

DEFINE = "define "
"""The prefix that explains a term. If no rule has it, no term is found."""
MOST_SUGGESTIONS = 3

_ANSWER = 1.15
"""The weight of an answer relative to a term: it was written for a question."""
_BESIDE_THE_FIRST = 0.6
"""The share of the first suggestion's score that the others need."""


@dataclass(frozen=True, slots=True)
class Document:
    """Something that can be found. `key` identifies it to the caller."""

    key: str
    names: tuple[str, ...]
    asked: tuple[str, ...] = ()
    """How people ask for it."""
    help: str = ""
    text: str = ""
    weight: float = 1.0
    """Its weight relative to others that match as well."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What may answer a text, likeliest first, each as a member would write it."""

    keys: Sequence[str] = ()
    sure: bool = False
    """Whether the first is surely what is asked for."""


class Index:
    """Documents, ready to be searched."""

    def __init__(self, documents: Iterable[Document], words: Words) -> None:
        self._words = words
        self._keys: list[str] = []
        self._weights = array("f")
        # Tuples are half as large as lists and sets.
        self._names: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._phrases: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {}
        self._spellings: defaultdict[str, list[str]] = defaultdict(list)
        self._postings = Postings(map(self._count, documents))
        for word in self._postings:
            rare = word not in self._postings.everywhere
            if rare and len(word) >= _SHORTEST_SLIP and word.isalpha():
                self._spellings[word[0]].append(word)
        words.forget()

    def _count(self, document: Document) -> dict[str, float]:
        """Return the weighted count of each word in a document, and index the document's names."""
        number = len(self._keys)
        self._keys.append(document.key)
        self._weights.append(document.weight)
        found: dict[str, float] = {}
        for name in document.names:
            words = tuple(self._words.of(name))
            significant = not COMMON.issuperset(words) or words == (name.casefold(),)
            if significant and len(words) <= _LONGEST_NAME:
                self._names[words] = (*self._names.get(words, ()), number)
            _raise(found, words, _NAME)
            if _OR in words:  # "make or new" is asked for as "new vs make", too
                self._add_phrase(number, frozenset(words) - {_OR})
        for phrase in document.asked:
            words = tuple(self._words.of(phrase))
            _raise(found, words, _ASKED)
            # What is left of "how many days between" says too little.
            if len(telling := frozenset(words) - COMMON) > 1 or len(words) == 1:
                self._add_phrase(number, telling)
        for text, weight in ((document.help, _HELP), (document.text, _TEXT)):
            for word, count in Counter(self._words.of(text)).items():
                found[word] = found.get(word, 0.0) + weight * count
        return found

    def _add_phrase(self, number: int, words: frozenset[str]) -> None:
        if words:
            last = max(words)
            self._phrases[last] = (*self._phrases.get(last, ()), (number, tuple(words)))

    def search(self, question: str, most: int) -> list[Hit]:
        """Return the `most` documents that answer most of the question, best first."""
        words = self._spelled(self._words.of(question[:_LONGEST_QUESTION]))
        asked = self._asked(words)
        if not asked:
            return []
        whole = sum(self._postings.rarity(word) for word in asked)
        scores: defaultdict[int, float] = defaultdict(float)
        found: Counter[int] = Counter()
        special: set[int] = set()
        for word in asked:
            rarity, significant = self._postings.rarity(word), word not in self._postings.everywhere
            is_special = significant and word not in EVERYDAY
            for number, weight in self._postings.of(word):
                scores[number] += rarity * weight
                found[number] += significant
                if is_special:
                    special.add(number)
        named = self._named(words)
        phrased = self._phrased(frozenset(asked))
        for number in named.keys() | phrased.keys():
            scores[number] += max(named.get(number, 0.0), phrased.get(number, 0.0))
        for number in scores:
            scores[number] *= self._weights[number]
        whole = max(whole, self._postings.unknown)
        subject = not self._postings.everywhere.isdisjoint(asked)
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:most]
        return [
            Hit(
                self._keys[number],
                score / whole,
                found[number],
                number in named or number in phrased,
                found[number] == len(asked),
                number in special,
                subject,
            )
            for number, score in ranked
        ]

    def _spelled(self, words: Sequence[str]) -> list[str]:
        """Return the words with the mistyped ones as our names and ways of asking spell them."""
        if len(words) > _MOST_SPELLED:
            return list(words)
        return [self._nearest(word) if self._is_misspelled(word) else word for word in words]

    def _is_misspelled(self, word: str) -> bool:
        return len(word) >= _SHORTEST_SLIP and word not in self._postings and word not in COMMON

    def _nearest(self, word: str) -> str:
        near = edit_distance.nearest(word, self._spellings.get(word[0], ()), 1)
        return near[0] if near else word

    def _asked(self, words: Sequence[str]) -> list[str]:
        """Return the words that carry the question.

        Common words don't, unless there are no others and several are names: "make or new?".
        """
        once = dict.fromkeys(words)
        if significant := [word for word in once if word not in COMMON]:
            return significant
        names = [word for word in once if (word,) in self._names]
        return names if len(names) > 1 and not _JOINS.isdisjoint(once) else []

    def _phrased(self, asked: frozenset[str]) -> dict[int, float]:
        """Return what ways of asking add whose words are all in the question."""
        found: dict[int, float] = {}
        for word in asked:
            for number, phrase in self._phrases.get(word, ()):
                if asked.issuperset(phrase):
                    share = _WHOLE_PHRASE * sum(self._postings.rarity(each) for each in phrase)
                    found[number] = max(found.get(number, 0.0), share)
        return found

    def _named(self, words: Sequence[str]) -> dict[int, float]:
        """Return what names that the question contains as a whole add to their documents."""
        found: dict[int, float] = {}
        only_common = all(word in COMMON for word in words)
        for start in range(len(words)):
            for end in range(start + 1, min(start + _LONGEST_NAME, len(words)) + 1):
                name = tuple(words[start:end])
                if not only_common and all(word in COMMON for word in name):
                    continue
                for number in self._names.get(name, ()):
                    rarity = sum(self._postings.rarity(word) for word in name)
                    found[number] = max(found.get(number, 0.0), _WHOLE_NAME * rarity)
        return found


def _raise(found: dict[str, float], words: Sequence[str], weight: float) -> None:
    """Raise each word of a name to its share: one word of two counts more than one of five."""
    common = sum(map(COMMON.__contains__, words))
    share = weight / sqrt(len(words) - common or 1)
    for word in words:
        found[word] = max(found.get(word, 0.0), share)


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

    def suggestions(self, text: str, entries: Sequence[HelpEntry]) -> Suggestions:
        """Return what may answer a question to the bot; nothing for talk or weak hits."""
        hits = self._likely(text, entries)
        best = hits[0].score if hits else 0.0
        shown = [
            hit
            for hit in hits
            if hit.score >= max(best * _BESIDE_THE_FIRST, least_score(hit, text))
        ]
        if not shown or shown[0].score < best * ABOUT_AS_GOOD:
            return Suggestions()
        return Suggestions([hit.key for hit in shown], sure=is_sure(shown))

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
