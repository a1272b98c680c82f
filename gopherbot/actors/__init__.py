"""The worker's actors. `dramatiq gopherbot.actors:start` runs them.

`table.py` lists them and `wiring.py` declares them. Each has a file in `events/`, `watchers/` or
`maintenance/`. Importing this package loads none of these files, because the gateway and the
scheduler need only the table.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker


def start() -> Broker:
    """Return the broker that the `dramatiq` command runs. Exit with status 2 if it cannot start."""
    # ruff: noqa: PLC0415 - only a worker pays for these imports
    from gopherbot import logs
    from gopherbot.actors.wiring import new_broker
    from gopherbot.errors import ContentError, SettingsError
    from gopherbot.settings import Role, Settings

    try:
        settings = Settings.read(Role.WORKER)
        logs.configure(settings, "worker")
        return new_broker(settings)
    except (SettingsError, ContentError) as error:
        logs.tell(str(error))
        sys.exit(2)
