"""The worker's process: `python -m gopherbot.actors`."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
from typing import Any

import dramatiq

from gopherbot import actors, logs
from gopherbot.errors import ContentError, SettingsError
from gopherbot.settings import Role, Settings

THREADS = 24
STOP_SECONDS = 15
"""How long a message that was begun may take to end after the signal to stop."""
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> int:
    """Run until the first signal to stop. Return the exit status."""
    # Blocked in all threads and waited for, so repeated signals, which platforms send, do nothing.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    gc.disable()  # What is loaded is kept.
    modules: dict[str, Any] = sys.modules
    modules.setdefault("gevent", None)  # or Dramatiq loads it to see that it isn't active
    try:
        settings = Settings.read(Role.WORKER)
        logs.configure(settings, "worker")
        if settings.one_core and hasattr(os, "sched_setaffinity"):
            # Between cores, its threads wait for each other's interpreter lock.
            os.sched_setaffinity(0, {random.choice(sorted(os.sched_getaffinity(0)))})
        broker = actors.new_broker(settings)
    except (SettingsError, ContentError) as error:
        logs.tell(str(error))
        return 2
    broker.emit_after("process_boot")
    broker.heartbeat.guards_process = True
    worker = dramatiq.Worker(broker, worker_threads=THREADS)
    worker.start()
    # Full collections also empty CPython's lists of free tuples, which grow to some megabytes. They
    # come often enough, and cost next to nothing, without what was loaded at the start.
    gc.freeze()
    gc.enable()
    gc.collect()
    gc.set_threshold(700, 5, 0)
    signal.sigwait(_STOPS)
    worker.stop(timeout=STOP_SECONDS * 1000)
    broker.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
