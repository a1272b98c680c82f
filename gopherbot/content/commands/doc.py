"""Looks up packages and symbols in the table that `reference/reference.toml` describes."""

import re
from collections.abc import Sequence

from gopherbot.model import Ask, Audience, Reply
from gopherbot.reference import Symbol, Table, clean, look_up
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data, Reference
from gopherbot.slack.markup import escape, without_links, without_scheme

_MOST = 8
_SHOWN = 60
"""Characters of an unknown name that the reply repeats."""
_VERSION_OR_QUERY = re.compile(r"[?@][^#]*")


def routes(data: Data) -> Router:
    """Return a router with the prefix."""
    router, about = Router(), data.reference
    if not about.prefix:
        return router
    table = Table.read(data.folder / "reference" / "reference.tsv")
    example = Example(about.prefix + about.example, about.example)

    @router.prefix(about.prefix, addressed=True, help=about.help, example=example)
    def doc(ask: Ask) -> Reply | None:
        asked = _name(without_links(ask.argument), about.site)
        if not clean(asked):
            return None
        found = look_up(table, asked)
        if found.exact and len(found.entries) == 1:
            return Reply(_shown(found.entries[0], about), mentions=True)
        name = _as_code(asked)
        if not found.entries:
            return Reply(f"I can't find `{name}` in {about.title}.", to=Audience.ASKER_ONLY)
        several = f"There's more than one `{name}` in {about.title}:"
        nearly = f"I can't find `{name}` in {about.title}. Did you mean:"
        lines = _lines(found.entries, about)
        return Reply(several if found.exact else nearly, attachment=lines, to=Audience.ASKER_ONLY)

    return router


def _name(asked: str, site: str) -> str:
    """Return the name that was asked for, by itself or by its address on the site."""
    address, start = without_scheme(asked.strip()), without_scheme(site)
    if not address.startswith(start):
        return asked
    return _VERSION_OR_QUERY.sub("", address.removeprefix(start))


def _shown(entry: Symbol, about: Reference) -> str:
    facts = [f"<{escape(_address(entry, about))}|{escape(entry.full_name)}>"]
    if entry.version:
        facts.append(about.since.replace("{version}", entry.version))
    if entry.platform:
        facts.append(f"only on {entry.platform}")
    if entry.deprecated:
        facts.append("*deprecated*")
    line = ", ".join(facts)
    return f"`{escape(entry.signature)}`\n{line}" if entry.signature else line


def _lines(entries: Sequence[Symbol], about: Reference) -> str:
    lines = [
        f"• <{escape(_address(entry, about))}|{escape(entry.full_name)}>"
        + (f": `{escape(entry.signature)}`" if entry.signature else "")
        + (" (deprecated)" if entry.deprecated else "")
        for entry in entries[:_MOST]
    ]
    if len(entries) > _MOST:
        one = escape(about.prefix + entries[0].full_name)
        rest = len(entries) - _MOST
        lines.append(f"… and {rest} more. Add the package to narrow it down: `{one}`")
    return "\n".join(lines)


def _address(entry: Symbol, about: Reference) -> str:
    package, _, symbol = (entry.page or f"{entry.package}#{entry.name}").partition("#")
    query = about.platform.replace("{platform}", entry.platform) if entry.platform else ""
    return f"{about.site}{package}{query}" + (f"#{symbol}" if symbol else "")


def _as_code(text: str) -> str:
    """Return a member's text ready to put between backticks: one short line without markup."""
    line = " ".join(text.replace("`", "").split())
    return escape(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")
