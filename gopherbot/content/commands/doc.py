"""Looks up packages and symbols in the table that `reference/reference.toml` describes."""

import re
from collections.abc import Sequence

from gopherbot.model import Ask, Audience, Reply
from gopherbot.reference import Symbol, Table
from gopherbot.reference.lookup import Lookup, clean, look_up
from gopherbot.router import Example, Router
from gopherbot.rulebook.schema import Data, Reference
from gopherbot.slack.markup import escape, excerpt, without_links, without_scheme

_MOST = 8
_SHOWN = 60
"""Characters of an unknown name that the reply repeats."""
_FIRST = "1.0"
"""The version that everything has always been in: not worth a word."""
_MOST_CONSTANTS = 12
_PATH = re.compile(r"[\w.-]+/[\w./-]+")
_VERSION_OR_QUERY = re.compile(r"[?@][^#]*")


def routes(data: Data) -> Router:
    """Return a router with the prefix."""
    router, about = Router(), data.reference
    table = table_of(data)
    if not table:
        return router
    example = Example(about.prefix + about.example, about.example)

    @router.prefix(about.prefix, addressed=True, help=about.help, example=example)
    def doc(ask: Ask) -> Reply | None:
        asked = _name(without_links(ask.argument), about.site)
        if not clean(asked):
            return None
        found = look_up(table, asked)
        if found.only:
            return Reply(shown(found, table, about), mentions=True)
        name = excerpt(asked.replace("`", ""), _SHOWN)
        if not found.entries:
            said = f"I can't find `{name}` in {about.title}.{_elsewhere(asked, data)}"
            return Reply(said, to=Audience.ASKER_ONLY)
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


def table_of(data: Data) -> Table | None:
    """Return the content's reference, if it has one. Raise `ValueError` if it can't be used."""
    file = data.folder / "reference" / "reference.tsv"
    return Table.read(file) if data.reference.prefix else None


def shown(found: Lookup, table: Table, about: Reference) -> str:
    """Return what there is to say about the entry that a name stands for: `found.only`."""
    entry, *majors = found.entries
    facts = [_link(entry, about)]
    if entry.version not in ("", _FIRST):
        facts.append(about.since.replace("{version}", entry.version))
    if entry.platform:
        facts.append(f"only on {entry.platform}")
    if entry.deprecated:
        facts.append("*deprecated*")
    lines = [f"`{escape(entry.signature)}`"] if entry.signature else []
    lines.append(", ".join(facts))
    if entry.signature.startswith("type ") and (constants := table.constants(entry)):
        names = ", ".join(f"`{name}`" for name in constants[:_MOST_CONSTANTS])
        more = len(constants) - _MOST_CONSTANTS
        lines.append(f"Its constants: {names}" + (f" and {more} more" if more > 0 else ""))
    if majors:
        lines.append("There's also " + ", ".join(_link(each, about) for each in majors))
    return "\n".join(lines)


def _link(entry: Symbol, about: Reference) -> str:
    return f"<{escape(_address(entry, about))}|{escape(entry.full_name)}>"


def _elsewhere(asked: str, data: Data) -> str:
    """Return which prefix links a package that isn't in the table, by its path."""
    path = asked.removeprefix("github.com/") if "/" in asked else ""
    for prefix, site in data.packages.items():
        beginning = site.url.removesuffix("github.com/")
        if path and beginning != site.url and _PATH.fullmatch(path):
            return f" For other packages: `{escape(prefix + path)}`"
    return ""


def _lines(entries: Sequence[Symbol], about: Reference) -> str:
    lines = [
        f"• {_link(entry, about)}"
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
