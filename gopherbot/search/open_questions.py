"""Tells questions to everybody in a channel from talk, answers, and questions to one person.

English only. Nobody is addressed there, so a text has to say more clearly that it asks than one to
the bot: by its question mark, by how it begins, or by asking for "anyone".
"""

from __future__ import annotations

import re

from gopherbot.search.questions import Asks, asks

_LONGEST = 3000
"""Characters. A longer message is an article."""
_SHORT = 7
"""Words of a question that depends on what was said before, if it says "it"."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_END = re.compile(r"(?<=[.?!])\s+|\n+")
_ANYONE = "(?:any|some)(?:one|body)"
_TO_ANYONE = re.compile(
    rf"\b{_ANYONE}\b(?! (?:asked|told|deleted|broke|said|made|did|got)\b)"
    r"|\bany (?:\w+ )?(?:ideas?|hints?|tips?|recommendations?|suggestions?|pointers)\b"
    r"|\bany (?:\w+ )?(?:resources|material)\b"
    r"|\bany (?:reason|way|workaround)\b|\b(?:suggestions|recommendations|ideas)\?$"
    r"|\bwho (?:can|could|knows)\b"
    r"|\b(?:how|what|which|where|do|does)\b[^.?!]{0,60}"
    r" (?:folks|people|you all|you guys|everyone|everybody)\b"
)
_NEED = re.compile(
    r"^(?:help\b(?! wanted)|(?:i )?need (?:some )?(?:help|advice)\b)"
    r"|\bi (?:don't|do not|can't|cannot) (?:understand why|get (?:my|the|this|it|why)\b|figure out)"
    r"|\bi (?:can't|cannot) seem to\b|\bi keep (?:getting|seeing)\b|\bwhat gives\?"
    r"|\bany (?:\w+ )?(?:advice|help|hints?|ideas?|pointers|tips?)"
    r" (?:\w+ )?(?:appreciated|welcome)\b"
    r"|^(?:i(?:'m| am|'ve been| was)? |just )*wondering (?:about|how|if|what|whether|which|why)\b"
    r"|\bwhat (?:can|could|might) (?:be causing|cause)\b"
    r"|^looking for (?:an?|some) (?:good |simple )?"
    r"(?:article|book|example|library|package|tool|tutorial|way)\b"
    rf"|\b(?:can|could|would|does|do) {_ANYONE} (?:please )?"
    r"(?:explain|have|help|know|point|recommend|tell)\b"
    rf"|^{_ANYONE} please (?:explain|help|tell)\b|\bhas {_ANYONE} an?\b"
    r"|\bwhat (?:am i (?:missing|doing wrong)|happens (?:if|when))\b"
    r"|\bwho (?:can|could) (?:explain|help|tell)\b"
)
# Without a question mark, "can confirm" and "where there is a will" are none.
_BEGINS = re.compile(
    r"(?:(?:guys|hi|hello|hey|quick q(?:uestion)?|error|so)\b[\w ]{0,20}[,!:]? ?)?"
    r"(?:how (?:come|do|does|can|could|should|would|to)\b|what(?:'s| is| are| do| does| would)\b"
    r"|why (?:do|does|is|are|can|would)\b|where (?:can|do|does|is|should)\b"
    r"|which [\w ]+ (?:do|should|is|are)\b|when (?:do|should|does) (?:i|you)\b"
    r"|(?:do|does|should|can|could|is|are|would) (?:i|go|there|it|this|some|any|you know)\b"
    r"|(?:can|does|should) (?:an?|the)\b)"
)
_ENDS = re.compile(
    r"[,;] (?:how|where) (?:can|do|should) i\b|[,;] (?:what|which) \w+ (?:is|are|should)\b"
)
# With a question mark, and nobody in it who is spoken to.
_ASKS_ALL = re.compile(
    r"^(?:can|could|did|do|does|has|have|is|are|should|which|will|would)\b(?!.*\byour?\b)"
    r"|[,:] [\w ]+ or [\w ]+\?$(?<!or not\?)"
)
_IN_CONTEXT = re.compile(r"\b(?:it(?! (?:\w+ ){1,2}to\b)|that|this|those|he|she|they)\b")
# What a helper asks back: about what the other did, said or has.
_TO_ONE_PERSON = re.compile(
    r"^(?:so|then|and|but|or|hm+|wait|how come(?= (?:it|that|this|you)\b)|(?:is|are|do|does)n't)\b"
    r"|^(?:what (?:if|else|happens (?:if|when) you)|(?:what|how) about)\b"
    r"|^(?:what|which) (?:version|error|output)\b|\bdo you mean\b|\bthere\?$"
    r"|^what(?:'s| is| does) (?:the|your) (?:\w+ )?"
    r"(?:error|log|message|output|stack trace|version)\b"
    r"|\b(?:can|could|would) you (?:just )?"
    r"(?:check|paste|post|run|send|share|show|try)\b(?! me how)"
    r"|^(?:does|did|do) (?:it|that|this|the same)\b|^how many .* (?:do|did) you\b"
    r"|^(?:is|was|are) (?:that|those)\b|^is (?:it|this) (?:homework|in|on|still|your)\b"
    r"|\b(?:how|where|when|which|what) (?:do|did) you \w+ (?:it|that|the)\b"
)
# An essay's title, an invitation, a greeting, a joke: "pizza, anyone?", "is anyone around?".
_NO_QUESTION = re.compile(
    r"^how (?:i|we) (?!can\b|could\b|should\b)"
    r"|\bis it just me\b|\bor is it me\b|\bwhen\?$|\bstill (?:around|on)\?$"
    r"|, any(?:one|body)\?$|\bany(?:one|body) (?:else )?"
    r"(?:around|at|awake|coming|going|interested|up for|wants?|watching)\b"
)


def asks_anybody(text: str) -> bool:
    """Return whether a text that's addressed to nobody asks something that anybody may answer."""
    plain = _CODE.sub(" x ", text[: _LONGEST + 1]).replace("\u2019", "'").casefold().strip()
    if len(plain) > _LONGEST:
        return False
    before = 0
    for sentence in _END.split(plain):
        if _asks(sentence.strip(), is_alone=before <= _SHORT):
            return True
        before += len(sentence.split())
    return False


def _asks(sentence: str, *, is_alone: bool) -> bool:
    if _NO_QUESTION.search(sentence) or _TO_ONE_PERSON.search(sentence):
        return False
    if _NEED.search(sentence):
        return True
    if not sentence.endswith("?"):
        begins = _BEGINS.match(sentence) or _ENDS.search(sentence) or ":" in sentence
        return bool(begins and asks(sentence) is Asks.SURELY)
    words = len(sentence.split())
    if is_alone and (words <= 2 or (words <= _SHORT and _IN_CONTEXT.search(sentence))):
        return False
    if _TO_ANYONE.search(sentence) or (words > 4 and _ASKS_ALL.search(sentence)):
        return True
    return words > 2 and asks(sentence) is Asks.SURELY
