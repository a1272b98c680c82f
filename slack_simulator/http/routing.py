"""Which part of the simulator answers which address, and who is not answered at all."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from slack_simulator.http.wire import Request, Response, text_response

Handler = Callable[[Request], Response]

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class Router:
    """Hands a request to the handler of the longest prefix of its path."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = sorted(handlers.items(), key=lambda item: -len(item[0]))

    def __call__(self, request: Request) -> Response:
        """Answer a request; 403 if a web page of another site is behind it."""
        if refusal := foreign(request):
            return text_response(refusal, 403)
        for prefix, handler in self._handlers:
            if request.path.startswith(prefix):
                return handler(request)
        return text_response("nothing here; the Web API is under /api/, the rest under /sim/", 404)


def foreign(request: Request) -> str:
    """Why a request may come from a web page elsewhere; empty if it cannot.

    A page can make a browser call us under a name of its own that it points to 127.0.0.1 (DNS
    rebinding: then Host is that name), or post to us from its own address (then Origin is that).
    """
    host = request.headers.get("host", "")
    if _name(f"//{host}") not in _LOOPBACK_NAMES:
        return "the simulator answers under loopback names only: use http://127.0.0.1"
    origin = request.headers.get("origin", "")
    if origin and origin != f"http://{host}":
        return "the simulator takes no requests from pages of other sites"
    return ""


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
