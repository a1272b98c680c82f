"""The middleware around every actor: age limit, retries, log context, and graceful shutdown.

The order of the list from `middlewares` matters: hooks before an actor run from first to last,
hooks after it from last to first.
"""

# Dramatiq types its hooks for any broker. These only ever get ours, so the overrides are safe.
from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any

import msgspec
import redis
from dramatiq import Worker
from dramatiq.broker import MessageProxy
from dramatiq.common import iter_queue
from dramatiq.middleware import Middleware, SkipMessage, TimeLimit, TimeLimitExceeded

from gopherbot import logs
from gopherbot.errors import RetryLater, Unreadable
from gopherbot.metrics import counters, journal
from gopherbot.metrics.journal import Ended
from gopherbot.queues import messages
from gopherbot.queues.broker import Broker
from gopherbot.queues.event_journal import EventJournal
from gopherbot.queues.orphan import end_with_parent
from gopherbot.queues.takeovers import Takeovers
from gopherbot.storage.client import REDIS_ERRORS

AHEAD_SECONDS = 30.0
"""Seconds that an event may be dated in the future, because clocks differ."""
MAX_BUG_RETRIES = 4
_COMPUTING_SHARE = 0.25
"""Share of the time limit. An actor that used more CPU time than this would do so again."""
_FIRST_BACKOFF = 0.5
_ENQUEUE_PAUSE = 0.25
_ENQUEUE_SECONDS = 5.0
"""How long a thread waits for Redis to take a retry. Others may need the thread to make room."""

log = logs.get_logger(__name__)


def middlewares() -> list[Middleware]:
    """Return the middleware of a worker."""
    return [
        EventJournal(),
        LogContext(),
        GracefulShutdown(),
        MessageCounters(),
        AgeLimit(),
        FreshRetries(),
        Takeovers(),
        # Last, so that it is cancelled first. Otherwise it could interrupt a thread that is
        # enqueueing a retry. Outside an actor, that would end the thread.
        TimeLimit(interval=500),
    ]


class LogContext(Middleware):
    """Adds queue, actor and request id to every log line, and logs one line per event."""

    def __init__(self) -> None:
        self.took = threading.local()

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        logs.clear()
        logs.bind(queue=message.queue_name, actor=message.actor_name)
        self.took.stopwatch = logs.Stopwatch()
        request_id = _request_id(message)
        if request_id:
            logs.bind(request_id=request_id)

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        if exception is None:
            seconds = self.took.stopwatch.seconds
            # The simulator's trace reads this line, `why` the journal: both have outcome and notes.
            did = {"did": list(found)} if (found := journal.notes()) else {}
            waited = _waited(message, seconds)
            log.info("handled", outcome=Ended.DONE, seconds=seconds, **waited, **did)
        logs.clear()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        logs.clear()


def _waited(message: MessageProxy, worked: float) -> dict[str, float]:
    """Return the age of the event and its time in the queue, both at the start of the work."""
    began = time.time() - worked
    return {
        "queued": round(began - message.message_timestamp / 1000, 3),
        "age": round(began - messages.sent_at(message), 3),
    }


class GracefulShutdown(Middleware):
    """Shuts down once, however many signals arrive, and requeues messages not yet started."""

    def after_process_boot(self, broker: Broker) -> None:  # type: ignore[override]
        _first_signal_only(signal.SIGTERM, signal.SIGHUP)
        end_with_parent(broker.stopping)
        broker.heartbeat.guards_process = True

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # type: ignore[override]
        broker.heartbeat.facts = logs.start_facts(broker.settings) | broker.facts
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


class MessageCounters(Middleware):
    """Counts the outcomes of messages."""

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        if exception is None:
            broker.counts.add(counters.HANDLED, message.queue_name)
        elif message.failed:
            broker.counts.add(counters.DEAD, message.queue_name)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        # A retried message is not stale for lack of workers: its attempts failed.
        what = counters.FAILED if message.options.get("retries") else counters.STALE
        broker.counts.add(what, message.queue_name)


class AgeLimit(Middleware):
    """Drops messages that are too old to answer. Actor option: `max_age`, in seconds."""

    @property
    def actor_options(self) -> set[str]:
        return {"max_age"}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        stale = staleness(broker, message)
        if stale:
            ended = Ended.GAVE_UP if message.options.get("retries") else Ended.STALE
            log.info("discarded", outcome=journal.note_end(ended, stale), reason=stale)
            raise SkipMessage


def staleness(broker: Broker, message: MessageProxy, wait: float = 0.0) -> str:
    """Return why a message is stale, or will be in `wait` seconds. Return "" if it is not."""
    sent_at = messages.sent_at(message)
    if not sent_at:
        return "malformed timestamp"
    age = time.time() - sent_at
    if age < -AHEAD_SECONDS:
        return f"dated {-age:.0f} s in the future"
    if age + wait > broker.get_actor(message.actor_name).options["max_age"]:
        return f"{age:.0f} s old"
    return ""


