"""The gateway's app: `create_app` is wiring only, `get_app` reads the environment."""

from __future__ import annotations

import sys

import falcon

from gopherbot import logs
from gopherbot.counts import Counts
from gopherbot.errors import SettingsError
from gopherbot.presence import Presence
from gopherbot.redis_client import connect
from gopherbot.settings import Role, Settings
from gopherbot.web import routes
from gopherbot.web.events import EventResource, Gate
from gopherbot.web.health import Alive, Ready
from gopherbot.web.outbox import DEADLINE_SECONDS, Outbox
from gopherbot.web.routes import Methods


class Gateway(falcon.App):  # type: ignore[type-arg]
    """The app, with its process's sign of life: `server.py` starts and stops that."""

    presence: Presence | None = None


def create_app(gate: Gate, outbox: Outbox, ready: Ready) -> Gateway:
    """Wire the resources to their paths."""
    app = Gateway(middleware=Methods())
    app.set_error_serializer(routes.plain_error)
    app.add_error_handler(Exception, routes.failed)
    app.add_route(routes.ALIVE_PATH, Alive())
    app.add_route(routes.READY_PATH, ready)
    app.add_route(routes.EVENT_PATH, EventResource(gate, outbox))
    return app


def get_app() -> Gateway:
    """Make the app from the environment; end with a clear error if it is not fit."""
    try:
        settings = Settings.read(Role.WEB)
    except SettingsError as error:
        logs.tell(str(error))
        sys.exit(2)
    logs.configure(settings, "web")
    half = DEADLINE_SECONDS / 2
    writing = connect(settings.redis, connections=1, connect_timeout=half, answer_timeout=half)
    asking = connect(settings.redis, connections=1, connect_timeout=1, answer_timeout=1)
    counts = Counts()
    app = create_app(
        Gate.from_settings(settings),
        Outbox(writing, settings.identity.app, counts),
        Ready(asking),
    )
    app.presence = Presence(asking, settings.identity, "web", counts)
    return app
