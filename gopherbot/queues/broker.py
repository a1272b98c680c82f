"""The Redis broker: Dramatiq's own, with a consumer that blocks instead of polling.

What differs from stock Dramatiq, and why:

- An idle consumer waits in `BLMOVE queue queue LEFT LEFT`, which answers at once when the list has
  something and leaves it as it was; the command that fetches is sent along with it. Stock Dramatiq
  sleeps up to a second between polls.
- Several messages are fetched at a time and several acknowledged (`_Consumer._settle`), where stock
  Dramatiq has a round trip for each.
- A heartbeat thread (`heartbeat.py`) hands a dead worker's messages to the living. Stock Dramatiq
  does so by chance, after a minute.
- What a lost connection left half-fetched is found again (`_Consumer._find_lost`).
- A message that cannot be decoded is dead-lettered instead of stopping the consumer.
- No Redis error leaves the consumer: it waits and goes on by itself.
- What is done can be let go, and what waits can be fetched, when Redis is full (`let_go.lua`):
  stock Dramatiq needs memory to free memory, so a full Redis would stay full.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import redis
from dramatiq import Message
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import dq_name
from dramatiq.encoder import Encoder
from dramatiq.errors import DecodeError
from dramatiq.middleware import Middleware

from gopherbot import logs
from gopherbot.metrics import counters
from gopherbot.queues.heartbeat import new_worker_id
from gopherbot.settings import Settings
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, connect
from gopherbot.storage.connection_limits import CONSUMER, WORKER_MESSAGES, WORKER_OCCASIONAL
from gopherbot.storage.outage import Outage
from gopherbot.storage.raw_connection import Command, RawConnection, RawConnections

BLOCK_SECONDS = 4
"""How long an idle consumer waits in one command, unless the worker stops (`Broker.wake`)."""
DELAY_POLL_SECONDS = 5.0
"""How often delayed messages (retries) of other processes are asked for."""
HELD_PAUSE_SECONDS = 0.1
"""How often it is asked whether the time of a delayed message has come."""
YIELD_SECONDS = 0.002
"""How long a consumer keeps still while what it handed on is worked on: the thread that it woke
needs the interpreter, which this one would hold while it makes up its next command."""

_RETRY_SECONDS = 0.25
# Dramatiq prefetches a thousand delayed messages for each thread; Lua cannot unpack so many.
_MOST_AT_ONCE = 500
_HERE = Path(__file__).parent

log = logs.get_logger(__name__)


class Encoding(Encoder):
    """Dramatiq's JSON, but each argument stays raw JSON: the actor reads it once, into its type."""

    class _Shape(msgspec.Struct):
        queue_name: str
        actor_name: str
        args: list[msgspec.Raw]
        kwargs: dict[str, Any]
        options: dict[str, Any]
        message_id: str
        message_timestamp: int

    def encode(self, data: dict[str, Any]) -> bytes:
        return msgspec.json.encode(data)

    def decode(self, data: bytes) -> dict[str, Any]:
        return msgspec.structs.asdict(msgspec.json.decode(data, type=self._Shape))


