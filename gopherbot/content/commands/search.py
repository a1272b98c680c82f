"""Lists what has the words that a member searches for."""

from collections.abc import Sequence

from gopherbot.content.commands._sharing import suggested
from gopherbot.model import Ask, Audience, HelpEntry, Kind, Reply
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data
from gopherbot.search.catalogue import DEFINE, Catalogue
from gopherbot.search.words import missed_words
from gopherbot.slack.markup import escape, excerpt, without_links

_MOST = 8
_SHOWN = 60
"""Characters of a member's text that the reply repeats."""


def routes(data: Data) -> Router:
    """Return a router with the rules."""
    router = Router()
    catalogue, example = Catalogue(data), data.search.example
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
        asked = without_links(ask.argument).replace("`", "").strip()
        if not asked:
            return None
        shown = excerpt(asked, _SHOWN)
        entries = ask.help.entries()
        found = [hit.key for hit in catalogue.search(asked, entries, _MOST)]
        if not found:
            ask.found_nothing(missed_words(asked))
            return Reply(
                f"I couldn't find anything for `{shown}`. Try different words, or `help`.",
                to=Audience.ASKER_ONLY,
            )
        lines = "\n".join(_lines(found, entries))
        lead, only = f"Here's what I have on `{shown}`:", Audience.ASKER_ONLY
        return Reply(lead, attachment=lines, to=only, uses=suggested(found))

    return router


def _lines(found: Sequence[str], entries: Sequence[HelpEntry]) -> list[str]:
    """Return a line for each command, and one for all terms."""
    help = {escape(entry.trigger): entry.help for entry in entries if entry.kind is Kind.COMMAND}
    commands = [f"• `{key}`: {help[key]}" for key in found if key in help]
    terms = ", ".join(f"`{key}`" for key in found if key.startswith(DEFINE))
    return [*commands, f"• Terms: {terms}"] if terms else commands
