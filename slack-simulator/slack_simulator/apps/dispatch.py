"""Which of a workspace's apps a request is from. The first app takes what no other one does."""

import contextlib

from slack_simulator.apps.app import App
from slack_simulator.http.messages import Request
from slack_simulator.shared import Shared
from slack_simulator.web_api import arguments as call_arguments
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.web_api import token_of
from slack_simulator.workspace.errors import SlackError


def by_token(shared: Shared, request: Request) -> App:
    """Return the app that calls the Web API, by its token or its code of OAuth."""
    first, *others = shared.apps.values()
    arguments = Arguments({})
    if others:
        with contextlib.suppress(SlackError):
            arguments = call_arguments.read(request)
    token = token_of(request, arguments)
    code = arguments.text("code") or arguments.text("refresh_token")
    for app in others:
        if token in app.installations.tokens or app.installations.knows(code):
            return app
    return first


def by_address(shared: Shared, request: Request) -> App:
    """Return the app that was given an address, which has its ID or that of its bot."""
    apps = list(shared.apps.values())
    named = {*request.path.split("/"), request.query.get("app_id")}
    ids = ({app.identity.app_id, app.identity.bot_id} for app in apps)
    return next((app for app, own in zip(apps, ids, strict=True) if own & named), apps[0])
