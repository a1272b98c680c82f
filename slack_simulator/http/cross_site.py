"""Requests that web pages of other sites make a browser send, and why they are refused.

A page elsewhere can post to us from its own address (`Origin` or `Sec-Fetch-Site` then tell), or
call us under a name of its own that it points to 127.0.0.1 (DNS rebinding: then `Host` is that
name). Programs other than browsers send neither `Origin` nor `Sec-Fetch-Site`.
"""

import re
from typing import Final

from slack_simulator.http.messages import Request

_LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?")
_OURS: Final = frozenset({"", "same-origin", "none"})
"""Values of Sec-Fetch-Site: our own page, or somebody who typed the address."""


def refusal(request: Request) -> str:
    """Return why a request may come from a page of another site; empty if it cannot."""
    host = request.headers.get("host", "")
    if not _LOOPBACK.fullmatch(host):
        return "the simulator answers under loopback names only: use http://127.0.0.1"
    origin = request.headers.get("origin", "")
    foreign = bool(origin) and origin != f"http://{host}"
    # Another port of this machine counts as `same-site`: it is not ours either.
    foreign = foreign or request.headers.get("sec-fetch-site", "") not in _OURS
    if foreign and not _follows_link(request):
        return "the simulator takes no requests from pages of other sites"
    return ""


def _follows_link(request: Request) -> bool:
    """Whether somebody followed a link to the page: that shows it and changes nothing."""
    mode = request.headers.get("sec-fetch-mode")
    return request.method == "GET" and request.path == "/" and mode == "navigate"
