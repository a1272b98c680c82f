"""The middleware around every actor, above all what becomes of each attempt.

The order of the list from `middlewares` matters: hooks before an actor run from first to last,
hooks after it from last to first.
"""

# Dramatiq types its hooks for any broker. These only ever get ours, so the overrides are safe.
from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import redis
from dramatiq import Worker
from dramatiq.broker import MessageProxy
from dramatiq.common import iter_queue
from dramatiq.middleware import Middleware, SkipMessage, TimeLimit

from gopherbot import logs
from gopherbot.metrics import counters, journal
from gopherbot.metrics.counters import Counts
from gopherbot.metrics.journal import ANSWERS, Ended, Happened, Span
from gopherbot.queues import messages
from gopherbot.queues.event_record import record_of
from gopherbot.queues.worker.broker import Broker
from gopherbot.queues.worker.takeovers import Takeovers, Turns
from gopherbot.queues.worker.verdict import Limits, Verdict, judge, judge_age
from gopherbot.storage.client import REDIS_ERRORS

_ENQUEUE_PAUSE = 0.25
_ENQUEUE_SECONDS = 5.0
"""How long a thread waits for Redis to take a retry. Others may need the thread to make room."""
_COUNTERS = {
    Ended.DONE: counters.HANDLED,
    Ended.STALE: counters.STALE,
    Ended.RETRY: counters.RETRIED,
    Ended.GAVE_UP: counters.FAILED,
    Ended.DEAD: counters.DEAD,
}

log = logs.get_logger(__name__)


def middlewares(before_retry: Callable[[], None]) -> list[Middleware]:
    """Return the middleware of a worker.

    `before_retry` is called before a retry is enqueued, which any worker may run. It may raise
    `REDIS_ERRORS`, and is then called again.
    """
    return [
        Turns(),
        Outcomes(before_retry),
        GracefulShutdown(),
        Takeovers(),
        # Last, so that it is cancelled first. Otherwise it could interrupt a thread that is
        # enqueueing a retry. Outside an actor, that would end the thread.
        TimeLimit(interval=500),
    ]


class Outcomes(Middleware):
    """Judges each attempt at a message: its counter, journal entry and log line say the same.

    Actor options: `max_age` and `max_backoff` in seconds, and `throws`, the errors that Dramatiq
    need not log as unhandled.
    """

    def __init__(self, before_retry: Callable[[], None]) -> None:
        self.before_retry = before_retry

    @property
    def actor_options(self) -> set[str]:
        return {"max_age", "max_backoff", "throws"}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        logs.clear()
        logs.bind(queue=message.queue_name, actor=message.actor_name)
        if request_id := _request_id(message):
            logs.bind(request_id=request_id)
        if verdict := judge_age(_retries(message), _age(message), _limits(broker, message)):
            self._tell(broker, message, Span(), verdict)
            raise SkipMessage
        journal.begin()

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        span, limits = journal.end() or Span(), _limits(broker, message)
        verdict = judge(exception, _retries(message), _age(message), limits, span.computed)
        self._tell(broker, message, span, verdict, exception)
        if verdict.ended is Ended.DEAD:
            message.options["died_of"] = verdict.why
            message.fail()
        elif verdict.ended is Ended.RETRY:
            self._enqueue(broker, message, verdict.delay)

    def _tell(
        self,
        broker: Broker,
        message: MessageProxy,
        span: Span,
        verdict: Verdict,
        error: BaseException | None = None,
    ) -> None:
        """Count how an attempt ended, log it, and write it into the journal."""
        broker.counts.add(_COUNTERS[verdict.ended], message.queue_name)
        _count_effects(broker.counts, span.happened)
        if span.uses and broker.settings.usage:
            for use, number in span.uses.items():
                broker.counts.add(counters.USES, use, number)
        _log(message, span, verdict, error)
        if record := record_of(message):
            record.outcome, record.error = verdict.ended, verdict.why[:160]
            record.process = broker.settings.identity.dyno
            record.queued = max(0, int(span.started * 1000) - message.message_timestamp)
            record.worked = int(span.seconds * 1000)
            record.rules, record.notes = span.rules, span.notes
            broker.counts.journal.add(record)

    def _enqueue(self, broker: Broker, message: MessageProxy, delay: float) -> None:
        """Enqueue the retry before the message is acknowledged, while it is fresh.

        A full Redis refuses that, but lets the message itself go to the end of its queue.
        """
        again = message.copy(options={"retries": _retries(message) + 1})
        # The worker has survived the message.
        again.options.pop("takeovers", None)
        until = time.monotonic() + max(delay, _ENQUEUE_SECONDS)
        while True:
            try:
                self.before_retry()
                broker.enqueue(again, delay=int(delay * 1000))
                return
            except REDIS_ERRORS as error:
                if broker.stopping.wait(_ENQUEUE_PAUSE):
                    # Leave it unacknowledged at a shutdown: another worker will requeue it.
                    broker.abandon(message)
                    return
                if isinstance(error, redis.exceptions.OutOfMemoryError) and (
                    time.monotonic() > until
                ):
                    message.options["disposition"] = "retry"
                    return


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


def _limits(broker: Broker, message: MessageProxy) -> Limits:
    options = broker.get_actor(message.actor_name).options
    return Limits(options["max_age"], options.get("max_backoff", 4.0), options["time_limit"] / 1000)


def _age(message: MessageProxy) -> float | None:
    """Return the age of the event in seconds, or None if it is unknown."""
    sent_at = messages.sent_at(message)
    return time.time() - sent_at if sent_at else None


def _retries(message: MessageProxy) -> int:
    retries: int = message.options.get("retries", 0)
    return retries


def _request_id(message: MessageProxy) -> str | None:
    """Return the request id, the gateway's second argument, or None."""
    try:
        return msgspec.json.decode(message.args[1], type=str | None)
    except (IndexError, TypeError, msgspec.MsgspecError):
        return None


def _log(message: MessageProxy, span: Span, verdict: Verdict, error: BaseException | None) -> None:
    """Log how an attempt ended. The simulator's trace reads this line, `why` the journal."""
    facts: dict[str, object] = {"outcome": verdict.ended}
    if error:
        facts["error"] = str(error) or repr(error)
    match verdict.ended:
        case Ended.DONE:
            facts["seconds"] = span.seconds
            facts["queued"] = round(span.started - message.message_timestamp / 1000, 3)
            facts["age"] = round(span.started - messages.sent_at(message), 3)
            if span.notes:
                facts["did"] = span.notes
            log.info("handled", **facts)
        case Ended.RETRY:
            log.info("will try again", delay=verdict.delay, **facts)
        case Ended.DEAD:
            log.error("dead-lettered", reason=verdict.why, **facts)
        case Ended.STALE | Ended.GAVE_UP:
            (log.warning if error else log.info)("discarded", reason=verdict.stale, **facts)


def _count_effects(counts: Counts, happened: Mapping[Happened, int]) -> None:
    effects = sum(number for each, number in happened.items() if each in ANSWERS)
    announced = happened.get(Happened.ANNOUNCED, 0)
    # After a partial attempt, the event has been counted already.
    answered = int(bool(effects) and Happened.SETTLED not in happened)
    for name, number in (
        (counters.ANSWERED, answered),
        (counters.EFFECTS, effects),
        (counters.ANNOUNCED, announced),
    ):
        if number:
            counts.add(name, number=number)