class FreshRetries(Middleware):
    """Retries an actor after an error, for as long as its message is fresh.

    A `RetryLater` may set the delay; other errors back off exponentially. An unforeseen error is
    dead-lettered after a few retries. An actor that spent its time limit computing instead of
    waiting is dead-lettered at once, because it blocks all others. Actor options: `max_backoff` in
    seconds, and `throws`, the errors that Dramatiq need not log as unhandled.
    """

    def __init__(self) -> None:
        self.began = threading.local()

    @property
    def actor_options(self) -> set[str]:
        return {"max_backoff", "throws"}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        self.began.computing = time.thread_time()

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        if exception is None:
            return
        if isinstance(exception, Unreadable):
            outcome = _bury(message, "unreadable")
            log.error("unreadable event dead-lettered", outcome=outcome, error=str(exception))
            return
        if isinstance(exception, TimeLimitExceeded) and self._computed_too_long(broker, message):
            outcome = _bury(message, "used too much CPU time")
            log.error("used too much CPU time, dead-lettered", outcome=outcome)
            return
        retries = message.options.get("retries", 0)
        foreseen = isinstance(exception, (RetryLater, *REDIS_ERRORS))
        if not foreseen and retries >= MAX_BUG_RETRIES:
            outcome = _bury(message, f"failed too often: {type(exception).__name__}")
            log.error("failed too often, dead-lettered", outcome=outcome, error=repr(exception))
            return
        delay = self._delay(broker, message, retries, exception)
        stale = staleness(broker, message, wait=delay)
        if stale:
            outcome = journal.note_end(Ended.GAVE_UP, _reason(exception))
            log.warning("discarded", outcome=outcome, reason=stale, error=str(exception))
            broker.counts.add(counters.FAILED, message.queue_name)
            return
        outcome = journal.note_end(Ended.RETRY, _reason(exception))
        error = str(exception) or repr(exception)
        log.info("will try again", outcome=outcome, delay=delay, error=error)
        broker.counts.add(counters.RETRIED, message.queue_name)
        self._enqueue(broker, message, retries + 1, delay)

    def _computed_too_long(self, broker: Broker, message: MessageProxy) -> bool:
        limit_ms: float = broker.get_actor(message.actor_name).options["time_limit"]
        computed: float = time.thread_time() - self.began.computing
        return computed > _COMPUTING_SHARE * limit_ms / 1000

    def _delay(
        self, broker: Broker, message: MessageProxy, retries: int, exception: BaseException
    ) -> float:
        if isinstance(exception, RetryLater) and exception.delay is not None:
            return exception.delay
        ceiling = broker.get_actor(message.actor_name).options.get("max_backoff", 4.0)
        return float(min(_FIRST_BACKOFF * 2 ** min(retries, 16), ceiling))

    def _enqueue(self, broker: Broker, message: MessageProxy, retries: int, delay: float) -> None:
        """Enqueue the retry before the message is acknowledged, while it is fresh.

        A full Redis refuses that, but lets the message itself go to the end of its queue.
        """
        again = message.copy(options={"retries": retries})
        until = time.monotonic() + max(delay, _ENQUEUE_SECONDS)
        while True:
            try:
                broker.before_retry()
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
                    message.options["requeue"] = True
                    return
                stale = staleness(broker, message)
                if stale:
                    log.warning("discarded", reason=stale, error=str(error))
                    broker.counts.add(counters.FAILED, message.queue_name)
                    return


def _bury(message: MessageProxy, died_of: str) -> Ended:
    """Have a message dead-lettered, and return its outcome."""
    message.options["died_of"] = died_of
    message.fail()
    return journal.note_end(Ended.DEAD, died_of)


def _reason(exception: BaseException) -> str:
    """Return why an attempt failed, without message text that an error may quote."""
    if isinstance(exception, (RetryLater, *REDIS_ERRORS)):
        return str(exception) or type(exception).__name__
    return type(exception).__name__


def _request_id(message: MessageProxy) -> str | None:
    """Return the request id, the gateway's second argument, or None."""
    try:
        return msgspec.json.decode(message.args[1], type=str | None)
    except (IndexError, TypeError, msgspec.MsgspecError):
        return None


def _first_signal_only(*numbers: signal.Signals) -> None:
    """Call the handlers of these signals once, for the first signal only.

    Heroku signals every process of a dyno, and Dramatiq's main process forwards the signal. A
    worker gets it twice, and Dramatiq exits immediately on the second.
    """
    handlers = {number: signal.getsignal(number) for number in numbers}
    left = ["the first"]

    def handle(number: int, frame: FrameType | None) -> None:
        handler = handlers[signal.Signals(number)]
        if not callable(handler):
            return
        try:
            # The other may interrupt this at any line: only one of them can take what is left.
            left.pop()
        except IndexError:
            return
        handler(number, frame)

    for number in numbers:
        signal.signal(number, handle)
