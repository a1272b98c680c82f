"""The queue in every small order of events: two workers, a few messages, some of them delayed.

Workers fetch, finish, put off, hand back, lose answers, are judged dead while they live, and wake
up late; commands reach Redis twice. They do so with the worker's own parts, `MessageStore`,
`InFlight` and the heartbeat's taking over. Whatever happens, a message is in one hand at a time
unless its holder was judged dead, and none is lost: each is waiting, held, or done.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable

import pytest
import redis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from machines import run_machine

from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics.counters import Counts
from gopherbot.queues.recovery.heartbeat import WorkerHeartbeat
from gopherbot.queues.worker.deliveries import Disposition, InFlight, MessageStore
from gopherbot.settings import Identity
from gopherbot.storage import keys
from gopherbot.storage.client import RedisAvailability, text
from gopherbot.storage.raw_connection import RawConnections

pytestmark = pytest.mark.slow

APP, QUEUE = "interleavings", "background"
DELAYED = keys.delayed(QUEUE)
QUEUES = (QUEUE, DELAYED)
SEEN = "1000"
TWICE = st.booleans()
MOSTLY = st.sampled_from((True, True, True, False))
A_QUEUE = st.sampled_from(QUEUES)


class Worker:
    """A worker: what it believes to hold, by queue, and its way to Redis."""

    def __init__(self, id: str, client: redis.Redis) -> None:
        self.id = id
        self.store = MessageStore(APP, id, RawConnections(client, 1))
        self.in_flight = {queue: InFlight() for queue in QUEUES}

    def holds(self, *queues: str) -> list[tuple[str, str]]:
        return sorted((queue, id) for queue in queues for id in self.in_flight[queue].ids())

    def fetch(self, queue: str, count: int) -> list[str] | None:
        found = self.store.fetch(queue, count)
        return None if found is None else [text(id) for id in found[::2]]

    def noted(self, queue: str) -> set[str]:
        """Return what it holds by Redis's account."""
        return {text(id) for id in self.store.in_flight(queue)}

    def lost(self, queue: str) -> set[str]:
        """Return what Redis takes for its own and it does not know."""
        return self.noted(queue) - self.in_flight[queue].ids()


