"""Tells answerable questions from talk: greetings, jokes, opinions, gossip.

English only, like the words of `words.py`. It errs on the side of talk: a member who is not
understood can write `search`, and a bot that answers small talk is a nuisance.
"""

from __future__ import annotations

import enum
import re

from gopherbot.search.words import respelled

_LONGEST = 300
"""Characters. A longer message explains something to people."""
_PHRASE = range(2, 9)
"""Words of a phrase that stands for a question."""


class Asks(enum.Enum):
    """How surely a text asks for information."""

    SURELY = "surely"
    PHRASE = "phrase"
    """A few words that may name what is looked for, such as "sort map by key"."""
    MAYBE = "maybe"
    """A need or a problem, told in a sentence."""
    HARDLY = "hardly"
    """A sentence."""
    NOT = "not"


def _any(*patterns: str) -> str:
    return rf"(?:{'|'.join(patterns)})"


_OPENING = _any(
    r"how (?:do|does|can|could|should|would|to|is|are|many|much|big|long|come|i|you|make|write)\b",
    r"how\?",
    r"(?:how|why|where|when|which(?: one)?|what for)$",
    r"(?:what|what's|whats|where|which|when)\b(?! an? )",
    r"why (?:do|does|is|are|can|has|have|must|wo|should|would)(?:n't)?\b",
    r"who (?:do|can|could|should) i\b",
    r"(?:is|are) there\b",
    r"(?:can|could|should|may|must|do|does|is|are) (?!we\b|they\b)[a-z]+\b",
    r"(?:tell|show|explain) (?:to )?me (?:how|what|where|which|about)\b",
    r"difference between\b",
    r"(?:best|better|good|right|correct|idiomatic) (?:way|library|package|tool|practice)\b",
    r"(?:when|how) to use\b",
    r"why no\b",
)
# What makes a question of the words before it: "middleware how", "go.sum should i commit".
_ASKS_INSIDE = re.compile(
    r"\b(?:how|where|why|when|which|what) (?:do|does|should|can|could) (?:i|it|one)\b"
    r"|\b(?:when|how|where|why) (?:to )?(?:use|do|make|write|set)\b.{0,20}$"
    r"|(?<!for )\bexamples? (?:of|for|on|with|how)\b|^why (?!so\b|me\b|not\b)\w+ \w+ \w+"
    r"|\b(?:give|show|need|want|any) (?:me |us |an? |some |simple |good )*(?:examples?|snippet)\b"
    r"|^(?:explain|describe|recommend|suggest)\b|^(?:i )?(?:need )?(?:some )?help (?:me )?with\b"
    r"|^i(?:'m| am)? (?:keep |always |still )?gett?(?:ing)? (?!it\b|you\b|that\b|my\b|to\b|up\b)"
    r"|\b(?:should|do|can|must) i\b|\b(?:vs\.?|versus)(?= )"
    r"|\b(?:how|why|where|when|which one|what for|how to use(?: it)?|where to start)\??$"
    r"|\bwhat (?:is|are|does|do) (?:it|that|they)(?: for| do| mean)?\W*$"
    r"|\b(?:can|could|would) (?:some|any)(?:one|body) (?:please )?(?:explain|help|show|tell)\b"
    r"|\b(?:please|plz) (?:explain|tell|show)\b|\bexplain (?:how|what|why|when|the|an?)\b"
    r"|^how (?!was|about|nice|cute|old|dare|funny|cool|great|sweet|sad|lovely)[a-z]+ [a-z]"
)
_OPENS_A_CLAUSE = re.compile(rf"(?:^|[.,;:!?] |\b(?:and|but|so|hey|hi|sorry|please) ){_OPENING}")
_OPENS_INSIDE = re.compile(rf"\b{_OPENING}")

# Something that doesn't do what it should.
_PROBLEM = re.compile(
    r"\b(?:not|never|no longer|empty|error|fails?|failing|wrong|complains?|says|stuck"
    r"|weird|broken|slow|too (?:many|much|big|large|slow)|\w+n't|always|only|instead)\b"
)
# Error messages, pasted as a question.
_FAILURE = re.compile(
    _any(
        r"\b(?:error|panic|fatal|undefined|warning):",
        r"\b(?:fatal|runtime|compile) error\b",
        r"^missing\b",
        r"\bcannot (?:find|use|convert|range|assign|infer|refer)\b",
        r"\bnot (?:found|used)\b",
        r"\bno such\b",
        r"\b(?:does not|doesn't) (?:implement|exist|compile|contain)\b",
    )
)
_NEED = re.compile(
    _any(
        r"\bi(?:'m| am)? ?(?:need|want|looking|searching|trying|struggling|have trouble)\b",
        r"\bi(?:'m)? get(?:ting)? (?:an?|the|this|['\"`])",
        r"\bi don't (?:get|understand)\b",
        r"\blooking for\b",
        r"\bhelp (?:me )?with\b",
        r"\bany (?:tips|advice|tutorial)s?\b",
    )
)

