"""Says what Go's releases brought to the standard library, and which of them a piece of code needs.

Both read the table that `reference/reference.toml` describes.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from gopherbot.content.commands.doc import table_of
from gopherbot.errors import ServiceError
from gopherbot.golang.needs import MOST_CODE, Need, needs
from gopherbot.golang.program import unmarked
from gopherbot.model import Ask, Audience, File, Message, Reply
from gopherbot.reference import Symbol, Table, release
from gopherbot.router import Example, Handler, Router
from gopherbot.rulebook.schema import Data, Reference
from gopherbot.slack.markup import escape, without_links

_MOST_NAMES = 60
_MOST_FILES = 3
_VERSION = r"(?:go\s?)?(\d+\.\d+)(?:\.\d+)?"
_RANGE = re.compile(
    rf"(?:in\s+|from\s+|between\s+|(?P<since>since\s+|after\s+))?{_VERSION}"
    rf"(?P<to>\s*(?:\.\.+|-|\u2013|to|and|\s)\s*(?:{_VERSION})?)?"
    r"(?:\s+(?:in\s+)?(?P<package>[a-z][\w/.]{0,80}))?\s*\??",
    re.IGNORECASE,
)
_FENCE = "```"


def routes(data: Data) -> Router:
    """Return a router with the prefixes that `reference.toml` has."""
    router, about = Router(), data.reference
    table = table_of(data)
    if not (table and about.changes and about.minimum):
        return router
    router.prefix(
        about.changes,
        addressed=True,
        when=lambda message: _asked(message, about) is not None,
        help=about.changes_help,
        example=Example(f"{about.changes}1.22..1.23 slices", "`Chunk`"),
    )(_what_changed(table, about))
    router.prefix(
        about.minimum,
        addressed=True,
        when=lambda message: _rest(message, about) is not None,
        help=about.minimum_help,
        example=Example(f"{about.minimum}`x := new(42)`", "Go 1.26"),
    )(_minimum(table, about))
    return router


def _asked(message: Message, about: Reference) -> re.Match[str] | None:
    asked = without_links(message.text[len(about.changes) :]).replace("`", "").strip()
    return _RANGE.fullmatch(asked)


def _what_changed(table: Table, about: Reference) -> Handler:
    @lru_cache(maxsize=32)
    def new(after: str, until: str) -> tuple[Symbol, ...]:
        """Return what is newer than one version, and no newer than the other."""
        found = [v for v in table.versions() if release(after) < release(v) <= release(until)]
        return tuple(symbol for version in found for symbol in table.added(version))

    def what_changed(ask: Ask) -> Reply | None:
        asked = _asked(ask.message, about)
        if not asked:
            return None
        newest = table.versions()[-1]
        first, last, name = asked[2], asked[4], asked["package"]
        if not (asked["to"] or asked["since"]):
            last, first = first, _before(table, first)
        first, last = sorted((first, last or newest), key=release)
        packages = {entry.package for entry in table.packages(name)} if name else set()
        if name and not packages:
            return Reply(f"I can't find `{escape(name)}` in {about.title}.", to=Audience.ASKER_ONLY)
        found = [each for each in new(first, last) if not name or each.package in packages]
        where = f" in `{escape(name)}`" if name else f" in {about.title}"
        span = (
            f"since Go {first}, up to {last}" if _before(table, last) != first else f"in Go {last}"
        )
        if not found:
            return Reply(f"Nothing is new{where} {span}.", mentions=True)
        lines = _names(found, about) if name else _counts(found, about, f"{first}..{last}")
        return Reply(f"New{where} {span}:", attachment="\n".join(lines), mentions=True)

    return what_changed


def _before(table: Table, version: str) -> str:
    older = [each for each in table.versions() if release(each) < release(version)]
    return older[-1] if older else "0.0"


def _names(found: Iterable[Symbol], about: Reference) -> Iterator[str]:
    """Yield a line for each package and version, with the names that it brought."""
    lines: dict[tuple[str, str], list[str]] = {}
    for each in found:
        name = f"`{escape(each.name)}`" if each.name else "the package itself"
        lines.setdefault((each.package, each.version), []).append(name)
    for (package, version), names in lines.items():
        rest = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        link = f"<{about.site}{escape(package)}|{escape(package)}>"
        yield f"*Go {version}*, {link}: {', '.join(names[:_MOST_NAMES])}{rest}"


def _counts(found: Iterable[Symbol], about: Reference, span: str) -> Iterator[str]:
    """Yield the new packages, and how many names the others got."""
    counts: dict[str, int] = {}
    new: dict[str, str] = {}
    for each in found:
        if each.name:
            counts[each.package] = counts.get(each.package, 0) + 1
        else:
            new[each.package] = each.version
    if new:
        yield "*New packages*: " + ", ".join(
            f"<{about.site}{escape(path)}|{escape(path)}> ({version})"
            for path, version in new.items()
        )
    more = sorted((path for path in counts if path not in new), key=lambda p: (-counts[p], p))
    if more:
        yield "*New names in*: " + ", ".join(f"`{escape(p)}` ({counts[p]})" for p in more[:30])
        yield f"For the names, add the package: `{about.changes}{span} {escape(more[0])}`"


def _minimum(table: Table, about: Reference) -> Handler:
    def version_of(package: str, name: str) -> str:
        """Return the oldest version of the symbol: packages may share their last name."""
        versions = [symbol.version for symbol in table.named(package, name) if symbol.version]
        return min(versions, key=release, default="")

    def minimum(ask: Ask) -> Reply | None:
        code = _code(_rest(ask.message, about) or "")
        if not code and not _files(ask.message):
            said = f"Put your code after `{about.minimum}`, in a code block, or share a Go file."
            return Reply(said, to=Audience.ASKER_ONLY)
        for file in _files(ask.message)[:_MOST_FILES]:
            try:
                code += "\n" + ask.files.read_file(file)
            except ServiceError:
                return Reply(f"I can't read {escape(file.name)}.", to=Audience.ASKER_ONLY)
        return Reply(_said(needs(code, version_of)), mentions=True)

    return minimum


def _said(found: list[Need]) -> str:
    newest = found[0].version if found else ""
    if not newest or release(newest) < (1, 13):
        return "I see nothing in it that needs a newer Go than 1.13."
    first = ", ".join(f"`{escape(need.code)}`" for need in found if need.version == newest)
    said = f"Needs at least *Go {newest}*: {first}"
    rest = [need for need in found if need.version != newest and need.order > (1, 13)]
    if rest:
        older = [need for need in rest if need.version == rest[0].version]
        names = ", ".join(f"`{escape(need.code)}`" for need in older)
        said += f"\nWithout that, Go {rest[0].version}: {names}"
    return said


def _rest(message: Message, about: Reference) -> str | None:
    """Return what follows the prefix as the member typed it; None if that's another word."""
    start = message.raw.casefold().find(about.minimum)
    begins = start + len(about.minimum)
    rest = message.raw[begins : begins + MOST_CODE] if start >= 0 else ""
    return None if rest and rest[0].isalnum() else unmarked(rest)


def _code(rest: str) -> str:
    """Return what's in code blocks, or else all of it."""
    blocks = rest.split(_FENCE)[1::2]
    return "\n".join(blocks) if blocks else rest.strip(" \t\n:`")


def _files(message: Message) -> list[File]:
    return [file for file in message.files if file.name.endswith(".go") or file.filetype == "go"]
