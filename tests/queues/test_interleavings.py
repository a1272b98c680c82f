"""The queue's scripts in every small order of events: two workers, a few messages.

Workers fetch, finish, hand back, lose answers, are judged dead while they live, and wake up late;
commands reach Redis twice. Whatever happens, a message is in one hand at a time unless its holder
was judged dead, and none is lost: each is waiting, held, or done.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import hypothesis
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics.process_registry import GONE_SECONDS
from gopherbot.queues import heartbeat
from gopherbot.storage import keys
from gopherbot.storage.client import text

APP, QUEUE = "interleavings", "background"
ROOM = Path(heartbeat.__file__).parent
SCRIPTS = ("consumers/fetch.lua", "consumers/settle_delivery.lua", "reap.lua")
SEEN = "1000"
TWICE = st.booleans()


class Worker:
    """What a worker knows: the ids that it believes to hold."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.holds: set[str] = set()
        self.judged = False
        """Whether it was taken for dead: what it holds, others may hold, too."""


class Machine(RuleBasedStateMachine):
    redis: RedisServer

    @initialize()
    def begin(self) -> None:
        self.client = self.redis.client()
        self.client.flushall()
        self.fetch_script, self.settle_script, self.reap_script = (
            self.client.register_script((ROOM / script).read_text()) for script in SCRIPTS
        )
        self.numbers = itertools.count()
        self.sent: set[str] = set()
        self.done: set[str] = set()
        """What somebody finished and told Redis so while it was theirs by its account."""
        self.workers = [self._worker(), self._worker()]
        self.frozen: list[Worker] = []

    def teardown(self) -> None:
        if hasattr(self, "frozen"):
            self._drain()
            self.client.close()

    def _worker(self) -> Worker:
        worker = Worker(f"w{next(self.numbers)}")
        self.client.hset(keys.processes(APP), worker.id, f"{SEEN} 0 10000 {{}}")
        return worker

    # What happens.

    @rule()
    def send(self) -> None:
        id = f"m{next(self.numbers)}"
        self.sent.add(id)
        self.client.hset(keys.messages(APP, QUEUE), id, "{}")
        self.client.rpush(keys.waiting(APP, QUEUE), id)

    @rule(number=st.integers(0, 1), count=st.integers(1, 3), answered=st.booleans(), twice=TWICE)
    def fetch(self, number: int, count: int, answered: bool, twice: bool) -> None:
        """A worker fetches; the answer may be lost, and the command executed again."""
        worker = self.workers[number]
        found = self._fetch(worker, count)
        if twice:
            found = self._fetch(worker, count)
        if answered:
            worker.holds |= found

    @precondition(lambda self: any(each.holds for each in self.workers))
    @rule(data=st.data(), outcome=st.sampled_from(("ack", "requeue")), twice=TWICE)
    def settle(self, data: st.DataObject, outcome: str, twice: bool) -> None:
        """A worker is done with a message, or hands it back."""
        worker = data.draw(st.sampled_from([each for each in self.workers if each.holds]))
        id = data.draw(st.sampled_from(sorted(worker.holds)))
        worker.holds.remove(id)
        for _ in range(1 + twice):
            self._settle(worker, outcome, [id])

    @rule(number=st.integers(0, 1))
    def reconcile(self, number: int) -> None:
        """A worker hands back what Redis takes for its own and it does not know."""
        worker = self.workers[number]
        lost = self._held(worker) - worker.holds
        if lost:
            self._settle(worker, "requeue", sorted(lost))

    @rule(number=st.integers(0, 1), twice=TWICE, dies=st.booleans())
    def reap(self, number: int, twice: bool, dies: bool) -> None:
        """A worker is judged dead. It may be frozen, and wake up late."""
        worker = self.workers[number]
        self.workers[number] = self._worker()
        worker.judged = True
        if not dies:
            self.frozen.append(worker)
        for _ in range(1 + twice):
            self._reap(worker)

    @precondition(lambda self: self.frozen)
    @rule(data=st.data(), outcome=st.sampled_from(("ack", "requeue")), fetches=st.booleans())
    def wake(self, data: st.DataObject, outcome: str, fetches: bool) -> None:
        """One that was judged dead wakes up, and goes on as if nothing had happened."""
        worker = data.draw(st.sampled_from(self.frozen))
        if fetches:
            assert self._fetch(worker, 2) == set(), "one that nobody would take over from"
        if worker.holds:
            id = data.draw(st.sampled_from(sorted(worker.holds)))
            worker.holds.remove(id)
            self._settle(worker, outcome, [id])

    # The scripts, with the keys that the broker and the heartbeat give them.

    def _fetch(self, worker: Worker, count: int) -> set[str]:
        names = [keys.waiting(APP, QUEUE), keys.messages(APP, QUEUE)]
        names += [keys.in_flight(APP, worker.id, QUEUE), keys.processes(APP)]
        found = self.fetch_script(keys=names, args=[count, worker.id]) or []
        return {text(id) for id in found[::2]}

    def _settle(self, worker: Worker, outcome: str, ids: list[str]) -> None:
        names = [
            keys.in_flight(APP, worker.id, QUEUE),
            keys.messages(APP, QUEUE),
            keys.waiting(APP, QUEUE),
            keys.dead_ids(APP, QUEUE),
            keys.dead_messages(APP, QUEUE),
        ]
        theirs = self._held(worker)
        self.settle_script(keys=names, args=[outcome, *ids])
        if outcome == "ack":
            self.done |= theirs & set(ids)

    def _reap(self, worker: Worker) -> None:
        names = [
            keys.processes(APP),
            keys.gone_processes(APP),
            keys.in_flight(APP, worker.id, QUEUE),
            keys.messages(APP, QUEUE),
            keys.waiting(APP, QUEUE),
        ]
        self.reap_script(keys=names, args=[worker.id, SEEN, GONE_SECONDS])

    def _held(self, worker: Worker) -> set[str]:
        found = self.client.smembers(keys.in_flight(APP, worker.id, QUEUE))
        return {text(id) for id in found}

    # The promise.

    @invariant()
    def each_message_is_in_one_place(self) -> None:
        if not hasattr(self, "client"):
            return
        waiting = [text(id) for id in self.client.lrange(keys.waiting(APP, QUEUE), 0, -1)]
        held = [id for each in (*self.workers, *self.frozen) for id in self._held(each)]
        places = waiting + held
        assert len(places) == len(set(places)), f"in two places: {waiting}, {held}"
        kept = {text(id) for id in self.client.hkeys(keys.messages(APP, QUEUE))}
        assert set(places) == kept == self.sent - self.done, "lost, or not let go"
        living = [id for each in self.workers for id in each.holds]
        assert len(living) == len(set(living)), "in the hands of two who live"

    def _drain(self) -> None:
        """Let one worker live and work: everything gets done."""
        for number in (0, 1):
            self._reap(self.workers[number])
            self.workers[number] = self._worker()
        worker = self.workers[0]
        while found := self._fetch(worker, 5):
            self._settle(worker, "ack", sorted(found))
        assert self.done == self.sent


def test_nothing_is_lost_and_nothing_is_in_two_hands(shared_redis: RedisServer) -> None:
    Machine.redis = shared_redis
    run_state_machine_as_test(
        Machine,
        settings=hypothesis.settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            # Making a failure small takes minutes: it is shown as it was found.
            phases=(Phase.reuse, Phase.generate),
            suppress_health_check=list(hypothesis.HealthCheck),
            print_blob=True,
        ),
    )
