"""Which path takes which method, and errors in plain text."""

from __future__ import annotations

import falcon

EVENT_PATH = "/slack/event"
ALIVE_PATH = "/_ruok"
READY_PATH = "/_ready"

_READING = frozenset({"GET", "HEAD"})


class Methods:
    """Falcon middleware: only events are posted, all else is read; anything else is not there."""

    def process_request(self, request: falcon.Request, response: falcon.Response) -> None:
        """Refuse what the contract does not name."""
        if request.path == EVENT_PATH:
            if request.method != "POST":
                raise falcon.HTTPMethodNotAllowed(["POST"], description="events are posted")
        elif request.method not in _READING:
            raise falcon.HTTPNotFound(description="there is nothing here")


def plain_error(
    request: falcon.Request,
    response: falcon.Response,
    error: falcon.HTTPError,
) -> None:
    """Answer an error in one short line of text that holds nothing of the request."""
    response.content_type = falcon.MEDIA_TEXT
    response.text = f"{error.description or error.title}\n"
