"""Turns a text into comparable words: folded, stemmed, and with synonyms merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|:=|\.\.\.|<-|[!=]=|\{\}|[_~*&]")
_LINK = re.compile(r"https?://[^\s>|]*")
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("\u2019", "'"))

# Words that say how something is asked, rather than what.
_COMMON = """
a about actually all also always am an and another any anybody anyone anything are as at basically
be because been before being best better between both but by can can't cannot completely correctly
could currently d did didn't difference differences different do does doesn't doing don't done each
easily either else etc even ever every everybody everyone example examples explain few first for
from get gets getting give good got great guys had has have haven't he hello help her here hey hi
him his how i i'd i'll i'm i've idea if in instead into is isn't it it's its just know last let
like ll look lot make many maybe me mean means might more most much must my need needed needs new
no noob not now of off ok on one only or other our out over own people please possible problem
properly question quite re really recommend recommendation recommendations right s same say see she
should show shows simply sir snippet so some somebody someone something sorry still such sure t
take tell than thank thanks that that's the their them then there there's these they thing things
think this those through thx to too totally trying two up us use used using usually ve versus very
vs want wanted wants was way we well were what what's when where whether which while who whole whom
why will with within without won't wondering work would wrong yes yet you your
"""
COMMON = frozenset(_COMMON.split())

# What talk is about. We have some of it, too, but a question has more in common with us.
_EVERYDAY = """
admin age alive alone answer ask back bad bed beer big birthday bit black blue boss bot break bring
bug busy buy call car carry cat change cheap child city clean close coffee cold color come cool
cost count country course crazy cup cut dark date day dead deal delete dinner dog door down dream
drink drive drop early easy eat end evening event expect eye face fall family famous far feel fight
find fire fly food forget free friend fun funny future game give gone green group guess hair half
hand happen happy hard hate head hear heart heavy high hit hold home hope hot hour house hurt idea
job join joke jump keep kid kill kind kiss lead leave left life light link list live long lose lost
love luck mad mail man meet member mind minute miss moment money month morning mouth move movie
music name near new news next nice night office old open party past pay people person phone pick
piece place plan plane play point post power pretty price promise promote proud pull push question
quiet quit rain raise read ready real red release remember reply report rest rich roll room rule
sad safe sale save say school season second secret see sell send share shop short show sick sight
sign sing sit sky sleep slow small smart smell song soon spam speak spend sport stand star start
stay steal step stick stop story street strong stupid summer sun support sweet swim table talk tall
tea team test throw time tired top touch tour town trade train travel trip trouble trust truth try
turn ugly vacation voice vote wait walk wall war warm wash watch water weather week weekend weird
white wifi win wind window winter wish woman word world worry write yesterday young
"""

# How people write in a hurry, or by ear, the words that say how something is asked.
_RESPELLED = {
    word: right
    for right, words in {
        "what's": "whats wats",
        "what": "wat wht",
        "which": "wich whitch",
        "difference": "diff diffrence diference differnce",
        "different": "diffrent diferent",
        "how": "hw",
        "how's": "hows",
        "where's": "wheres",
        "don't": "dont",
        "doesn't": "doesnt",
        "didn't": "didnt",
        "isn't": "isnt",
        "aren't": "arent",
        "wasn't": "wasnt",
        "can't": "cant",
        "couldn't": "couldnt",
        "won't": "wont",
        "shouldn't": "shouldnt",
        "wouldn't": "wouldnt",
        "haven't": "havent",
        "hasn't": "hasnt",
        "i'm": "im",
        "i've": "ive",
        "that's": "thats",
        "you": "u",
        "your": "ur",
        "are": "r",
        "please": "pls plz plese",
        "because": "bc cuz coz",
        "with": "w",
        "without": "w/o",
        "recommend": "recomend reccomend",
        "someone": "sm1",
        "thanks": "thx thnx",
        "go": "golang",
    }.items()
    for word in words.split()
}
_MISSPELLED = re.compile(
    rf"(?<![\w.'/-])(?:{'|'.join(map(re.escape, _RESPELLED))})(?![\w'/-]|\.\w)"
)

_HURRIED = frozenset(word.partition("/")[0] for word in _RESPELLED)
"""The first words of what is respelled: few texts have one, and the pattern takes long."""

_ENDINGS = (
    ("ization", "ize"),
    ("isation", "ize"),
    ("ational", "ate"),
    ("fulness", "ful"),
    ("iveness", "ive"),
    ("ally", ""),
    ("edly", ""),
    ("ingly", ""),
    ("ly", ""),
    ("ment", ""),
    ("ing", ""),
    ("ed", ""),
    ("er", ""),
    ("or", ""),
    ("ation", ""),
    ("ion", ""),
)
_ANY_ENDING = tuple(ending for ending, _ in _ENDINGS)
_WHOLE = frozenset({"constructor", "finally", "pointer", "timer"})
"""Words that mean something else without their ending."""
_MOST_STEMS = 10_000
"""Words whose stems are cached: more than all our texts have."""
_SHORTEST = 3
"""Letters that must remain of a word without its ending."""


_MARKUP = re.compile(r"<[^<>]*>|&\w+;")
_PLAIN = re.compile(r"[a-z][a-z0-9+#-]{2,23}")
_MOST_MISSED = 8


def missed_words(text: str) -> list[str]:
    """Return the words of a text that say what is asked for, unlike "how"; a few, and no ids."""
    words = _MARKUP.sub(" ", text.casefold()).split()
    plain = (word.strip(".,;:!?()'\"`*_") for word in words)
    found = (word for word in plain if _PLAIN.fullmatch(word) and word not in COMMON)
    return list(dict.fromkeys(found))[:_MOST_MISSED]


class Words:
    """Splits texts into words. `synonyms` maps a word to others that count as the same."""

    def __init__(self, synonyms: Mapping[str, Iterable[str]] | None = None) -> None:
        self._same: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        for word, others in (synonyms or {}).items():
            for other in others:
                self._same[stem(other)] = stem(word)

    def of(self, text: str) -> list[str]:
        for escape, plain in _ESCAPES:
            text = text.replace(escape, plain)
        text = _LINK.sub(" ", text.casefold())
        words = _WORD.findall(text)
        if not _HURRIED.isdisjoint(words):
            words = _WORD.findall(respelled(text))
        return [self._stems.get(word) or self._one(word) for word in words]

    def forget(self) -> None:
        """Forget the words that were seen: those of an index aren't those of questions."""
        self._stems.clear()

    def _one(self, word: str) -> str:
        stemmed = word if word in COMMON else stem(word)
        known = self._same.get(stemmed, stemmed)
        if len(self._stems) < _MOST_STEMS:
            self._stems[word] = known
        return known


def respelled(text: str) -> str:
    """Return a folded text with the apostrophes and letters that hurried people leave out."""
    return _MISSPELLED.sub(lambda word: _RESPELLED[word[0]], text)


def stem(word: str) -> str:
    """Return a word without its ending: `copies`, `copying` and `copy` have one stem.

    A dozen endings suffice to compare two English texts on one subject, and a stemming library
    costs each worker some megabytes.
    """
    word = word.removesuffix("'s")
    if len(word) <= _SHORTEST or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith(_ANY_ENDING):
        word = _without_ending(word)
    word = _undoubled(word)
    if len(word) > _SHORTEST and word.endswith("e"):
        word = word[:-1]
    if len(word) > _SHORTEST and word.endswith("y"):
        word = word[:-1] + "i"
    return word


def _without_ending(word: str) -> str:
    # "worker" and "getter" say more than "work" and "get".
    if word in _WHOLE or (word.endswith("er") and _undoubled(word[:-2]) in COMMON):
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)] + instead
    return word


def _undoubled(word: str) -> str:
    doubled = len(word) > _SHORTEST and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word


EVERYDAY = frozenset(map(stem, _EVERYDAY.split()))
