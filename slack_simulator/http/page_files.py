"""The page: a small Slack in the browser. Its files are served as they are; there is no build.

`/` is the page itself; what it loads is under `/page/scripts/`, `/page/styles/` and
`/page/images/`, as in the folder, and the workspace's own emoji under `/page/emoji/`;
`/page/emoji.json` names the standard ones. The policy
lets it load nothing from elsewhere and run no text as code: what members write can never become
more than text.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from slack_simulator.http.messages import Request, Response, text_response
from slack_simulator.workspace import emoji as standard_emoji

FOLDER: Final = Path(__file__).parent.parent / "page"

_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "json": "application/json",
}
#: A path of one of our files and nothing else: plain names between slashes, one dot, no `..`.
_ADDRESS: Final = re.compile(
    r"/page/((?:scripts|styles|images)/(?:[a-z][a-z0-9_]*/)?[a-z][a-z0-9_]*\.(css|js|svg))"
)
_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
_HEADERS: Final = {
    # Whoever edits a file sees it at the next reload.
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PageFiles:
    """The page's files and the pictures of the workspace's own emoji."""

    def __init__(self, emoji: Mapping[str, Path | None]) -> None:
        self._files = {"/": FOLDER / "index.html", "/page/emoji.json": standard_emoji.FILE}
        self._files |= {
            a: path for name, a in emoji_addresses(emoji).items() if (path := emoji[name])
        }

    def handle(self, request: Request) -> Response:
        """Answer with a file of the page; 404 for every other address, 405 for another method."""
        path = self._file(request.path)
        content = _content(path) if path else None
        if path is None or content is None:
            return text_response("nothing here; the page is at /, the Web API under /api/", 404)
        if request.method != "GET":
            return text_response("GET is taken here", 405, Allow="GET")
        headers = {"Content-Type": _TYPES[path.suffix[1:]], **_HEADERS}
        return Response(headers=headers, body=content)

    def _file(self, address: str) -> Path | None:
        """Return the file that an address asks for; None if none."""
        match = _ADDRESS.fullmatch(address)
        return FOLDER / match[1] if match else self._files.get(address)


def emoji_addresses(emoji: Mapping[str, Path | None]) -> dict[str, str]:
    """Return the address of each emoji's picture, by the emoji's name; empty if it has none."""
    return {
        name: f"/page/emoji/{name}{path.suffix}" if path else "" for name, path in emoji.items()
    }


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
