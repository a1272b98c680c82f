"""Links to the documentation of packages."""

import re

from gopherbot.mentions import without_links
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()

# An import path as cmd/go takes it (golang.org/x/mod/module.CheckImportPath): elements of these
# characters that neither are empty nor begin or end with a dot, the first beginning with no "-".
_ELEMENT = r"(?!\.)[A-Za-z0-9._~+-]+(?<!\.)"
_PATH = re.compile(rf"(?!-){_ELEMENT}(?:/{_ELEMENT})*")
_LONGEST = 255
_AFTER = ".,;:!?/)"
"""What may follow a path in a sentence, and is no part of it."""


@router.prefix("d/", example=("d/net/http", "https://pkg.go.dev/net/http"))
def package(ask: Ask) -> Reply | None:
    """link the documentation of a package, as in `d/net/http`"""
    return _link("https://pkg.go.dev/", ask.argument)


@router.prefix("ghd/", example=("ghd/gorilla/mux", "https://pkg.go.dev/github.com/gorilla/mux"))
def on_github(ask: Ask) -> Reply | None:
    """link the documentation of a package on GitHub, as in `ghd/gorilla/mux`"""
    return _link("https://pkg.go.dev/github.com/", ask.argument)


def _link(base: str, text: str) -> Reply | None:
    """Silence if there is no path: plenty of ordinary messages begin with "d/"."""
    if not text or text[0].isspace():
        return None
    path = without_links(text).split(maxsplit=1)[0].rstrip(_AFTER)
    if len(path) > _LONGEST or not _PATH.fullmatch(path):
        return None
    return Reply(base + path, mentions=True)
