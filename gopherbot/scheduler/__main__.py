"""The scheduler's process: `python -m gopherbot.scheduler`."""

from __future__ import annotations

import signal
import sys
import threading

from gopherbot import lean_imports, logs
from gopherbot.errors import ContentError, SettingsError
from gopherbot.metrics import process_registry
from gopherbot.queues.recovery.stale import SenderHeartbeat
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.scheduler.clock import Clock, Leadership
from gopherbot.settings import Role, Settings
from gopherbot.storage.client import RedisConnections, connect

lean_imports.end()
_STOPS = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Run until SIGTERM or SIGINT. Return the exit status."""
    # No signal handlers: one could interrupt the main thread while it holds the lock that `stop`
    # takes. Blocking the signals also keeps a second one from ending the process like a crash.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        settings = Settings.read(Role.SCHEDULER)
        jobs = scheduled_jobs(settings.content)
    except (SettingsError, ContentError) as error:
        logs.tell(str(error))
        return 2
    logs.configure(settings, "scheduler")
    log = logs.get_logger(__name__)
    id = process_registry.new_id(settings.identity.dyno)
    leading = connect(settings.redis, connections=RedisConnections.SCHEDULER_LEAD)
    clock = Clock(Leadership(leading, settings.identity.app, id), jobs, shadow=settings.shadow)
    beating = connect(settings.redis, connections=RedisConnections.HEARTBEAT)
    facts = logs.start_facts(settings) | {"jobs": len(jobs)}
    heartbeat = SenderHeartbeat(beating, settings.identity, "scheduler", facts=facts)
    threading.Thread(target=_stop_when_told, args=(clock,), name="signals", daemon=True).start()
    log.info("scheduler started", scheduler=id)
    heartbeat.guards_process = True
    heartbeat.start(id)
    clock.run()
    heartbeat.stop()
    log.info("scheduler stopped")
    return 0


def _stop_when_told(clock: Clock) -> None:
    signal.sigwait(_STOPS)
    clock.stop()


if __name__ == "__main__":
    sys.exit(main())
