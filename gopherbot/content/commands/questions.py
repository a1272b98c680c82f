"""Answers questions in free words: with the answer if it's sure, or else with what it may be.

In a channel, only the asker sees it, who may have it posted for all: by an emoji on the question,
by the answer's name, or by asking again with `share` in front.
"""

import re
from dataclasses import replace

from gopherbot.content.commands._sharing import suggested, to_asker
from gopherbot.content.commands.errors import reader
from gopherbot.model import Ask, Audience, Effects, Message, Reply, Use
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data
from gopherbot.search.catalogue import DEFINE, Suggestions
from gopherbot.search.finder import Finder
from gopherbot.search.slips import term_named
from gopherbot.search.words import missed_words
from gopherbot.slack.markup import escape, unescape

_LONGEST_LINE = 160
"""Characters of a term's definition that an offer shows."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*<])|\n")


def routes(data: Data) -> Router:
    """Return a router with the rules."""
    router = Router()
    known = _Known(data)

    @router.dynamic("did you mean", when=_is_for_me, fallback=True)
    def did_you_mean(ask: Ask) -> Reply | None:
        """answer a question in one's own words, or suggest what may answer it"""
        found = known.find(ask.message.text, ask.help.entries())
        if found.keys and (answer := known.answer(found, ask)):
            return known.to_asker(answer, found, ask)
        if found.keys:
            return known.offer(found, ask)
        if known.is_courtesy(ask.message.text):
            return None
        ask.found_nothing(missed_words(ask.message.text))
        # To a member alone with the bot, silence would look like a crash.
        return known.not_understood if ask.message.alone and ask.message.text else None

    if not data.example_term:
        return router
    read_errors = reader(data)
    example = f"share what is {data.example_term}"

    @router.prefix(
        "share ",
        addressed=True,
        when=lambda message: not read_errors(message.text.partition(" ")[2]),
        help=f"answer a question for everyone to see, as in `{example}`",
        example=Example(example, f"`{data.example_term}`"),
    )
    def share(ask: Ask) -> Effects:
        if term_named(ask.message.text, data.glossary):
            return did_you_mean(ask)  # "share by communicating"
        found = known.find(ask.argument, ask.help.entries())
        if found.keys and (answer := known.answer(found, ask)):
            return replace(answer, uses=((Use.SHARED, unescape(found.keys[0])),))
        if found.keys:
            return known.offer(found, ask)
        ask.found_nothing(missed_words(ask.argument))
        return known.not_understood if ask.message.alone else None

    return router


class _Known:
    """What the bot knows, and how it says so."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.find = Finder(data).find
        self._courtesies = tuple(
            text
            for name, reaction in data.reactions.items()
            if reaction.addressed
            for text in (name, *reaction.aliases)
        )
        example = data.search.example
        search = f"`search` and a few words, as in `search {example}`, or " if example else ""
        self.not_understood = Reply(
            f"I didn't get that. Try {search}`help` to see everything I can do."
        )

    def answer(self, found: Suggestions, ask: Ask) -> Reply | None:
        """Return the only reply of the first suggestion, if that's surely what is asked for."""
        if not found.sure:
            return None
        name = unescape(found.keys[0])
        answer = ask.help.answer(name, ask)
        return replace(answer, uses=((Use.SHOWN, name),)) if isinstance(answer, Reply) else None

    def to_asker(self, answer: Reply, found: Suggestions, ask: Ask) -> Reply:
        """Return an answer with what else it may be and how it's shared, as far as that is due."""
        others = " or ".join(f"`{key}`" for key in found.keys[1:])
        note = f"Not it? Try {others}." if others else ""
        reply = to_asker(answer, ask, self._data, name=found.keys[0], note=note)
        return replace(reply, uses=(*reply.uses, *suggested(found.keys[1:])))

    def offer(self, found: Suggestions, ask: Ask) -> Reply:
        """Return what may be meant, each with its first line."""
        lines = "\n".join(f"• `{key}`{self._about(key, ask)}" for key in found.keys)
        how = "write" if ask.message.direct else "mention me with"
        these, name = ("this", "it") if len(found.keys) == 1 else ("one of these", "its name")
        return Reply(
            f"Did you mean {these}? Just {how} {name}, "
            f"or `help` to see everything I can do.\n{lines}",
            to=Audience.CHANNEL if ask.message.alone else Audience.ASKER_ONLY,
            uses=suggested(found.keys),
        )

    def _about(self, key: str, ask: Ask) -> str:
        if key.startswith(DEFINE):
            term = self._data.glossary.find(key.removeprefix(DEFINE))
            return f": {_first_line(term.term.definition)}" if term else ""
        helps = (
            entry.help
            for entry in ask.help.entries()
            if key in (escape(name) for name in (entry.trigger, *entry.aliases))
        )
        return "".join(f": {help}" for help in helps)

    def is_courtesy(self, text: str) -> bool:
        """Return whether an emoji answers it, such as thanks."""
        folded = text.casefold()
        return any(each in folded for each in self._courtesies)


def _is_for_me(message: Message) -> bool:
    return message.addressed and not message.files


def _first_line(definition: str) -> str:
    """Return the first sentence of a definition, or its beginning if that's long."""
    sentence = _SENTENCE_END.split(definition, maxsplit=1)[0]
    if len(sentence) <= _LONGEST_LINE:
        return sentence
    start = sentence[:_LONGEST_LINE].rpartition(" ")[0]
    # A code span that is cut open would swallow what follows.
    return (start if start.count("`") % 2 == 0 else start.rpartition("`")[0]).rstrip(" ,:;") + " …"
