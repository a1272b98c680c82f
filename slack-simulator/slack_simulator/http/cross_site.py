"""Reject requests that other sites' web pages make a browser send.

Another site's page can post to the simulator from its own origin, which `Origin` or
`Sec-Fetch-Site` reveals. It can also resolve its own host name to 127.0.0.1 (DNS rebinding), which
`Host` reveals. Programs other than browsers send neither `Origin` nor `Sec-Fetch-Site`.
"""

import re
from typing import Final

from slack_simulator.http.messages import Request

_LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?")
_OURS: Final = frozenset({"", "same-origin", "none"})
"""`Sec-Fetch-Site` values of the simulator's own page and of an address typed by the user."""


def refusal(request: Request) -> str:
    """Return why a request may come from another site's page; empty if it can't."""
    host = request.headers.get("host", "")
    if not _LOOPBACK.fullmatch(host):
        return "the simulator answers to loopback names only; use http://127.0.0.1"
    origin = request.headers.get("origin", "")
    foreign = bool(origin) and origin != f"http://{host}"
    # `same-site` includes other ports of this machine, which are foreign too.
    foreign = foreign or request.headers.get("sec-fetch-site", "") not in _OURS
    if foreign and not _follows_link(request):
        return "the simulator doesn't accept requests from other sites' pages"
    return ""


def _follows_link(request: Request) -> bool:
    """Return whether the user followed a link to the page, which changes nothing."""
    mode = request.headers.get("sec-fetch-mode")
    return request.method == "GET" and request.path == "/" and mode == "navigate"
