"""Links to the pages of packages, on the sites of `packages.toml`."""

import re

from gopherbot.model import Ask, Reply
from gopherbot.router import Handler, Router
from gopherbot.rulebook.schema import Data, PackageSite
from gopherbot.slack.markup import without_links

# A path of names as cmd/go takes it (golang.org/x/mod/module.CheckImportPath), and most others do:
# elements of these characters that neither are empty nor begin or end with a dot, the first
# beginning with no "-".
_ELEMENT = r"(?!\.)[A-Za-z0-9._~+-]+(?<!\.)"
_PATH = rf"(?!-){_ELEMENT}(?:/{_ELEMENT})*"
_QUERY_OR_ANCHOR = re.compile(r"[?#][!-~]*")
_SHORTEST, _LONGEST = 2, 255
"""No package has a name of one letter, but "d/l" is a download."""
_AFTER = ".,;:!?/)"
"""What may follow a path in a sentence, and is no part of it."""


def routes(data: Data) -> Router:
    """Make a prefix of every entry."""
    router = Router("packages.toml")
    for prefix, site in data.packages.items():
        example = (prefix + site.example, site.url + site.example) if site.example else None
        router.prefix(prefix, help=site.help, example=example)(_to(site))
    return router


def _to(site: PackageSite) -> Handler:
    marks = "|".join(map(re.escape, site.after))
    more = rf"(?:(?:{marks}){_ELEMENT}(?:/{_ELEMENT})*)*" if marks else ""
    address = re.compile(_PATH + more)

    def link(ask: Ask) -> Reply | None:
        """Be silent if there is no path: plenty of ordinary messages begin with "d/"."""
        if not ask.argument or ask.argument[0].isspace():
            return None
        written = without_links(ask.argument).split(maxsplit=1)[0].rstrip(_AFTER)
        path = address.match(written)
        if not path or len(path[0]) < _SHORTEST or len(written) > _LONGEST:
            return None
        rest = written[path.end() :]
        if rest and not _QUERY_OR_ANCHOR.fullmatch(rest):
            return None  # not a path; what follows one as in an address is left out
        return Reply(site.url + path[0].rstrip(_AFTER), mentions=True)

    return link
