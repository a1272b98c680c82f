"""Registers a worker, and stops it gracefully."""

# Dramatiq types its hooks for any broker. These only ever get ours, so the overrides are safe.
from __future__ import annotations

from dramatiq import Worker
from dramatiq.common import iter_queue
from dramatiq.middleware import Middleware

from gopherbot import logs
from gopherbot.queues.worker.broker import Broker
from gopherbot.storage.client import REDIS_ERRORS

log = logs.get_logger(__name__)


class GracefulShutdown(Middleware):
    """Requeues the messages that no thread has started, and signs off."""

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
