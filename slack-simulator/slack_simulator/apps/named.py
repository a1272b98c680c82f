"""The apps of the workspace: which one a request or an interaction is about, and adding one."""

from collections.abc import Callable, Iterable
from itertools import chain

import msgspec

from slack_simulator.apps.app import App
from slack_simulator.components import Components
from slack_simulator.http.messages import Request
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.setup import AppSetup, OtherApp


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


def of_command(slack: Components, command: str) -> Components:
    """Return the app that registered a slash command."""
    return _first(slack, lambda app: _has(app.app_setup.slash_commands, "command", command))


def of_shortcut(slack: Components, callback_id: str) -> Components:
    """Return the app that registered a shortcut."""
    return _first(slack, lambda app: _has(app.app_setup.shortcuts, "callback_id", callback_id))


def of_message(slack: Components, channel: str, ts: str) -> Components:
    """Return the app that posted a message, ephemeral or not."""
    conversation = slack.workspace.conversation(channel)
    posted = [each for each in conversation.ephemerals if each.ts == ts]
    posted += [conversation.messages[ts]] if ts in conversation.messages else []
    return _first(slack, lambda app: app.identity.app_id in {each.app_id for each in posted})


def of_view(slack: Components, view_id: str) -> Components:
    """Return the app that opened a view."""
    return _first(slack, lambda app: view_id in {v.id for v in app.interactivity.views.all()})


def _first(slack: Components, is_its: Callable[[Components], bool]) -> Components:
    """Return the app of an interaction; `slack` itself if it is nobody's."""
    return next(filter(is_its, _all(slack)), slack)


def _all(slack: Components) -> list[Components]:
    return list(slack.shared.apps.values())


def _has(registered: Iterable[object] | None, field: str, value: str) -> bool:
    return any(getattr(each, field) == value for each in registered or ())


def offers(slack: Components) -> AppSetup:
    """Return the first app's setup with the commands and shortcuts of all apps."""
    setups = [app.app_setup for app in _all(slack)]
    commands = [setup.slash_commands for setup in setups if setup.slash_commands is not None]
    every = None if len(commands) < len(setups) else tuple(chain(*commands))
    shortcuts = tuple(chain(*(setup.shortcuts for setup in setups)))
    return msgspec.structs.replace(slack.app_setup, slash_commands=every, shortcuts=shortcuts)


def add(slack: App, wanted: OtherApp) -> Json:
    """Add another app to the workspace. Return the environment that connects it."""
    app = slack.app(wanted.name, wanted.gateway, setup=wanted, channels=wanted.channels)
    return {"app": described(app), "environment": app.environment()}


def described(app: App) -> Json:
    """Return an app as the page and other processes see it."""
    identity = app.identity
    bot = {"id": identity.bot_user_id, "name": identity.bot_name}
    return {"id": identity.app_id, "bot": bot, "setup": app.app_setup}