class Machine(RuleBasedStateMachine):
    redis: RedisServer

    @initialize()
    def begin(self) -> None:
        self.client = self.redis.client()
        self.client.flushall()
        self.numbers = itertools.count()
        self.sent: set[str] = set()
        self.done: set[str] = set()
        """What somebody finished and told Redis so while it was theirs by its account."""
        self.workers = [self._worker(), self._worker()]
        self.frozen: list[Worker] = []
        self.heartbeat = WorkerHeartbeat(
            self.client,
            Identity(APP, "worker.9", ""),
            Counts(),
            RedisAvailability(),
            threading.Event(),
        )
        for queue in QUEUES * 2:
            self.send(queue)

    def teardown(self) -> None:
        if hasattr(self, "heartbeat"):
            self._drain()
            self.client.close()

    def _worker(self) -> Worker:
        worker = Worker(f"w{next(self.numbers)}", self.client)
        self.client.hset(keys.processes(APP), worker.id, f"{SEEN} 0 10000 {{}}")
        return worker

    # What happens.

    @rule(queue=A_QUEUE)
    def send(self, queue: str) -> None:
        self._put(self.workers[0], queue)

    @precondition(lambda self: self._fetchable())
    @rule(
        data=st.data(),
        number=st.integers(0, 1),
        count=st.integers(1, 3),
        answered=MOSTLY,
        twice=TWICE,
    )
    def fetch(
        self, data: st.DataObject, number: int, count: int, answered: bool, twice: bool
    ) -> None:
        """A worker fetches; the answer may be lost, and the command executed again."""
        worker = self.workers[number]
        queue = data.draw(st.sampled_from(self._fetchable()))
        found = worker.fetch(queue, count)
        if twice:
            found = worker.fetch(queue, count)
        assert found is not None, "a worker that is registered gets what there is"
        if answered:
            for id in found:
                worker.in_flight[queue].add(id)

    @precondition(lambda self: any(each.holds(*QUEUES) for each in self.workers))
    @rule(data=st.data(), done=st.booleans(), twice=TWICE)
    def settle(self, data: st.DataObject, done: bool, twice: bool) -> None:
        """A worker is done with a message, or hands it back; what was put off cannot be done."""
        worker, queue, id = self._choose(data, self.workers, *QUEUES)
        outcome: Disposition = "ack" if done and queue == QUEUE else "requeue"
        for _ in range(1 + twice):
            self._settle(worker, outcome, queue, [id])
        worker.in_flight[queue].discard([id])

    @precondition(lambda self: any(each.holds(QUEUE) for each in self.workers))
    @rule(data=st.data(), acknowledges=st.booleans())
    def put_off(self, data: st.DataObject, acknowledges: bool) -> None:
        """A worker puts a message off; it may die before it acknowledges it."""
        worker, queue, id = self._choose(data, self.workers, QUEUE)
        self._put(worker, DELAYED)
        if acknowledges:
            self._settle(worker, "ack", queue, [id])
            worker.in_flight[queue].discard([id])

    @precondition(lambda self: any(each.holds(DELAYED) for each in self.workers))
    @rule(data=st.data(), twice=TWICE)
    def come_due(self, data: st.DataObject, twice: bool) -> None:
        """The time of a message that was put off has come."""
        worker, queue, id = self._choose(data, self.workers, DELAYED)
        for _ in range(1 + twice):
            worker.store.forward_delayed(DELAYED, QUEUE, [id])
        worker.in_flight[queue].discard([id])

    @precondition(lambda self: any(each.lost(queue) for each in self.workers for queue in QUEUES))
    @rule()
    def reconcile(self) -> None:
        """Workers hand back what Redis takes for theirs and they do not know."""
        for worker in self.workers:
            for queue in QUEUES:
                if lost := worker.lost(queue):
                    self._settle(worker, "requeue", queue, sorted(lost))

    @precondition(lambda self: any(each.holds(*QUEUES) for each in self.workers))
    @rule(data=st.data(), twice=TWICE, dies=st.booleans())
    def reap(self, data: st.DataObject, twice: bool, dies: bool) -> None:
        """A worker is judged dead. It may be frozen, and wake up late."""
        worker, *_ = self._choose(data, self.workers, *QUEUES)
        self.workers[self.workers.index(worker)] = self._worker()
        if not dies:
            self.frozen.append(worker)
        for _ in range(1 + twice):
            self.heartbeat._take_over_from(worker.id, SEEN)

    @precondition(lambda self: any(each.holds(*QUEUES) for each in self.frozen))
    @rule(data=st.data(), hands_back=st.booleans())
    def wake(self, data: st.DataObject, hands_back: bool) -> None:
        """One that was judged dead wakes up, and goes on as if nothing had happened."""
        worker, queue, id = self._choose(data, self.frozen, *QUEUES)
        # None, or nothing where nothing waits: then nobody asks who it is.
        assert not worker.fetch(queue, 2), "one that nobody would take over from"
        if hands_back:
            self._settle(worker, "requeue", queue, [id])
        elif queue == QUEUE:
            self._settle(worker, "ack", queue, [id])
        else:
            worker.store.forward_delayed(DELAYED, QUEUE, [id])
        worker.in_flight[queue].discard([id])

    def _fetchable(self) -> list[str]:
        return [queue for queue in QUEUES if self.client.llen(keys.waiting(APP, queue))]

    def _choose(
        self, data: st.DataObject, workers: Iterable[Worker], *queues: str
    ) -> tuple[Worker, str, str]:
        held = [(each, *one) for each in workers for one in each.holds(*queues)]
        return data.draw(st.sampled_from(held))

    def _put(self, worker: Worker, queue: str) -> None:
        id = f"m{next(self.numbers)}"
        self.sent.add(id)
        worker.store.put(queue, id, b"{}")

    def _settle(self, worker: Worker, outcome: Disposition, queue: str, ids: list[str]) -> None:
        theirs = worker.noted(queue)
        worker.store.settle(outcome, queue, ids)
        if outcome == "ack":
            self.done |= theirs & set(ids)

    # The promise.

    @invariant()
    def each_message_is_in_one_place(self) -> None:
        if not hasattr(self, "heartbeat"):
            return
        everywhere: list[str] = []
        for queue in QUEUES:
            waiting = [text(id) for id in self.client.lrange(keys.waiting(APP, queue), 0, -1)]
            held = [id for each in (*self.workers, *self.frozen) for id in each.noted(queue)]
            kept = {text(id) for id in self.client.hkeys(keys.messages(APP, queue))}
            assert set(waiting + held) == kept, "lost, or not let go"
            everywhere += waiting + held
        assert len(everywhere) == len(set(everywhere)), f"in two places: {everywhere}"
        assert set(everywhere) == self.sent - self.done, "lost, or done with and still there"
        living = [id for each in self.workers for _, id in each.holds(*QUEUES)]
        assert len(living) == len(set(living)), "in the hands of two who live"

    def _drain(self) -> None:
        """Let one worker live and work: everything gets done."""
        for number in (0, 1):
            self.heartbeat._take_over_from(self.workers[number].id, SEEN)
            self.workers[number] = self._worker()
        worker = self.workers[0]
        while due := worker.fetch(DELAYED, 5):
            worker.store.forward_delayed(DELAYED, QUEUE, due)
        while found := worker.fetch(QUEUE, 5):
            self._settle(worker, "ack", QUEUE, found)
        assert self.done == self.sent


def test_nothing_is_lost_and_nothing_is_in_two_hands(shared_redis: RedisServer) -> None:
    Machine.redis = shared_redis
    run_machine(Machine, examples=60, steps=30)
