"""Explains a term of the glossary, or else a name of the reference."""

from collections.abc import Sequence

from glossary import Found
from gopherbot.content.commands import doc
from gopherbot.content.commands._sharing import suggested
from gopherbot.model import Ask, Audience, Reply, Use
from gopherbot.reference.lookup import look_up
from gopherbot.router import Example, Router, fold
from gopherbot.rulebook.schema import Data
from gopherbot.search.words import missed_words
from gopherbot.slack.markup import escape, excerpt, without_links

_SHOWN = 60
"""Characters of an unknown term that the reply repeats: more than any term has."""


def routes(data: Data) -> Router:
    """Return a router with the prefix."""
    router = Router()
    terms, term = data.glossary, data.example_term
    if not term:
        return router
    table = doc.table_of(data)
    help = f"explain a word that {data.workspace.members} use, as in `define {term}`"

    @router.prefix(
        "define ", addressed=True, help=help, example=Example(f"define {term}", f"`{term}` is")
    )
    def define(ask: Ask) -> Reply | None:
        asked = without_links(ask.argument).replace("`", "").strip()
        if not asked:
            return None
        if found := terms.find(asked):
            uses = ((Use.SHOWN, f"define {found.term.name}"),)
            return Reply(_explained(found), mentions=True, uses=uses)
        if fold(asked).strip("\"' .!?") == "define":
            return Reply("`define` is what you just did. :wink:", mentions=True)
        if table and (found_there := look_up(table, asked)).only:
            return Reply(doc.shown(found_there, table, data.reference), mentions=True)
        shown, near = excerpt(asked, _SHOWN), terms.nearest(asked)
        ask.found_nothing(missed_words(asked))
        return Reply(
            _unknown(shown, near, data),
            to=Audience.ASKER_ONLY,
            uses=suggested(f"define {name}" for name in near),
        )

    return router


def _explained(found: Found) -> str:
    term = found.term
    also = f", or `{found.alias}`," if found.alias else ""
    links = "\n".join(f"• <{escape(link)}>" for link in term.links)
    return f"`{term.name}`{also} is {term.definition}\n{links}"


def _unknown(shown: str, near: Sequence[str], data: Data) -> str:
    lines = [f"I don't know `{shown}` yet."]
    if near:
        offer = " or ".join(f"`define {name}`" for name in near)
        lines.append(f"Did you mean {offer}?")
    if source := data.workspace.source:
        lines.append(
            f"All my terms are here: <{source}/tree/main/{data.glossary_path}>. Adding one takes "
            f"a few lines and no Python: <{source}/blob/main/CONTRIBUTING.md>"
        )
    return "\n".join(lines)
