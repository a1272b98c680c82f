"""The Go Playground: POST /_/share stores a snippet, GET /play/p/ID shows it, /play/ is a page.

POST /_/fmt and /_/compile take a form with `body`, and return JSON. There is no Go here: they find
that a snippet is formatted and passes go vet, unless `format_errors`, `formatted` or `vet_errors`
say otherwise of it.
"""

import base64
import hashlib
import html
from urllib.parse import parse_qsl

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import (
    Request,
    Response,
    html_response,
    json_response,
    text_response,
)
from slack_simulator.services.service import Service
from slack_simulator.workspace.objects import Json

LARGEST_SNIPPET = 64 * 1024


class Playground(Service):
    """The Go Playground. `shares` maps IDs to snippets, oldest first."""

    name = "playground"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.shares: dict[str, str] = {}
        self.format_errors: dict[str, str] = {}
        self.formatted: dict[str, str] = {}
        self.vet_errors: dict[str, str] = {}

    def answer(self, request: Request, path: str) -> Response:
        """Store or show a snippet, or show the start page."""
        if path == "/_/share":
            if request.method != "POST":
                return text_response("Requires POST", 405)
            return self._share(request.body)
        if path in {"/_/fmt", "/_/compile"}:
            form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
            return self._checked(path, form)
        if path == "/play/":
            return html_response("<!DOCTYPE html><html><body>The Go Playground</body></html>")
        if path.startswith("/play/p/"):
            return self._show(path.removeprefix("/play/p/").removesuffix(".go"))
        return text_response("404 page not found", 404)

    def _share(self, code: bytes) -> Response:
        if len(code) > LARGEST_SNIPPET:
            return text_response("Snippet is too large", 413)
        snippet = _snippet_id(code)
        with self.lock:
            self.shares[snippet] = code.decode("utf-8", "replace")
        return text_response(snippet)

    def _checked(self, path: str, form: dict[str, str]) -> Response:
        code = form.get("body", "")
        if path == "/_/fmt":
            error = self.format_errors.get(code, "")
            body = "" if error else self.formatted.get(code, code.rstrip() + "\n")
            return json_response({"Body": body, "Error": error})
        error = self.format_errors.get(code, "")
        compiled: Json = {"Errors": error, "Events": None, "Status": 0, "IsTest": False}
        if not error and form.get("withVet") == "true":
            vet = self.vet_errors.get(code, "")
            compiled |= {"VetErrors": vet} if vet else {"VetOK": True}
        return json_response(compiled)

    def _show(self, snippet: str) -> Response:
        code = self.shares.get(snippet)
        if code is None:
            return text_response("Snippet not found", 404)
        return html_response(f"<!DOCTYPE html><html><body><pre>{html.escape(code)}</pre></body>")


def _snippet_id(code: bytes) -> str:
    """Return an ID like the real ones: a hash of the code in URL-safe base64, not ending in `_`."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(code).digest()).decode()
    length = 11
    while digest[length - 1] == "_":
        length += 1
    return digest[:length]
