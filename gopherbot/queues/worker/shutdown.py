"""Ends a worker process: gracefully on a signal, and when Dramatiq's main process has died."""

# Dramatiq types its hooks for any broker. These only ever get ours, so the overrides are safe.
from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from types import FrameType

from dramatiq import Worker
from dramatiq.common import iter_queue
from dramatiq.middleware import Middleware

from gopherbot import logs
from gopherbot.queues.worker.broker import Broker
from gopherbot.storage.client import REDIS_ERRORS

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 10.0
"""Seconds that an orphan has to begin a graceful shutdown."""

log = logs.get_logger(__name__)


class GracefulShutdown(Middleware):
    """Shuts down once, however many signals arrive, and requeues messages not yet started."""

    def after_process_boot(self, broker: Broker) -> None:  # type: ignore[override]
        _first_signal_only(signal.SIGTERM, signal.SIGHUP)
        _end_with_parent(broker.stopping)
        broker.heartbeat.guards_process = True

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # type: ignore[override]
        # Redis hands messages only to a registered worker.
        broker.heartbeat.start(broker.broker_id)

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:  # type: ignore[override]
        broker.heartbeat.threads = [*worker.workers, *worker.consumers.values()]
        log.info("worker started", worker=broker.broker_id, threads=worker.worker_threads)

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # type: ignore[override]
        log.info("worker stopping")
        broker.stopping.set()
        broker.unblock_consumers()
        waiting = [item.message for item in iter_queue(worker.work_queue)]  # type: ignore[no-untyped-call]
        try:
            count = broker.requeue_all(waiting)
        except REDIS_ERRORS as error:
            log.warning("prefetched messages not requeued", error=str(error))
        else:
            log.info("prefetched messages requeued", count=count)

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # type: ignore[override]
        broker.heartbeat.stop()
        log.info("worker stopped")


def _first_signal_only(*numbers: signal.Signals) -> None:
    """Call the handlers of these signals once, for the first signal only.

    Heroku signals every process of a dyno, and Dramatiq's main process forwards the signal. A
    worker gets it twice, and Dramatiq exits immediately on the second.
    """
    handlers = {number: signal.getsignal(number) for number in numbers}
    calls = itertools.count()

    def handle(number: int, frame: FrameType | None) -> None:
        handler = handlers[signal.Signals(number)]
        if not callable(handler):
            return
        # `next` is atomic: the other signal may interrupt this at any line.
        if next(calls) == 0:
            handler(number, frame)

    for number in numbers:
        signal.signal(number, handle)


def _end_with_parent(stopping: threading.Event) -> None:
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
