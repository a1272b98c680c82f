"""What the consumers of waiting and of delayed messages share.

A consumer runs in a thread of Dramatiq's, which asks it for the next message again and again. No
error of Redis leaves it: it waits and goes on by itself.
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
from gopherbot.storage.client import REDIS_ERRORS

if TYPE_CHECKING:
    from gopherbot.queues.broker import Broker

RECONCILE_SECONDS = 10.0
"""How often to compare Redis's list of our messages with our own. A fetch whose connection was lost
may still reach Redis much later, over a network that has recovered."""
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
            lambda outcome, ids: self.store.settle(outcome, queue, ids),
            self.in_flight,
            broker.outage,
            broker.stopping,
        )
        # Due at once: the consumer before this one may have lost the reply to a fetch.
        self._next_reconcile = 0.0

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or None if there is none for a few seconds."""
        if self.broker.stopping.is_set():
            # What a consumer holds is requeued when it is closed.
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
        self._acks.add("ack", message.options["redis_message_id"])

    def nack(self, message: MessageProxy) -> None:
        self._acks.add("reject", message.options["redis_message_id"])

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._requeue([message.options["redis_message_id"] for message in messages])

    def _next(self) -> MessageProxy | None:
        """Return the next message. Raise `REDIS_ERRORS`."""
        raise NotImplementedError

    def _note_unregistered(self) -> None:
        """Register this worker, which gets no messages before that.

        It has just started, or was taken for dead, or Redis was emptied.
        """
        self.broker.heartbeat.beat_soon()
        self.broker.stopping.wait(UNREGISTERED_PAUSE)

    def _reject_unreadable(self, raw_id: bytes) -> None:
        log.error("unreadable message dead-lettered", queue=self.queue, message_id=repr(raw_id))
        self.store.settle("reject", self.queue, [raw_id])
        self.broker.counts.add(counters.DEAD, self.queue)

    def _requeue(self, ids: list[str]) -> None:
        try:
            self.broker.requeue(self.queue, ids)
        except REDIS_ERRORS as error:
            # Nothing is lost: another worker requeues them when this one is gone.
            log.warning("messages not requeued", queue=self.queue, error=str(error))

    def _reconcile(self) -> None:
        """Requeue the messages that Redis lists as ours and we do not know.

        The reply to a fetch may be lost with its connection; nobody would ever work on what it
        brought.
        """
        # Ours first: what other threads settle in between is then missing from Redis's list only.
        ours = self.in_flight.ids()
        noted = self.store.in_flight(self.queue)
        lost = [id for id in noted if id.decode("utf-8", "replace") not in ours]
        if lost:
            self.store.settle("requeue", self.queue, lost)
            log.warning("messages found again", queue=self.queue, count=len(lost))
        self._next_reconcile = time.monotonic() + RECONCILE_SECONDS
