"""The Web API: authentication, rate limits, injected faults and dispatch to the methods."""

import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterable

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.exchange import exchange_of
from slack_simulator.http.messages import Request, Response, html_response, json_response
from slack_simulator.web_api import arguments as call_arguments
from slack_simulator.web_api import faults as call_faults
from slack_simulator.web_api import limits
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import (
    EVERY_SCOPE,
    EVERY_USER_SCOPE,
    STEP_TOKEN,
    Backend,
    Caller,
)
from slack_simulator.web_api.faults import Fault, Faults
from slack_simulator.web_api.limits import Buckets, Distribution, RateLimit
from slack_simulator.web_api.methods import APP_LEVEL, MEMBERS_ONLY, METHODS, PUBLIC, writes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.setup import AppSetup

#: What Slack allows for posting in a channel, with a short burst.
_ONE_A_SECOND = RateLimit(per_second=1, burst=3)
#: Tokens of bots, and of the steps of workflows.
_BOT_TOKENS = ("xoxb-", STEP_TOKEN)


class WebApi:
    """Answer calls of Slack's methods.

    These attributes can be set at any time:
    `answers`     answers for methods by name, in place of the simulated ones; see `answer`
    `latency`     the minimum duration of a call in seconds
    `scopes`      the scopes granted to the bot
    `user_scopes`  the scopes granted to tokens of members
    `tokens`      the accepted tokens; None accepts every token that starts with `xoxb-`
    `rate_limit`  the limit for posting in a channel; None for no limit
    `distribution`  which app's limits apply: `internal` for those of each method's tier,
                    `distributed` also for those of apps outside of the Marketplace; None: none
    """

    def __init__(
        self,
        backend: Backend,
        app: AppSetup,
        feed: Feed,
        faults: Faults,
        advise: Callable[[str], str],
    ) -> None:
        """Create it. `advise` says what to do about a method that isn't simulated."""
        self.answers: dict[str, Json] = {}
        self.latency = 0.0
        self.scopes: Iterable[str] = EVERY_SCOPE if app.scopes is None else app.scopes
        self.user_scopes: Iterable[str] = (
            EVERY_USER_SCOPE if app.user_scopes is None else app.user_scopes
        )
        self.tokens: set[str] | None = None
        self.rate_limit: RateLimit | None = None
        self.distribution: Distribution | None = None
        self.files_url = ""
        self._advise = advise
        self._backend = backend
        self._workspace = backend.workspace
        self._feed = feed
        self._faults = faults
        self._buckets = Buckets(self._workspace.clock)
        self._closing = threading.Event()

    def answer(self, method: str, answer: Json) -> None:
        """Answer all further calls of a method with `answer`: of one that isn't simulated, or is.

        `ok` is true unless `answer` has an `error`.
        """
        self.answers[method] = {"ok": "error" not in answer, **answer}

    def knows(self, method: str) -> bool:
        """Return whether a method is simulated, or was given an answer."""
        return method in METHODS or method in self.answers

    def close(self) -> None:
        """Release the calls that are delayed by latency or a fault."""
        self._closing.set()

    def handle(self, request: Request) -> Response:
        """Answer one call, and log it in the feed before the response is sent."""
        method = request.path.removeprefix("/api/")
        # An <img> on another site's page sends a GET, which must not change anything. It has no
        # token; slack_sdk's GETs that write have one.
        reads = not writes(method) or bool(_bearer(request))
        if request.method != "POST" and not (request.method == "GET" and reads):
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
            fault = self._faults.take(
                method, self._channel_names(arguments), self._user_names(arguments)
            )
            response = self._answer(method, request, arguments, fault)
        response.headers["X-Slack-Req-Id"] = secrets.token_hex(16)
        response.headers["X-OAuth-Scopes"] = ",".join(self._scopes(token_of(request, arguments)))
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
        token = _bearer(request)
        allowed = self._accepts(token) and "files:read" in self._scopes(token)
        if not allowed:
            return html_response("<!DOCTYPE html><html><body>Sign in to Slack</body></html>")
        if file is None or self._workspace.clock.monotonic() < file.visible_at:
            return html_response("<!DOCTYPE html><html><body>Not found</body></html>", 404)
        return Response(headers={"Content-Type": file.mimetype}, body=file.content)

    def _answer(
        self, method: str, request: Request, arguments: Arguments, fault: Fault | None
    ) -> Response:
        def perform() -> Response:
            return self._perform(method, token_of(request, arguments), arguments)

        if fault is not None:
            return call_faults.strike(fault, perform, self._closing.wait)
        return perform()

    def _perform(self, name: str, token: str, arguments: Arguments) -> Response:
        method = METHODS.get(name)
        if method is None and name not in self.answers:
            metadata = {"messages": [f"[ERROR] {self._advise(name)}"]}
            unknown = SlackError("unknown_method", req_method=name, response_metadata=metadata)
            return _refused(unknown)
        try:
            if name in APP_LEVEL:
                _authenticate_app(token)
            elif name not in PUBLIC:
                self._authenticate(token, name)
            if method is None or name in self.answers:
                return json_response(self.answers[name])
            if wait := self._must_wait(name, arguments):
                return call_faults.rate_limited(wait)
            if name in limits.HISTORY and self.distribution == "distributed":
                arguments = _few(arguments)
            return json_response({"ok": True, **method(self._caller(token), arguments)})
        except SlackError as refusal:
            return _refused(refusal)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Arguments of a shape that no check foresaw: Slack, too, answers whatever it gets.
            traceback.print_exc()
            told = f"[ERROR] the simulator can't read these arguments of {name}"
            return _refused(SlackError("fatal_error", response_metadata={"messages": [told]}))

    def _caller(self, token: str) -> Caller:
        backend = msgspec.structs.asdict(self._backend)
        return Caller(
            actor=self._workspace.users[self._member(token) or self._backend.identity.bot_user_id],
            token=token,
            scopes=frozenset(self._scopes(token)),
            files_url=self.files_url,
            **backend,
        )

    def _member(self, token: str) -> str:
        """Return the ID of the member whose token it is; nothing for a bot's."""
        return self._backend.installations.tokens.get(token, "")

    def _scopes(self, token: str) -> Iterable[str]:
        return self.user_scopes if self._member(token) else self.scopes

    def _authenticate(self, token: str, method: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if not self._accepts(token):
            raise SlackError("invalid_auth")
        if self._backend.installations.is_revoked(token):
            raise SlackError("token_revoked")
        if self._backend.installations.is_expired(token):
            raise SlackError("token_expired")
        if method in MEMBERS_ONLY and not self._member(token):
            raise SlackError("not_allowed_token_type")

    def _accepts(self, token: str) -> bool:
        if token in self._backend.installations.tokens:
            return True
        return token.startswith(_BOT_TOKENS) if self.tokens is None else token in self.tokens

    def _must_wait(self, name: str, arguments: Arguments) -> int:
        """Return the seconds until the bot may make this call; 0 if it may now."""
        limit = limits.of_method(name, self.distribution) if self.distribution else None
        if limit and (wait := self._buckets.take(name, limit)):
            return wait
        per_channel = self.rate_limit or (_ONE_A_SECOND if self.distribution else None)
        if per_channel is None or name not in limits.POSTING:
            return 0
        conversation = self._channel_names(arguments)[0] or arguments.text("channel")
        return self._buckets.take(conversation, per_channel)

    def _channel_names(self, arguments: Arguments) -> tuple[str | None, str | None]:
        """Return the ID and the name of the call's channel; None for what isn't known."""
        given = arguments.text("channel")
        try:
            conversation = self._workspace.conversation(given)
        except SlackError:
            return given or None, None
        return conversation.id, conversation.name

    def _user_names(self, arguments: Arguments) -> set[str | None]:
        """Return the IDs and the names of the users that the call is about."""
        given = arguments.text("user") or arguments.text("users") or arguments.text("channel")
        users = [self._workspace.users.get(each) for each in given.split(",")]
        return {name for user in users if user for name in (user.id, user.name)}

    def _log(
        self,
        request: Request,
        arguments: Arguments,
        response: Response,
        fault: Fault | None,
        times: Json,
    ) -> None:
        method = request.path.removeprefix("/api/")
        given: Json = {n: value for n, value in arguments.values.items() if n != "token"}
        self._feed.append(
            "api_call",
            {
                "app": self._backend.identity.app_id,
                "method": method,
                "arguments": given,
                "channel": given.get("channel"),
                "http_status": None if response.cut else response.status,
                "error": response.error,
                "fault": fault.kind if fault is not None else "",
                "hint": "" if self.knows(method) else self._advise(method),
                "exchange": self._feed.exchanges.add(exchange_of(request, response)),
                **times,
            },
        )


def _authenticate_app(token: str) -> None:
    """Accept any app-level token. Raise `not_allowed_token_type` or `not_authed` otherwise."""
    if not token.startswith("xapp-"):
        raise SlackError("not_allowed_token_type" if token else "not_authed")


def _few(arguments: Arguments) -> Arguments:
    """Return the arguments with the `limit` of an app that is distributed."""
    wanted = min(arguments.limit(limits.MOST_DISTRIBUTED, 1000), limits.MOST_DISTRIBUTED)
    return Arguments({**arguments.values, "limit": wanted})


def token_of(request: Request, arguments: Arguments) -> str:
    """Return the token that a call is made with, or nothing."""
    return _bearer(request) or arguments.text("token")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refused(refusal: SlackError) -> Response:
    return json_response({"ok": False, "error": refusal.error, **refusal.facts})
