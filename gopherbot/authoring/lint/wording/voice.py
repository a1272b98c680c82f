"""Checks of the voice: words that a friend in a chat wouldn't use.

The bot talks to people, so it says "don't" and "I'm", puts the verb early, and avoids phrases that
read like a translation. Only patterns that need no guessing are here; code and quotes are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from gopherbot.authoring.lint.wording.links import MARKUP
from gopherbot.authoring.lint.wording.texts import CODE
from gopherbot.router import Rule
from gopherbot.rulebook.problems import Problem, at
from gopherbot.rulebook.schema import Data

Remedy = Callable[[re.Match[str]], str]
"""Returns what to write instead of a match."""

_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”")
_NOUNS = frozenset({"beginning", "building", "encoding", "meaning", "spelling", "string", "thing"})
"""Words in -ing that name a thing: "the meaning of" is fine."""


def _say(*words: str) -> Remedy:
    instead = " or ".join(f'"{word}"' for word in words)
    return lambda match: f"write {instead}"


def _contracted(match: re.Match[str]) -> str:
    verb = match[1]
    short = {"can": "can't", "will": "won't"}.get(verb.lower(), f"{verb}n't")
    return f'write "{verb[0]}{short[1:]}"'


def _joined(match: re.Match[str]) -> str:
    end = {"am": "'m", "are": "'re", "is": "'s", "will": "'ll"}[match[2].lower()]
    return f'write "{match[1]}{end}"'


_ASIDE = r"(?<!\bwho )(?<!\bwhat )(?<!\bwhere )(?<!\bhow )(?<!\bthan )(?<!\bas )"
"""Not in "who you are", "where they are", "the way it is"."""
_FINE_AFTER_NO = r"(?!longer\b|more\b|less\b|better\b|worse\b|different\b|match\b|use\b)"

_SOMEBODY = r"(?:it|they|you|we|he|she|others|there|that|this)"
_DOES = r"(?:is|are|was|were|has|have|can|may|will|do|does|need)"

_STIFF: tuple[tuple[re.Pattern[str], Remedy], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        (r"\b(do|does|did|is|are|was|were|has|have|had|can|will) ?not\b(?! only)", _contracted),
        (r"\b(would|should|could) not\b", _contracted),
        (r"\b(I) (am|will)\b", _joined),
        (r"(?:^|(?<=[.!?:] ))(It|That|There) (is)\b(?=[\w ])", _joined),
        (rf"{_ASIDE}\b(you|we|they) (are|will)\b(?= \w)", _joined),
        (r"\bneeds? not\b(?! be\b)", _say("don't have to")),
        (rf"(?<!\bthere )\b(?:is|are) no (?=[a-z]){_FINE_AFTER_NO}", _say("isn't a", "aren't")),
        (r"\bby custom\b", _say("conventionally")),
        (r"\bof which each\b", _say("each of which")),
        (r"\b(?:to|for|with|by|from) who\b", _say("anyone who", "whom")),
        (rf", for {_SOMEBODY} {_DOES}\b", _say("because")),
        (r"\banew\b", _say("again")),
        (r"\bsaid like\b", _say("pronounced")),
        (r"\bbears? (?=an?\b|the\b|no\b)", _say("has")),
        (r"\btells? (?:about|of)\b", _say("says", "shows", "lists")),
    )
)
_THE_DOING_OF = re.compile(r"^the (\w+ing) of\b")


def check(data: Data, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield the problems of everything that the bot says."""
    for text in data.texts():
        yield from at(text.file, text.entry, mistakes(text.text))
    for name, channel in data.channels.items():
        yield from at("channels.toml", name, mistakes(channel.line))
    for section in data.resources.sections:
        for link in section.links:
            yield from at("newbie_resources.toml", section.title, mistakes(link.line))
    for rule in rules:
        if rule.in_help:
            yield from at(rule.source, rule.trigger, mistakes(rule.help))
    for term in data.glossary:
        file = f"glossary/{term.file}"
        yield from at(file, term.name, mistakes(term.definition))
        yield from at(file, term.name, _definition(term.definition))


def mistakes(text: str) -> Iterator[str]:
    """Yield what sounds stiff in a text, and what to write instead."""
    spoken = _QUOTED.sub("…", MARKUP.sub("…", CODE.sub("…", text)))
    for pattern, remedy in _STIFF:
        for match in pattern.finditer(spoken):
            yield f'"{match[0].strip(" ,")}" sounds stiff: {remedy(match)}'


def _definition(text: str) -> Iterator[str]:
    if (match := _THE_DOING_OF.match(text)) and match[1] not in _NOUNS:
        yield f'"{match[0]}" turns an action into a thing: begin with "{match[1]}", or with a noun'
