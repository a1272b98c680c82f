"""Suggests commands and terms: for typing slips, for questions in free words, and for `search`."""

from collections.abc import Sequence

from gopherbot.model import Ask, Audience, HelpEntry, Kind, Message, Reply
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data
from gopherbot.search import slips
from gopherbot.search.catalogue import DEFINE, Catalogue
from gopherbot.search.questions import Asks, asks
from gopherbot.slack.markup import escape, without_links

_MOST = 8
_SHOWN = 60
"""Characters of a member's text that the reply repeats."""


def routes(data: Data) -> Router:
    """Return a router with the rules."""
    router = Router()
    catalogue, example = Catalogue(data), data.search.example
    mistyped = slips.Slips(data.glossary)

    @router.dynamic("did you mean", when=_may_mean_something, fallback=True)
    def did_you_mean(ask: Ask) -> Reply | None:
        """suggest a command or a term to someone who mistyped one or asks in their own words"""
        entries, text = ask.help.entries(), without_links(ask.message.text)
        if slips.could_be_one(text) and (meant := mistyped.suggestions(text, entries)):
            return _offer("I don't know that one. Did you mean {}?", meant, ask)
        found = catalogue.suggestions(text, entries)
        maybe = "Maybe this: {}." if len(found) == 1 else "Maybe one of these: {}."
        return _offer(maybe, found, ask) if found else None

    if not example:
        return router
    help = f"find a command or a term by what you want to know, as in `search {example}`"

    @router.prefix(
        "search ",
        addressed=True,
        help=help,
        example=Example(f"search {example}", "Here's what I have"),
    )
    def search(ask: Ask) -> Reply | None:
        asked = " ".join(without_links(ask.argument).replace("`", "").split())
        if not asked:
            return None
        shown = escape(asked if len(asked) <= _SHOWN else asked[: _SHOWN - 1] + "…")
        entries = ask.help.entries()
        found = [hit.key for hit in catalogue.search(asked, entries, _MOST)]
        if not found:
            return Reply(
                f"I couldn't find anything for `{shown}`. Try different words, or `help`.",
                to=Audience.ASKER_ONLY,
            )
        lines = "\n".join(_lines(found, entries))
        return Reply(f"Here's what I have on `{shown}`:", attachment=lines, to=Audience.ASKER_ONLY)

    return router


def _may_mean_something(message: Message) -> bool:
    if not message.addressed or message.files:
        return False
    text = without_links(message.text)
    return slips.could_be_one(text) or asks(text) is not Asks.NOT


def _offer(lead: str, found: Sequence[str], ask: Ask) -> Reply:
    offer = " or ".join(f"`{text}`" for text in found)
    it = "it" if len(found) == 1 else "one of them"
    how = (
        f"Just write {it}, or `help` to see everything I can do."
        if ask.message.direct
        else f"Just mention me with {it}, or with `help` to see everything I can do."
    )
    return Reply(f"{lead.format(offer)} {how}", to=Audience.ASKER_ONLY)


def _lines(found: Sequence[str], entries: Sequence[HelpEntry]) -> list[str]:
    """Return a line for each command, and one for all terms."""
    help = {escape(entry.trigger): entry.help for entry in entries if entry.kind is Kind.COMMAND}
    commands = [f"• `{key}`: {help[key]}" for key in found if key in help]
    terms = ", ".join(f"`{key}`" for key in found if key.startswith(DEFINE))
    return [*commands, f"• Terms: {terms}"] if terms else commands
