"""Ends a worker's process whose main process, Dramatiq's command, is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading

from gopherbot import logs

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 10.0
"""How long an orphan has to begin a graceful shutdown."""

log = logs.get_logger(__name__)


def end_with_parent(stopping: threading.Event) -> None:
    """Watch from now on, in a thread, whether the process that started this one still lives.

    `stopping` is set when a graceful shutdown begins. If the main process dies while this one
    starts, there will be none: the main thread then waits forever to report that it has started.
    """
    parent = multiprocessing.parent_process()
    # Asked of the system, it might be whoever has adopted this process already.
    pid = os.getppid() if parent is None else parent.pid
    threading.Thread(target=_watch, args=(pid, stopping), name="orphan", daemon=True).start()


def _watch(parent: int | None, stopping: threading.Event) -> None:
    while os.getppid() == parent:
        if stopping.wait(_LOOK_SECONDS):
            return
    log.error("the main process is gone, stopping")
    os.kill(os.getpid(), signal.SIGTERM)
    if not stopping.wait(_STOP_SECONDS):
        log.critical("cannot shut down gracefully, giving up")
        os._exit(1)
