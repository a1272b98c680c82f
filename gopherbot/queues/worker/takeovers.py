"""Finds the message that kills its worker.

Every message is recorded in Redis when a thread begins it. If the worker dies, `reap.lua` counts
that as a takeover of each message that it had begun: all of them are suspects now. A suspect runs
alone, so the next death tells whether it was this one, which is then dead-lettered. An attempt that
ends, however it ends, clears its message.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware, SkipMessage

from gopherbot.queues.worker.broker import Broker
from gopherbot.storage.client import REDIS_ERRORS

TURN_SECONDS = 0.4
"""How long a suspect runs alone. Then others may run beside it, but another suspect only if no
death was ambiguous. A worker has 24 threads, and it takes 15 s to find out that a host has died:
the last of 24 suspects must still be fresh then."""
PAUSE_SECONDS = 0.25
"""How long a suspect keeps a thread waiting for its turn, before it goes back to its queue."""
STUCK_SECONDS = 20.0
"""How long a message may exceed its time limit before its thread counts as stuck."""


class Turns(Middleware):
    """Gives suspects their turn. Comes first, because a message may get stale while it waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[str] = set()
        self._suspects: set[str] = set()
        self._alone_until = 0.0

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # type: ignore[override]
        id = message.options["redis_message_id"]
        with self._changed:
            if takeovers := message.options.get("takeovers"):
                self._take_turn(message, id, ambiguous=takeovers > 1)
            else:
                self._changed.wait_for(lambda: not self._suspects, TURN_SECONDS)
            self._running.add(id)

    def after_process_message(  # type: ignore[override]
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        id = message.options["redis_message_id"]
        with self._changed:
            self._running.discard(id)
            self._suspects.discard(id)
            self._changed.notify_all()

    after_skip_message = after_process_message  # type: ignore[assignment]

    def _take_turn(self, message: MessageProxy, id: str, *, ambiguous: bool) -> None:
        """Wait until a suspect is alone, or put it off and raise `SkipMessage`."""
        if not self._changed.wait_for(lambda: not self._suspects, PAUSE_SECONDS) and (
            ambiguous or time.monotonic() < self._alone_until
        ):
            message.options["disposition"] = "requeue"
            raise SkipMessage
        self._suspects.add(id)
        self._alone_until = time.monotonic() + TURN_SECONDS
        self._changed.wait_for(lambda: not self._running, TURN_SECONDS)


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
