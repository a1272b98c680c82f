"""The routing of requests to the parts of the simulator."""

from collections.abc import Callable, Mapping

from slack_simulator.http import cross_site
from slack_simulator.http.messages import Request, Response, text_response

Handler = Callable[[Request], Response]


class RequestRouter:
    """Route each request to the handler with the longest matching path prefix."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = sorted(handlers.items(), key=lambda item: -len(item[0]))

    def __call__(self, request: Request) -> Response:
        """Answer a request, or return 403 if another site's page may have sent it."""
        if refusal := cross_site.refusal(request):
            return text_response(refusal, 403)
        for prefix, handler in self._handlers:
            if request.path.startswith(prefix):
                return handler(request)
        return text_response("not found; the Web API is under /api/, the rest under /sim/", 404)
