"""Ends a worker process whose parent, Dramatiq's main process, has died."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading

from gopherbot import logs

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 10.0
"""Seconds that an orphan has to begin a graceful shutdown."""

log = logs.get_logger(__name__)


def end_with_parent(stopping: threading.Event) -> None:
    """Start a thread that shuts this process down when its parent dies.

    `stopping` is set when a graceful shutdown begins. If the parent dies while it waits for this
    process to start, no shutdown can begin: the main thread waits forever to report to the parent.
    """
    parent = multiprocessing.parent_process()
    # `getppid` may already return the process that adopted this orphan.
    pid = os.getppid() if parent is None else parent.pid
    threading.Thread(target=_watch, args=(pid, stopping), name="orphan", daemon=True).start()


def _watch(parent: int | None, stopping: threading.Event) -> None:
    while os.getppid() == parent:
        if stopping.wait(_LOOK_SECONDS):
            return
    log.error("the main process died, shutting down")
    os.kill(os.getpid(), signal.SIGTERM)
    if not stopping.wait(_STOP_SECONDS):
        log.critical("graceful shutdown did not begin, exiting")
        os._exit(1)
