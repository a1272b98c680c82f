"""The common part of the consumers of waiting and of delayed messages.

A consumer runs in a Dramatiq thread, which keeps asking it for the next message. It survives all
Redis errors: it waits and retries.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import dramatiq.broker
from dramatiq.broker import MessageProxy

from gopherbot import logs
from gopherbot.metrics import counters
from gopherbot.queues.consumers.ack_batcher import RETRY_SECONDS, AckBatcher
from gopherbot.queues.consumers.message_store import Disposition
from gopherbot.storage.client import REDIS_ERRORS

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker

RECONCILE_SECONDS = 10.0
"""How often to compare our in-flight messages with Redis's list. A fetch whose connection was lost
may still reach Redis much later, when the network has recovered."""
UNREGISTERED_PAUSE = 0.05

log = logs.get_logger(__name__)


class Consumer(dramatiq.broker.Consumer):
    """A consumer of one queue."""

    def __init__(self, broker: Broker, queue: str, prefetch: int) -> None:
        self.broker = broker
        self.store = broker.store
        self.queue = queue
        self.prefetch = prefetch
        self.in_flight = broker.in_flight[queue]
        self._acks = AckBatcher(
            lambda outcome, ids, died_of: self.store.settle(outcome, queue, ids, died_of),
            self.in_flight,
            broker.outage,
            broker.stopping,
        )
        # Due at once: the previous consumer may have lost the reply to a fetch.
        self._next_reconcile = 0.0

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or None after a few seconds without one."""
        if self.broker.stopping.is_set():
            # Fetched messages are requeued when the consumer is closed.
            time.sleep(RETRY_SECONDS)
            return None
        try:
            if time.monotonic() >= self._next_reconcile:
                self._reconcile()
            return self._next()
        except REDIS_ERRORS as error:
            self._next_reconcile = 0.0
            self.broker.outage.failed(error)
            self.broker.stopping.wait(RETRY_SECONDS)
        return None

    def ack(self, message: MessageProxy) -> None:
        outcome: Disposition = "requeue" if message.options.get("requeue") else "ack"
        self._acks.add(outcome, message.options["redis_message_id"])

    def nack(self, message: MessageProxy) -> None:
        died_of = str(message.options.get("died_of", ""))
        self._acks.add("reject", message.options["redis_message_id"], died_of)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._requeue([message.options["redis_message_id"] for message in messages])

    def _next(self) -> MessageProxy | None:
        """Return the next message. Raise `REDIS_ERRORS`."""
        raise NotImplementedError

    def _note_unregistered(self) -> None:
        """Request a heartbeat at once, because this worker is not registered and gets no messages.

        It has just started, was declared dead, or Redis lost its data.
        """
        self.broker.heartbeat.beat_soon()
        self.broker.stopping.wait(UNREGISTERED_PAUSE)

    def _reject_unreadable(self, raw_id: bytes) -> None:
        log.error("unreadable message dead-lettered", queue=self.queue, message_id=repr(raw_id))
        self.store.settle("reject", self.queue, [raw_id], "it cannot be decoded")
        self.broker.counts.add(counters.DEAD, self.queue)

    def _requeue(self, ids: list[str]) -> None:
        try:
            self.broker.requeue(self.queue, ids)
        except REDIS_ERRORS as error:
            # They are not lost: another worker requeues them after this one has ended.
            log.warning("messages not requeued", queue=self.queue, error=str(error))

    def _reconcile(self) -> None:
        """Requeue messages that Redis lists as in flight here but this process does not know.

        If the reply to a fetch is lost with its connection, no thread ever works on its messages.
        """
        # Read ours first: a message settled in between is then missing only from Redis's list.
        ours = self.in_flight.ids()
        noted = self.store.in_flight(self.queue)
        lost = [id for id in noted if id.decode("utf-8", "replace") not in ours]
        if lost:
            self.store.settle("requeue", self.queue, lost)
            log.warning("lost messages requeued", queue=self.queue, count=len(lost))
        self._next_reconcile = time.monotonic() + RECONCILE_SECONDS
