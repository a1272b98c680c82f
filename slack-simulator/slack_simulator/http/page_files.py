"""The page: a small Slack in the browser. Its files are served as they are, without a build step.

`/` is the page itself. Its files are under `/page/scripts/`, `/page/styles/` and `/page/images/`,
and the workspace's custom emoji under `/page/emoji/`. `/page/emoji.json` lists the standard emoji.
The content security policy keeps the page from loading anything from other hosts and from running
text as code, so members' messages can never become more than text.
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
#: The path of a page file: plain names between slashes, a single dot, never `..`.
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
    # An edited file takes effect at the next reload.
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PageFiles:
    """Serve the page's files and the images of the workspace's custom emoji."""

    def __init__(self, emoji: Mapping[str, Path | None]) -> None:
        self._files = {"/": FOLDER / "index.html", "/page/emoji.json": standard_emoji.FILE}
        self._files |= {
            a: path for name, a in emoji_addresses(emoji).items() if (path := emoji[name])
        }

    def handle(self, request: Request) -> Response:
        """Return a file of the page, 404 for any other path or 405 for any method but GET."""
        path = self._file(request.path)
        content = _content(path) if path else None
        if path is None or content is None:
            return text_response("not found; the page is at /, the Web API under /api/", 404)
        if request.method != "GET":
            return text_response("use GET here", 405, Allow="GET")
        headers = {"Content-Type": _TYPES[path.suffix[1:]], **_HEADERS}
        return Response(headers=headers, body=content)

    def _file(self, address: str) -> Path | None:
        """Return the file at an address, or None."""
        match = _ADDRESS.fullmatch(address)
        return FOLDER / match[1] if match else self._files.get(address)


def emoji_addresses(emoji: Mapping[str, Path | None]) -> dict[str, str]:
    """Return the path of each emoji's image by the emoji's name; empty if it has none."""
    return {
        name: f"/page/emoji/{name}{path.suffix}" if path else "" for name, path in emoji.items()
    }


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
