"""The apps of the workspace: which one a request is about, and adding one."""

from slack_simulator.apps.app import App
from slack_simulator.http.messages import Request
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.setup import OtherApp


def of(slack: App, request: Request) -> App:
    """Return the app in the query, by its bot's name or its ID. Raise `ValueError`."""
    wanted = request.query.get("app")
    if wanted is None:
        return slack
    apps = slack.shared.apps
    for app in apps.values():
        if wanted in {app.identity.app_id, app.identity.bot_name}:
            return app
    names = ", ".join(app.identity.bot_name for app in apps.values())
    raise ValueError(f"there is no app {wanted}; there are {names}")


def add(slack: App, wanted: OtherApp) -> Json:
    """Add another app to the workspace. Return the environment that connects it."""
    app = slack.app(wanted.name, wanted.gateway, setup=wanted, channels=wanted.channels)
    return {"app": described(app), "environment": app.environment()}


def described(app: App) -> Json:
    """Return an app as the page and other processes see it."""
    identity = app.identity
    bot = {"id": identity.bot_user_id, "name": identity.bot_name}
    return {"id": identity.app_id, "bot": bot, "setup": app.app_setup}
