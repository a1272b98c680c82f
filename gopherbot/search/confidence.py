"""Says how well a document has to answer a question to be suggested, or to be the answer itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from gopherbot.search.questions import ANY_YOU, Asks, asks

# The least share of a question that a suggestion has to answer, tuned with tests/search.
_ONE_WORD = {Asks.SURELY: 0.78, Asks.PHRASE: 0.68}
_ONE_WORD_ABOUT_GO = {Asks.SURELY: 0.45, Asks.PHRASE: 0.7}
_TWO_WORDS = {Asks.SURELY: 0.5, Asks.PHRASE: 0.6, Asks.MAYBE: 1.2}
_NAME_OF_TWO = _TWO_WORDS | {Asks.PHRASE: 0.5}
_MORE_WORDS = {Asks.SURELY: 0.38, Asks.PHRASE: 0.47, Asks.MAYBE: 0.65, Asks.HARDLY: 0.8}
_ONE_EVERYDAY_WORD = {Asks.SURELY: 1.3}
_EVERYDAY_WORDS = {Asks.SURELY: 1.0, Asks.PHRASE: 1.1}
_ONE_NAME = {Asks.SURELY: 0.5}
"""For the name of all that is asked for, or of one of two compared things."""
_VERSUS = re.compile(r"\b(?:vs|versus|or)\b")
_SURE = 0.7
"""The share of a question that the first suggestion has to answer to be the answer itself."""
_NEXT_TO_A_SURE_ONE = 0.9
"""The share of its score that the second may have."""
# What a question is about that has a single word in common with us: people and things of the day.
_HERE = re.compile(r"\b(?:this|that|my|our|we|us|you|next|old|gophers?)\b")
_IN_A_SENTENCE = re.compile(rf"{_HERE.pattern}|\b(?:an?|the|no)\b")
ABOUT_AS_GOOD = 0.97
"""The share of the best score that the first suggestion needs: a better hit isn't one of ours."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found."""

    key: str
    score: float
    """The share of the question that it answers: about 1 for all of it, less per missing word."""
    words: int
    """How many words of the question it holds, without those that are nearly everywhere."""
    named: bool
    """Whether the question contains one of its names or ways of asking as a whole."""
    whole: bool
    """Whether it holds all words that say what's asked for."""
    special: bool
    """Whether one of these words isn't of everyday talk."""
    subject: bool
    """Whether the question names the subject of nearly all documents, such as "go"."""


def is_sure(shown: Sequence[Hit]) -> bool:
    """Return whether the first suggestion stands out: it answers most of the question, and the
    second clearly less of it.
    """
    if not shown or shown[0].score < _SURE:
        return False
    return len(shown) == 1 or shown[1].score <= shown[0].score * _NEXT_TO_A_SURE_ONE


def least_score(hit: Hit, text: str) -> float:
    """Return the score that a hit needs to be suggested.

    One word in common says little, unless it names the thing and the question is a general one:
    "what is a channel", but not "who is in this channel".
    """
    how, plain = asks(text), text.casefold()
    if hit.words > 1 and hit.special:
        least = _MORE_WORDS if hit.words > 2 else _NAME_OF_TWO if hit.named else _TWO_WORDS
        return least.get(how, inf)
    if hit.words > 1:
        return _EVERYDAY_WORDS.get(how, inf)
    particular = _HERE if how is Asks.SURELY else _IN_A_SENTENCE
    plain = ANY_YOU.sub("", plain) if hit.special else plain
    general = (hit.named or hit.subject) and not particular.search(plain)
    return _of_one_word(hit, plain).get(how, inf) if general else inf


def _of_one_word(hit: Hit, plain: str) -> Mapping[Asks, float]:
    if not hit.special:
        return _ONE_EVERYDAY_WORD
    if hit.subject:
        return _ONE_WORD_ABOUT_GO
    is_name = hit.named and (hit.whole or _VERSUS.search(plain))
    return _ONE_WORD | _ONE_NAME if is_name else _ONE_WORD