class Broker(RedisBroker):
    """Dramatiq's Redis broker with blocking consumers. All keys start with `APP:`."""

    def __init__(self, settings: Settings, middleware: list[Middleware]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            client=connect(settings.redis, connections=WORKER_OCCASIONAL),
            middleware=middleware,
            namespace=settings.identity.app,
            maintenance_chance=0,
        )
        self.settings = settings
        self.broker_id = new_worker_id(settings.identity.dyno)
        self.counts = counters.Counts()
        self.outage = Outage()
        self.stopping = threading.Event()
        self.held: defaultdict[str, set[str]] = defaultdict(set)
        """By queue, the ids of the messages that are in this process's hands."""
        self.delayed_now: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        """By delay queue, set when this process puts something into it."""
        self.left_behind: set[str] = set()
        """The ids of messages that are not done and that nobody here goes on with."""
        self.connections = RawConnections(
            connect(settings.redis, connections=WORKER_MESSAGES), WORKER_MESSAGES
        )
        self.fetch = self.connections.script((_HERE / "fetch.lua").read_text())
        self._let_go = self.connections.script((_HERE / "let_go.lua").read_text())

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Enqueue a message; one with a delay is looked for at once, not at the next poll."""
        sent = super().enqueue(message, delay=delay)
        if delay is not None:
            self.delayed_now[dq_name(message.queue_name)].set()
        return sent

    @property
    def consumer_class(self) -> type[_Consumer]:
        return _Consumer

    def acks_key(self, queue: str) -> str:
        """The Redis key of the set of ids that this worker holds of a queue."""
        return keys.in_flight(self.namespace, self.broker_id, queue)

    def wake(self) -> None:
        """Have the consumers that wait for something look up: the worker stops."""
        for nudge in self.delayed_now.values():
            nudge.set()
        try:
            for client in self.client.client_list():
                if client["name"] == self.broker_id:
                    self.client.client_unblock(int(client["id"]))
        except REDIS_ERRORS as error:
            log.info("consumers wait to the end", seconds=BLOCK_SECONDS, error=str(error))

    def hand_back(self, messages: Iterable[MessageProxy]) -> int:
        """Return messages that nobody has begun to their queues, for another worker."""
        ids: defaultdict[str, list[str]] = defaultdict(list)
        for message in messages:
            ids[message.queue_name].append(message.options["redis_message_id"])
        for queue, waiting in ids.items():
            self.let_go("back", queue, *waiting)
            self.held[queue].difference_update(waiting)
        return sum(map(len, ids.values()))

    def let_go(self, how: str, queue: str, *ids: str | bytes) -> None:
        """Let go of messages that this worker holds: they are `done`, `dead`, or go `back`."""
        app = self.namespace
        names = [
            self.acks_key(queue),
            keys.messages(app, queue),
            keys.waiting(app, queue),
            keys.dead_ids(app, queue),
            keys.dead_messages(app, queue),
        ]
        self.connections.run_script(self._let_go, names, [how, *ids])


class _Consumer(Consumer):
    """Takes messages off one queue, or off its companion for delayed messages (`QUEUE.DQ`)."""

    def __init__(self, broker: Broker, queue_name: str, prefetch: int, timeout: int) -> None:
        self.broker = broker
        self.queue = queue_name
        self.prefetch = prefetch
        self.delayed = queue_name.endswith(".DQ")
        self.held = broker.held[queue_name]
        # A consumer is made anew after an error: what the one before it held of delayed
        # messages was in its memory alone.
        if self.delayed:
            self.held.clear()
        # A round trip brings a third of what may be held, not the one for which there is room.
        self.few = prefetch * 2 // 3
        self.room = threading.Event()
        self.done: deque[tuple[str, str]] = deque()
        self.telling = threading.Lock()
        self.ready: deque[MessageProxy] = deque()
        self.next_poll = 0.0
        self.uncertain = True
        self.list_key = keys.waiting(broker.namespace, queue_name)
        self.messages_key = keys.messages(broker.namespace, queue_name)
        self.link: RawConnection | None = None
        if not self.delayed:
            self.link = RawConnection(
                connect(
                    broker.settings.redis,
                    connections=CONSUMER,
                    answer_timeout=BLOCK_SECONDS + 2,
                    name=broker.broker_id,
                )
            )

    def __next__(self) -> MessageProxy | None:
        """Give the next message, or None after at most `BLOCK_SECONDS` without one."""
        try:
            if self.uncertain:
                self._find_lost()
                self.uncertain = False
            if not self.ready and self._has_room():
                self._fetch()
            self.broker.outage.answered()
        except REDIS_ERRORS as error:
            self.broker.outage.failed(error)
            self.broker.stopping.wait(_RETRY_SECONDS)
        return self.ready.popleft() if self.ready else None

    def ack(self, message: MessageProxy) -> None:
        self._settle("done", message)

    def nack(self, message: MessageProxy) -> None:
        self._settle("dead", message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        try:
            self.broker.hand_back(messages)
        except REDIS_ERRORS as error:
            # Nothing is lost: a living worker finds them when this one's heartbeat ends.
            log.warning("messages not handed back", queue=self.queue, error=str(error))

    def close(self) -> None:
        self.requeue(self.ready)
        self.ready.clear()
        if self.link:
            self.link.close()

    def _has_room(self) -> bool:
        """Wait until there is room here for more."""
        if self.broker.stopping.is_set():
            time.sleep(_RETRY_SECONDS)
            return False
        if len(self.held) > self.few:
            self.room.clear()
            if len(self.held) > self.few and not self.room.wait(BLOCK_SECONDS):
                return False
        return True

    def _wait_for_delayed(self) -> bool:
        """Wait until it is worth to ask for delayed messages.

        While some are held, Dramatiq needs to look often whether their time has come; that costs
        no command.
        """
        put = self.broker.delayed_now[self.queue]
        pause = self.next_poll - time.monotonic()
        nudged = put.wait(min(pause, HELD_PAUSE_SECONDS) if self.held else pause)
        if not nudged and time.monotonic() < self.next_poll:
            return False
        put.clear()
        self.next_poll = time.monotonic() + DELAY_POLL_SECONDS
        return True

    def _fetch(self) -> None:
        """Take what there is; wait for it a while."""
        if self.delayed and not self._wait_for_delayed():
            return
        names = [self.list_key, self.messages_key, self.broker.acks_key(self.queue)]
        count = min(self.prefetch - len(self.held), _MOST_AT_ONCE)
        self.uncertain = True  # Until the answer is here: it may be lost on the way.
        if self.link:
            taken = self._fetch_once_there(self.link, names, count)
        else:
            taken = self.broker.connections.run_script(self.broker.fetch, names, [count])
        for id, data in zip(taken[::2], taken[1::2], strict=True):
            self._take(id, data)
        self.uncertain = False

    def _fetch_once_there(self, link: RawConnection, names: list[str], count: int) -> list[bytes]:
        """Send the command that waits and the one that fetches together: Redis goes on from one
        to the other by itself.
        """
        if self.held:
            time.sleep(YIELD_SECONDS)
        wait: Command = ("BLMOVE", self.list_key, self.list_key, "LEFT", "LEFT", BLOCK_SECONDS)
        fetch: Command = ("EVALSHA", self.broker.fetch.sha, len(names), *names, count)
        waited, taken = link.execute(wait, fetch)
        if isinstance(taken, redis.exceptions.NoScriptError):
            taken = self.broker.connections.run_script(self.broker.fetch, names, [count])
        if isinstance(taken, Exception):
            raise taken
        if isinstance(waited, Exception) and not taken:
            # It could store something, so a full Redis refuses it. Fetching is not refused.
            self.broker.stopping.wait(_RETRY_SECONDS)
        return list(taken)

    def _take(self, raw_id: bytes, data: bytes) -> None:
        try:
            id, message = raw_id.decode(), Message.decode(data)
        except (DecodeError, UnicodeDecodeError):
            log.error("unreadable message dead-lettered", queue=self.queue, message_id=repr(raw_id))
            self.broker.let_go("dead", self.queue, raw_id)
            self.broker.counts.add(counters.DEAD, self.queue)
            return
        if message.queue_name != self.queue or message.options.get("redis_message_id") != id:
            message = message.copy(queue_name=self.queue, options={"redis_message_id": id})
        if not self.delayed:
            # Nobody delays messages here; waiting for a time, they would fill the hands.
            message.options.pop("eta", None)
        self.held.add(id)
        self.ready.append(MessageProxy(message))

    def _find_lost(self) -> None:
        """Return to the queue what Redis says this worker holds and it does not.

        The answer to a fetch may be lost with its connection; Redis has then noted the messages
        as ours, and nobody would ever work on them.
        """
        noted = self.broker.client.smembers(self.broker.acks_key(self.queue))
        ours = {id.encode() for id in self.held}
        lost = [id for id in noted if id not in ours]
        if lost:
            self.broker.let_go("back", self.queue, *lost)
            log.warning("found messages again", queue=self.queue, count=len(lost))

    def _settle(self, how: str, message: MessageProxy) -> None:
        """Have Redis told that a message is done.

        One thread tells for all: what others are done with meanwhile goes with its next command.
        It looks again after it has let go of the lock, so nothing is left untold.
        """
        self.done.append((how, message.options["redis_message_id"]))
        while self.done and self.telling.acquire(blocking=False):
            try:
                told = self.done.copy()
                self._tell(told)
                for _ in told:
                    self.done.popleft()
            finally:
                self.telling.release()

    def _tell(self, done: Iterable[tuple[str, str]]) -> None:
        """Tell Redis what is done, however long Redis is away."""
        for how in ("done", "dead"):
            ids = [id for its, id in done if its == how]
            while left := [id for id in ids if id not in self.broker.left_behind]:
                try:
                    self.broker.let_go(how, self.queue, *left)
                    break
                except REDIS_ERRORS as error:
                    self.broker.outage.failed(error)
                    # At the end of a shutdown a living worker takes it over; the ledger knows it.
                    if self.broker.stopping.is_set():
                        break
                    time.sleep(_RETRY_SECONDS)
            self.held.difference_update(ids)
        if len(self.held) <= self.few:
            self.room.set()
