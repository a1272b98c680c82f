"""The worker's actors. `dramatiq gopherbot.actors:start` runs them.

`gopherbot/table/` lists them and `wiring.py` declares them. Each has a file in `events/`,
`watchers/` or `maintenance/`.
"""

from __future__ import annotations

import sys

from gopherbot import logs
from gopherbot.actors.wiring import new_broker
from gopherbot.errors import ContentError, SettingsError
from gopherbot.queues.worker.broker import Broker
from gopherbot.settings import Role, Settings


def start() -> Broker:
    """Return the broker that the `dramatiq` command runs. Exit with status 2 if it cannot start."""
    try:
        settings = Settings.read(Role.WORKER)
        logs.configure(settings, "worker")
        return new_broker(settings)
    except (SettingsError, ContentError) as error:
        logs.tell(str(error))
        sys.exit(2)
