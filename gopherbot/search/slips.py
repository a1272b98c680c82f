"""Guesses what a short, mistyped text was meant to be: a command, a prefix or a term."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from glossary import Glossary
from gopherbot.model import HelpEntry, Kind
from gopherbot.router import fold
from gopherbot.rulebook import edit_distance
from gopherbot.search.catalogue import DEFINE, MOST_SUGGESTIONS
from gopherbot.search.questions import is_about_people
from gopherbot.slack.markup import escape

MOST_WORDS = 4
MOST_CHARACTERS = 40
_LONG_TERM = 5
"""Letters. A shorter word isn't taken for a slip of a term: too many everyday words are short."""
_SHORTEST_PREFIX = 3
"""Letters. A shorter word alone isn't taken for a prefix: nobody who writes "d" means `d/`."""

# "What is a …" in the commonest first languages, too: a term is the same word in all of them.
_QUESTION = re.compile(
    r"^(?:(?:what(?:'s|s| is| are)|explain|describe|meaning of)(?: an?| the)?"
    r"|was (?:ist|sind)(?: eine?| der| die| das)?"
    r"|qu[eé] (?:es|son)(?: una?| el| l[ao]s?)?|o que (?:é|são)(?: uma?| [ao]s?)?"
    r"|(?:c'est quoi|qu'est-ce que(?: c'est)?)(?: une?| l[ae]s?)?|qu'est-ce qu'une?"
    r"|(?:che )?(?:cos'è|cosa sono)(?: un[ao]?| il| l[aeo]| i| gli)?"
    r"|что такое) | (?:what (?:is|are)|nedir)$"
)
_EMOJI = re.compile(r":[\w+'-]{1,100}:")
_AFTER_PREFIX = re.compile(r"[\s:/]+")
_SIGNS = " `\"'*_.,;:!?¿()"
_HARMLESS = re.compile(r"[a-z0-9][a-z0-9._/-]{0,30}")
# Words around a command that don't change what is meant: "show me the books, please".
_AROUND = """
a an all any are can could give i is list may me more my need of our please pls plz show some
tell the there to want what you your
"""
_POLITE = frozenset(_AROUND.split())

# Common words that must not trigger a suggestion, though some are terms themselves.
_WORDS = """
any break case class clean clear close comments continue copy default dry else false for go golang
gopher gophers held hell helm if lgtm loop main make money new object objects once panic private
promotion public range recover return returns score self set sets shadow spring stick strong test
this track trade true type types while write
"""
_SAID = """
all clear/and now/any news/close call/go away/go to sleep/good gopher/good job/great job
i ask you/is it true/long time no see/looks good to me/nice job/of course/rolled back/take care
rolling back/time for a break/too long didn't read/wait a second/way to go/well done
what is new/what now/what's new/what's next/what's the point/whats new/you don't say
"""
_PHRASES = frozenset(phrase for line in _SAID.split("\n") for phrase in line.split("/")) - {""}
_TALK = _PHRASES.union(_WORDS.split())


def term_named(text: str, terms: Glossary) -> str:
    """Return the term that a text is, or asks for as in "what is a slice"; "" if it's none.

    Some talk has a term's name, too, as "what's new" does: ask `is_said` first.
    """
    asked = fold(_EMOJI.sub(" ", text)).strip(_SIGNS)
    # Names such as `_` and `...` are nothing but signs.
    found = terms.find(text) or terms.find(_QUESTION.sub("", asked))
    return found.term.name if found else ""


def is_said(text: str) -> bool:
    """Return whether a text is something that people say to each other every day."""
    return len(text) <= MOST_CHARACTERS and fold(text).strip(_SIGNS) in _PHRASES


def could_be_one(text: str) -> bool:
    """Return whether this text is short enough to be a command. Anything longer is talk."""
    return 0 < len(text) <= MOST_CHARACTERS and len(text.split()) <= MOST_WORDS


class Slips:
    """Guesses by the names of a bot's commands, prefixes and terms.

    The commands' names are folded on the first guess: those that Python files declare aren't known
    before.
    """

    def __init__(self, terms: Glossary) -> None:
        self._terms = terms
        self._commands = _Commands(())
        self._of: Sequence[HelpEntry] = ()

    def suggestions(self, text: str, entries: Sequence[HelpEntry]) -> list[str]:
        """Return what this text may have been meant to be, likeliest first; often empty."""
        if self._of is not entries:
            self._commands, self._of = _Commands(entries), entries
        asked = fold(_EMOJI.sub(" ", text)).strip(_SIGNS)
        if not asked or asked in _TALK:
            return []
        prefixes = [entry for entry in entries if entry.kind is Kind.PREFIX]
        defines = any(entry.trigger == DEFINE for entry in prefixes)
        found = [
            *self._commands.near(asked),
            *_prefixes(asked, prefixes, self._terms),
            *(_terms(asked, self._terms) if defines else ()),
        ]
        return list(dict.fromkeys(found))[:MOST_SUGGESTIONS]


class _Commands:
    """The commands by their names, folded, and what each is offered as.

    Hidden aliases are never suggested.
    """

    def __init__(self, entries: Iterable[HelpEntry]) -> None:
        self._owners: dict[str, HelpEntry] = {}
        self._spoken: dict[str, str] = {}
        for entry in entries:
            if entry.kind is not Kind.COMMAND:
                continue
            for name in (entry.trigger, *entry.aliases, *entry.hidden_aliases):
                self._owners[fold(name)] = entry
                self._spoken[fold(name)] = (
                    entry.trigger if name in entry.hidden_aliases else fold(name)
                )

    def near(self, asked: str) -> Iterator[str]:
        """Yield the commands that the text names, slips and polite words aside, each once."""
        plain = " ".join(word for word in asked.split() if word not in _POLITE)
        said = (asked,) if is_about_people(asked) else (asked, plain)
        texts = dict.fromkeys(text for text in said if text not in _TALK)
        near = dict.fromkeys(
            name for text in texts for name in edit_distance.nearest(text, self._owners)
        )
        offered: set[str] = set()
        for name in near:
            if self._owners[name].trigger not in offered:
                offered.add(self._owners[name].trigger)
                yield escape(self._spoken[name])


def _prefixes(asked: str, entries: Iterable[HelpEntry], terms: Glossary) -> Iterator[str]:
    """Yield each prefix and argument that the text names, slips aside: "xkcd 1053".

    A prefix alone says nothing: offer its example instead.
    """
    head, _, rest = _AFTER_PREFIX.sub(" ", asked, count=1).partition(" ")
    for entry in entries:
        if not edit_distance.nearest(head, [entry.trigger.strip(" :/")]):
            continue
        if not rest:
            if entry.example and len(head) >= _SHORTEST_PREFIX:
                yield escape(entry.example)
        elif entry.trigger == DEFINE:
            yield from (_define(name) for name in _near_terms(rest, terms))
        elif _HARMLESS.fullmatch(rest):
            yield escape(entry.trigger + rest)


def _terms(asked: str, terms: Glossary) -> list[str]:
    """Return the terms that the text names, slips aside, or asks for: "what is a slice"."""
    rest = _QUESTION.sub("", asked)
    if rest in _TALK:
        return []
    return [_define(name) for name in _near_terms(rest, terms)]


def _near_terms(asked: str, terms: Glossary) -> list[str]:
    if found := terms.find(asked):
        return [found.term.name]
    if len(asked) < _LONG_TERM:
        return []
    near = (found.term for name in terms.nearest(asked) if (found := terms.find(name)))
    return [term.name for term in near if edit_distance.nearest(asked, map(fold, term.names))]


def _define(name: str) -> str:
    return DEFINE + name
