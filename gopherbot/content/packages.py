"""Links to the pages of packages, on the sites of `packages.toml`."""

import re

from gopherbot.model import Ask, Reply
from gopherbot.router import Handler, Router
from gopherbot.rulebook.content_files import Data
from gopherbot.slack.markup import without_links

# A path of names as cmd/go takes it (golang.org/x/mod/module.CheckImportPath), and most others do:
# elements of these characters that neither are empty nor begin or end with a dot, the first
# beginning with no "-".
_ELEMENT = r"(?!\.)[A-Za-z0-9._~+-]+(?<!\.)"
_PATH = re.compile(rf"(?!-){_ELEMENT}(?:/{_ELEMENT})*")
_LONGEST = 255
_AFTER = ".,;:!?/)"
"""What may follow a path in a sentence, and is no part of it."""


def routes(data: Data) -> Router:
    """Make a prefix of every entry."""
    router = Router("packages.toml")
    for prefix, site in data.packages.items():
        example = (prefix + site.example, site.url + site.example) if site.example else None
        router.prefix(prefix, help=site.help, example=example)(_to(site.url))
    return router


def _to(base: str) -> Handler:
    def link(ask: Ask) -> Reply | None:
        return _link(base, ask.argument)

    return link


def _link(base: str, text: str) -> Reply | None:
    """Silence if there is no path: plenty of ordinary messages begin with "d/"."""
    if not text or text[0].isspace():
        return None
    path = without_links(text).split(maxsplit=1)[0].rstrip(_AFTER)
    if len(path) > _LONGEST or not _PATH.fullmatch(path):
        return None
    return Reply(base + path, mentions=True)
