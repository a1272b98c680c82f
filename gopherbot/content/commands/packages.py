"""Links to the pages of packages, on the sites of `packages.toml`."""

import re

from gopherbot.model import Ask, Reply
from gopherbot.router import Example, Handler, Router
from gopherbot.rulebook.schema import Data, PackageSite
from gopherbot.slack.markup import without_links, without_scheme

# A path as cmd/go (golang.org/x/mod/module.CheckImportPath) and most other tools accept it:
# elements of these characters, neither empty nor beginning or ending with a dot, and no "-" at the
# start of the path.
_ELEMENT = r"(?!\.)[A-Za-z0-9._~+-]+(?<!\.)"
_PATH = rf"(?!-){_ELEMENT}(?:/{_ELEMENT})*"
_QUERY_OR_ANCHOR = re.compile(r"[?#][!-~]*")
_SHORTEST, _LONGEST = 2, 255
"""Characters. No package has a one-letter name, and "d/l" means download."""
_AFTER = ".,;:!?/)"
"""Punctuation that may follow a path in a sentence without belonging to it."""


def routes(data: Data) -> Router:
    """Return a router with a prefix for every entry."""
    router = Router("packages.toml")
    for prefix, site in data.packages.items():
        example = Example(prefix + site.example, site.url + site.example) if site.example else None
        router.prefix(prefix, help=site.help, example=example)(_to(site))
    return router


def _to(site: PackageSite) -> Handler:
    marks = "|".join(map(re.escape, site.after))
    more = rf"(?:(?:{marks}){_ELEMENT}(?:/{_ELEMENT})*)*" if marks else ""
    address = re.compile(_PATH + more)
    # What a member may have copied from the site's address: for "https://pkg.go.dev/github.com/",
    # "pkg.go.dev/github.com/" or "github.com/".
    elements = without_scheme(site.url).rstrip("/").split("/")
    beginnings = ["/".join(elements[n:]) + "/" for n in range(len(elements))]

    def link(ask: Ask) -> Reply | None:
        """Return None if there is no path: plenty of ordinary messages begin with "d/"."""
        if not ask.argument or ask.argument[0].isspace():
            return None
        written = without_scheme(without_links(ask.argument).split(maxsplit=1)[0].rstrip(_AFTER))
        beginning = next(filter(written.startswith, beginnings), "")
        written = written.removeprefix(beginning)
        path = address.match(written)
        if not path or len(path[0]) < _SHORTEST or len(written) > _LONGEST:
            return None
        rest = written[path.end() :]
        if rest and not _QUERY_OR_ANCHOR.fullmatch(rest):
            return None  # not a path; a query or an anchor after one is dropped
        return Reply(site.url + path[0].rstrip(_AFTER), mentions=True)

    return link
