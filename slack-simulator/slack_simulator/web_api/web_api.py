"""The Web API: authentication, rate limits, injected faults and dispatch to the methods."""

import secrets
import threading
import time
from collections.abc import Iterable

from slack_simulator.feed.feed import Feed
from slack_simulator.http.exchange import exchange_of
from slack_simulator.http.messages import Request, Response, html_response, json_response
from slack_simulator.interactivity.interactivity import Interactivity
from slack_simulator.socket_mode.socket_mode import SocketMode
from slack_simulator.web_api import arguments as call_arguments
from slack_simulator.web_api import faults as call_faults
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import DEFAULT_SCOPES, Caller
from slack_simulator.web_api.faults import Fault, Faults
from slack_simulator.web_api.limits import Buckets, RateLimit
from slack_simulator.web_api.methods import APP_LEVEL, METHODS, PUBLIC, writes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.workspace import Workspace

_POSTING = frozenset({"chat.postMessage", "chat.postEphemeral"})


class WebApi:
    """Answer calls of Slack's methods.

    These attributes can be set at any time:
    `latency`     the minimum duration of a call in seconds
    `scopes`      the scopes granted to the bot
    `tokens`      the accepted tokens; None accepts every token that starts with `xoxb-`
    `rate_limit`  the limit for posting in a channel; None for no limit
    """

    def __init__(
        self,
        workspace: Workspace,
        feed: Feed,
        faults: Faults,
        interactivity: Interactivity,
        socket_mode: SocketMode,
    ) -> None:
        self.latency = 0.0
        self.scopes: Iterable[str] = DEFAULT_SCOPES
        self.tokens: set[str] | None = None
        self.rate_limit: RateLimit | None = None
        self.files_url = ""
        self._workspace = workspace
        self._feed = feed
        self._faults = faults
        self._interactivity = interactivity
        self._socket_mode = socket_mode
        self._buckets = Buckets()
        self._closing = threading.Event()

    def close(self) -> None:
        """Release the calls that are delayed by latency or a fault."""
        self._closing.set()

    def handle(self, request: Request) -> Response:
        """Answer one call, and log it in the feed before the response is sent."""
        method = request.path.removeprefix("/api/")
        if request.method != "POST" and (request.method != "GET" or writes(method)):
            # An <img> on another site's page sends a GET, which must not change anything.
            refusal = {"ok": False, "error": "method_not_allowed"}
            return json_response(refusal, 405, Allow="POST")
        began, started = time.time(), time.monotonic()
        try:
            arguments = call_arguments.read(request)
        except SlackError as refusal:
            arguments, response, fault = Arguments({}), _refused(refusal), None
        else:
            if self.latency:
                self._closing.wait(self.latency)
            fault = self._faults.take(method, self._channel_names(arguments))
            response = self._answer(method, request, arguments, fault)
        response.headers["X-Slack-Req-Id"] = secrets.token_hex(16)
        response.headers["X-OAuth-Scopes"] = ",".join(self.scopes)
        times = {"began": began, "seconds": time.monotonic() - started}
        self._log(request, arguments, response, fault, times)
        return response

    def download(self, request: Request) -> Response:
        """Return the content of an uploaded file if the token may read files.

        The path is /files-pri/TEAM-FILE/download/NAME or /files-pri/TEAM-FILE/NAME. Without
        permission, the response is Slack's sign-in page, with status 200.
        """
        _, _, file_id = request.path.split("/")[2].partition("-")
        file = self._workspace.files.get(file_id)
        allowed = self._accepts(_bearer(request)) and "files:read" in self.scopes
        if not allowed:
            return html_response("<!DOCTYPE html><html><body>Sign in to Slack</body></html>")
        if file is None or time.monotonic() < file.visible_at:
            return html_response("<!DOCTYPE html><html><body>Not found</body></html>", 404)
        return Response(headers={"Content-Type": file.mimetype}, body=file.content)

    def _answer(
        self, method: str, request: Request, arguments: Arguments, fault: Fault | None
    ) -> Response:
        def perform() -> Response:
            return self._perform(method, _bearer(request) or arguments.text("token"), arguments)

        if fault is not None:
            return call_faults.strike(fault, perform, self._closing.wait)
        return perform()

    def _perform(self, name: str, token: str, arguments: Arguments) -> Response:
        method = METHODS.get(name)
        if method is None:
            return _refused(SlackError("unknown_method", req_method=name))
        try:
            if name in APP_LEVEL:
                _authenticate_app(token)
            elif name not in PUBLIC:
                self._authenticate(token)
            if name in _POSTING and (wait := self._must_wait(arguments)):
                return call_faults.rate_limited(wait)
            return json_response({"ok": True, **method(self._caller(), arguments)})
        except SlackError as refusal:
            return _refused(refusal)

    def _caller(self) -> Caller:
        return Caller(
            workspace=self._workspace,
            scopes=frozenset(self.scopes),
            files_url=self.files_url,
            interactivity=self._interactivity,
            socket_mode=self._socket_mode,
        )

    def _authenticate(self, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if not self._accepts(token):
            raise SlackError("invalid_auth")

    def _accepts(self, token: str) -> bool:
        return token.startswith("xoxb-") if self.tokens is None else token in self.tokens

    def _must_wait(self, arguments: Arguments) -> int:
        """Return the seconds until the bot may post in the channel; 0 if it may now."""
        if self.rate_limit is None:
            return 0
        conversation = self._channel_names(arguments)[0] or arguments.text("channel")
        return self._buckets.take(conversation, self.rate_limit)

    def _channel_names(self, arguments: Arguments) -> tuple[str | None, str | None]:
        """Return the ID and the name of the call's channel; None for what isn't known."""
        given = arguments.text("channel")
        try:
            conversation = self._workspace.conversation(given)
        except SlackError:
            return given or None, None
        return conversation.id, conversation.name

    def _log(
        self,
        request: Request,
        arguments: Arguments,
        response: Response,
        fault: Fault | None,
        times: Json,
    ) -> None:
        given: Json = {n: value for n, value in arguments.values.items() if n != "token"}
        self._feed.append(
            "api_call",
            {
                "method": request.path.removeprefix("/api/"),
                "arguments": given,
                "channel": given.get("channel"),
                "http_status": None if response.cut else response.status,
                "error": response.error,
                "fault": fault.kind if fault is not None else "",
                "exchange": self._feed.exchanges.add(exchange_of(request, response)),
                **times,
            },
        )


def _authenticate_app(token: str) -> None:
    """Accept any app-level token. Raise `not_allowed_token_type` or `not_authed` otherwise."""
    if not token.startswith("xapp-"):
        raise SlackError("not_allowed_token_type" if token else "not_authed")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refused(refusal: SlackError) -> Response:
    return json_response({"ok": False, "error": refusal.error, **refusal.facts})