# What people say before they ask.
_GREETING = re.compile(
    r"(?:"
    + _any(
        "hello|hey|hi|hiya|yo|dear|good (?:morning|evening|day|afternoon)|greetings",
        "sir|madam|guys|bro|bros|friends?|folks|all|everyone|everybody|team|gophers|there|mate",
        "pls|plz|please|ok|okay|so|umm?|hmm?|quick question|(?:noob|newbie|stupid|dumb) question",
        "sorry|newbie here|question|and|but",
    )
    + r"\b[\s,:.!-]*)+"
)

# About a person rather than a thing: "how was your …", "did she …", "who is going to …".
_PEOPLE = re.compile(
    r"\b"
    + _any(
        "your|yours|yourself|you're|he|she|she's|he's|him|her|his|guys|everyone|everybody",
        "(?:who|anyone|anybody) (?:is|are|was|here|else|wants|has|in)",
        "have you|will you|are you|did|was|were|lol|haha|what time|joke|funny",
        "is it (?:weird|just me|only me)",
        "today|tonight|tomorrow|weekend|(?:mon|tues|wednes|thurs|fri|satur|sun)day|lunch",
        "how many (?:people|gophers)|what's the (?:time|score|weather)|what happened",
        "(?:the|best|bad|good) (?:bot|gopher)|think (?:about|of)",
        "good job|take care|way to go|well done|nice try",
        "(?:write|make|build|buy|give|sing|tell) me an? |(?:do|fix|write) my ",
    )
    + r"(?:\b|(?<= ))"
)
_YOU = re.compile(r"\byou\b")
# "You" that means anyone, or that asks for help.
ANY_YOU = re.compile(
    r"\b"
    + _any(
        "(?:can|could|would) you (?:please )?(?:recommend|suggest|explain|tell|show|help|give)",
        "do you know (?:how|where|which|what|a|an|any|if|of)",
        r"(?:how|where|which|what|when)\b.*\b(?:do|would|should|can) you (?:guys |all |folks )?"
        "(?!think|like|feel)",
        "if you|thank you|you (?:guys |all |folks |people )?(?:use|recommend|suggest|prefer)",
    )
    + r"\b"
)
# Thanks, opinions and stories. Only a clear question is one all the same.
_CHAT = re.compile(
    r":[a-z0-9_+-]+:|\b"
    + _any(
        "thanks?|thx|ty|cheers|sorry|oops|congrats|congratulations|welcome|bye|lol|haha|rofl|wow",
        "yes|yep|yeah|nope|ugh|yay|omg|oh|ok|okay|sure|cool|cute|nice|sad|happy|awesome|amazing",
        "love|hate|hug|joke|beer|coffee|birthday|party|dance|sing|dream|eat|drunk|boss",
        "was|were|had|went|came|told|said|made|wrote|won|broke|happened|been|helped|yesterday",
        "they|them|never mind|by the way|at work|at last|each other|listening to|looking forward",
        "tbh|imo|imho|honestly|overrated|fan of|favou?rite|til|forget|forgot",
    )
    + r"(?!\w)"
)
# Words that make a phrase a sentence, and so not a phrase to search for.
_SENTENCE = re.compile(
    r"[,!]|\b"
    + _any(
        "i|i'm|i'll|i'd|i've|my|me|we|we're|you|it|it's|that|that's|this|so|and then",
        "is|are|was|were|be|am|has|had|have|will|got|went|said|told|made|love|hate|think",
        "what an?|just|use|than|careful|don't|doesn't|reading|looks|works|let's",
        "please|thanks?|thx|ty|cheers|hi|hello|hey|lol",
    )
    + r"\b"
)


def asks(text: str) -> Asks:
    """Return how surely this text, addressed to the bot, asks for information."""
    plain = respelled(" ".join(text.replace("\u2019", "'").casefold().split()))
    greeting = _GREETING.match(plain)
    plain = plain[greeting.end() :] if greeting else plain
    if not plain or len(plain) > _LONGEST or is_about_people(plain):
        return Asks.NOT
    if any(form.search(plain) for form in (_OPENS_A_CLAUSE, _ASKS_INSIDE, _FAILURE)):
        return Asks.SURELY
    if plain.endswith("?") and _OPENS_INSIDE.search(plain):
        return Asks.SURELY
    if _CHAT.search(plain):
        return Asks.NOT
    if _is_phrase(plain):
        return Asks.PHRASE
    told = _NEED.search(plain) or _PROBLEM.search(plain) or "?" in plain
    return Asks.MAYBE if told else Asks.HARDLY


def _is_phrase(plain: str) -> bool:
    return not _SENTENCE.search(plain) and len(plain.split()) in _PHRASE


def is_about_people(plain: str) -> bool:
    """Return whether a folded text is about a person rather than a thing."""
    plain, anyone = ANY_YOU.subn("", plain)
    return bool((not anyone and _YOU.search(plain)) or _PEOPLE.search(plain))
