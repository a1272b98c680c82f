"""The scheduler's process: `python -m gopherbot.scheduler`."""

from __future__ import annotations

import signal
import sys

from gopherbot import logs
from gopherbot.errors import ContentError, SettingsError
from gopherbot.metrics import process_registry
from gopherbot.metrics.heartbeat import Heartbeat
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.scheduler.clock import Clock
from gopherbot.scheduler.leadership import Leadership
from gopherbot.settings import Role, Settings
from gopherbot.storage import connection_limits
from gopherbot.storage.client import connect


def main() -> int:
    """Run until SIGTERM or SIGINT. Give the exit status."""
    try:
        settings = Settings.read(Role.SCHEDULER)
        jobs = scheduled_jobs(settings.content)
    except (SettingsError, ContentError) as error:
        logs.tell(str(error))
        return 2
    logs.configure(settings, "scheduler")
    id = process_registry.new_id(settings.identity.dyno)
    client = connect(settings.redis, connections=connection_limits.SCHEDULER_LEAD)
    clock = Clock(Leadership(client, settings.identity.app, id), jobs, shadow=settings.shadow)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: clock.stop())
    logs.get_logger(__name__).info("scheduler started", scheduler=id)
    beating = connect(settings.redis, connections=connection_limits.HEARTBEAT)
    heartbeat = Heartbeat(beating, settings.identity, "scheduler", outage=clock.outage)
    heartbeat.start(id)
    clock.run()
    heartbeat.stop()
    # Python gives a handler of ours up before it ends: a second signal would look like a crash.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    logs.get_logger(__name__).info("scheduler stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
