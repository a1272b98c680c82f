"""Tells questions to everybody in a channel from talk, answers, and questions to one person.

English only. Nobody is addressed there, so a text has to say more clearly that it asks than one to
the bot: by its question mark, by how it begins, or by asking for "anyone".
"""

from __future__ import annotations

import re

from gopherbot.search.questions import Asks, asks

_LONGEST = 3000
"""Characters. A longer message is an article."""
_SHORT = 5
"""Words of a question that depends on what was said before, if it says "it"."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_END = re.compile(r"(?<=[.?!])\s+|\n+")
_TO_ANYONE = re.compile(
    r"\b(?:any|some)(?:one|body)\b(?! (?:asked|told|deleted|broke|said|made|did|got)\b)"
    r"|\bany (?:\w+ )?(?:ideas?|hints?|tips?|recommendations?|pointers|resources|material)\b"
    r"|\bwho (?:can|could|knows)\b"
)
_NEED = re.compile(
    r"^(?:help\b(?! wanted)|(?:i )?need (?:some )?help\b)"
    r"|\bi (?:don't|do not|can't|cannot) (?:understand why|get (?:my|the|this|it)\b|figure out)"
)
# Without a question mark, "can confirm" and "where there is a will" are none.
_BEGINS = re.compile(
    r"(?:(?:hi|hello|hey|quick question|error|so)\b[\w ]{0,20}[,!:] ?)?"
    r"(?:how (?:do|does|can|could|should|would|to)\b|what(?:'s| is| are| do| does| would)\b"
    r"|why (?:do|does|is|are|can)\b|where (?:can|do|does|is|should)\b"
    r"|which [\w ]+ (?:do|should|is|are)\b|when (?:do|should|does) (?:i|you)\b"
    r"|(?:do|does|should|can|could|is|are|would) (?:i|go|there|it|this|some|any|you know)\b)"
)
_IN_CONTEXT = re.compile(r"\b(?:it|that|this|those|he|she|they)\b")
_TO_ONE_PERSON = re.compile(
    r"^(?:so|then|and|but|what if)\b|^(?:what|which) (?:version|error|output)\b"
)
# An invitation, a greeting, a joke: "pizza, anyone?", "is anyone around?".
_NO_QUESTION = re.compile(
    r"\bis it just me\b|\bor is it me\b|\bwhen\?$"
    r"|, any(?:one|body)\?$|\bany(?:one|body) (?:around|awake)\b"
)


def asks_anybody(text: str) -> bool:
    """Return whether a text that's addressed to nobody asks something that anybody may answer."""
    plain = _CODE.sub(" x ", text[: _LONGEST + 1]).replace("\u2019", "'").casefold().strip()
    if len(plain) > _LONGEST:
        return False
    return any(_asks(sentence.strip()) for sentence in _END.split(plain))


def _asks(sentence: str) -> bool:
    if _NO_QUESTION.search(sentence) or _TO_ONE_PERSON.search(sentence):
        return False
    if not sentence.endswith("?"):
        begins = _BEGINS.match(sentence) or ":" in sentence
        return bool(_NEED.search(sentence) or (begins and asks(sentence) is Asks.SURELY))
    if len(sentence.split()) <= _SHORT and _IN_CONTEXT.search(sentence):
        return False
    return bool(_TO_ANYONE.search(sentence)) or asks(sentence) is Asks.SURELY
