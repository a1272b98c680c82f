"""Finds the message that kills its worker.

Every message is recorded in Redis when a thread begins it. If the worker dies, `reap.lua` counts
that as a takeover of each message that it had begun: all of them are suspects now. Suspects run one
at a time, so the next death tells which one it was, and that one is dead-lettered.

A suspect that waits for its turn holds its thread. After a second ambiguous death of a worker, as
many suspects as it has threads delay everything else until they have run.
"""

# Dramatiq types its hooks for any broker. These only ever get ours, so the overrides are safe.
from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from gopherbot.queues.broker import Broker
from gopherbot.storage.client import REDIS_ERRORS

TURN_SECONDS = 1.0
"""The longest that a suspect waits for the one before it, as long as no death was ambiguous. A
worker has 24 threads, and the last of 24 suspects must still be fresh."""
STUCK_SECONDS = 20.0
"""How long a message may exceed its time limit before its thread counts as stuck."""


class Turns(Middleware):
    """Gives suspects their turn. Comes first, because a message may get stale while it waits."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._suspects: set[str] = set()

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        takeovers = message.options.get("takeovers", 0)
        if takeovers:
            with self._turn:
                seconds = TURN_SECONDS if takeovers == 1 else None
                self._turn.wait_for(lambda: not self._suspects, seconds)
                self._suspects.add(message.options["redis_message_id"])

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        with self._turn:
            self._suspects.discard(message.options["redis_message_id"])
            self._turn.notify_all()

    after_skip_message = after_process_message  # type: ignore[assignment]


class Takeovers(Middleware):
    """Records which messages this worker has begun, and when each counts as stuck."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        id = message.options["redis_message_id"]
        with contextlib.suppress(*REDIS_ERRORS):
            broker.store.begin(message.queue_name, id)
        limit_ms: float = broker.get_actor(message.actor_name).options["time_limit"]
        deadline = time.monotonic() + limit_ms / 1000 + STUCK_SECONDS
        broker.heartbeat.deadlines[threading.get_ident()] = deadline

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        broker.heartbeat.deadlines.pop(threading.get_ident(), None)
