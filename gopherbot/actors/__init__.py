"""The worker's actors. `dramatiq gopherbot.actors:start` runs them.

`table.py` lists them, `wiring.py` declares them; they are a file each in `events/`, `watchers/` and
`maintenance/`. Importing this package loads none of it: the gateway and the scheduler read rows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker


def start() -> Broker:
    """Return the broker that the `dramatiq` command runs; exit with a clear error if unfit."""
    # ruff: noqa: PLC0415 - what a worker needs is loaded when there is one
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
