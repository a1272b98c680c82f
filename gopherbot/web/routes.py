"""The paths, their methods, and errors in plain text."""

from __future__ import annotations

import falcon

from gopherbot import logs
from gopherbot.slack.events import EVENT_PATH

ALIVE_PATH = "/_ruok"
READY_PATH = "/_ready"
METRICS_PATH = "/metrics"

_READ = frozenset({ALIVE_PATH, READY_PATH, METRICS_PATH})
_READING = frozenset({"GET", "HEAD"})

log = logs.get_logger(__name__)


class Methods:
    """Falcon middleware that allows POST for events, GET and HEAD for the other pages."""

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        """Echo the request's id, and refuse any other path or method."""
        id = request_id(request)
        if id:
            response.set_header("X-Request-ID", id)
        if request.path == EVENT_PATH:
            if request.method != "POST":
                raise falcon.HTTPMethodNotAllowed(["POST"], description="use POST")
        elif request.path not in _READ or request.method not in _READING:
            raise falcon.HTTPNotFound(description="not found")


def request_id(request: falcon.Request) -> str | None:
    """Return the request id set by the sender, if it is safe to repeat."""
    given: str = request.env.get("HTTP_X_REQUEST_ID", "")
    fit = 1 <= len(given) <= 200 and given.isascii() and given.isprintable()
    return given if fit else None


def plain_error(
    request: falcon.Request,
    response: falcon.Response,
    error: falcon.HTTPError,
) -> None:
    """Answer an error with one short line of text that repeats nothing from the request."""
    response.content_type = falcon.MEDIA_TEXT
    response.text = f"{error.description or error.title}\n"


def failed(
    request: falcon.Request, response: falcon.Response, error: Exception, params: object
) -> None:
    """Log an unexpected error and answer 500."""
    log.error("request failed", exc_info=error, request_id=request_id(request))
    raise falcon.HTTPInternalServerError(description="internal error")
