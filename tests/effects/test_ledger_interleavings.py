"""The ledger in every order of events that is small enough to be found: two workers, one effect.

Attempts begin, freeze, answer late and end without a word; leases end; workers die; commands reach
Redis twice. Time is moved by giving out leases that are over or that last: nothing waits.

The world is Slack: it notes who called, and whether somebody had looked since the call before.
`test_answers_stay_true.py` does the same with whole workers, killed between any two calls.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from unittest import mock

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from machines import run_machine

from gopherbot.dev.redis_server import RedisServer
from gopherbot.effects import ledger as module
from gopherbot.effects.ledger import Claimant, ClaimState, Ledger
from gopherbot.storage import keys
from gopherbot.storage.raw_connection import RawConnections

pytestmark = pytest.mark.slow

APP = "interleavings"
MESSAGE, EFFECT = "C1:1.0", "command:help#0"
WORKERS = ("a", "b")


@dataclass
class Running:
    """An attempt, and how far it is."""

    claimant: Claimant
    worker: str
    stack: ExitStack
    state: str = "new"
    """`new`, to claim; `doubtful`, to look; `mine`, to perform; or what to write: `settle`,
    `doubt`, `release`."""
    written: str = ""
    """What it wrote at its end: the command may reach Redis again."""


class Machine(RuleBasedStateMachine):
    redis: RedisServer

    @initialize()
    def begin(self) -> None:
        self.client = self.redis.client()
        self.client.flushall()
        self.generation = dict.fromkeys(WORKERS, 0)
        self.ledgers = {name: self._ledger(name) for name in WORKERS}
        self.running: list[Running] = []
        self.over: list[Running] = []
        # What Slack knows.
        self.posts = 0
        self.unlooked = 0
        """Calls since somebody looked or the ledger knew for sure; two of them are a fault."""

    def teardown(self) -> None:
        if hasattr(self, "client"):
            self._settle()
            self.client.close()

    def _ledger(self, name: str) -> Ledger:
        id = f"{name}{self.generation[name]}"
        self.client.hset(keys.processes(APP), id, 0)
        return Ledger(RawConnections(self.client, 1), APP, id)

    # What workers do.

    @precondition(lambda self: len(self.running) < 4)
    @rule(worker=st.sampled_from(WORKERS))
    def deliver(self, worker: str) -> None:
        """The event comes, for the first time or again."""
        stack = ExitStack()
        claimant = stack.enter_context(self.ledgers[worker].claimant(MESSAGE))
        self.running.append(Running(claimant, worker, stack))

    @precondition(lambda self: self.running)
    @rule(
        data=st.data(),
        twice=st.booleans(),
        outcome=st.sampled_from(("ok", "not", "cut before", "cut after")),
    )
    def step(self, data: st.DataObject, twice: bool, outcome: str) -> None:
        """One of the attempts does what comes next; the others are frozen meanwhile."""
        self._step(data.draw(st.sampled_from(self.running)), outcome, 1 + twice)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def strike(self, data: st.DataObject) -> None:
        """An attempt ends without a word, as when Redis is away."""
        self._end(data.draw(st.sampled_from(self.running)))

    @precondition(lambda self: self.over)
    @rule(data=st.data())
    def late(self, data: st.DataObject) -> None:
        """The last command of an attempt reaches Redis once more, whatever happened since."""
        one = data.draw(st.sampled_from(self.over))
        self._write(one, one.written)

    @rule(worker=st.sampled_from(WORKERS))
    def die(self, worker: str) -> None:
        """A worker dies, all its calls are over, and another takes its place."""
        for one in [one for one in self.running if one.worker == worker]:
            self._end(one)
        self.client.hdel(keys.processes(APP), self.ledgers[worker].worker_id)
        self.generation[worker] += 1
        self.ledgers[worker] = self._ledger(worker)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def lease_ends(self, data: st.DataObject) -> None:
        """An attempt is frozen for longer than its lease, and another one takes the effect.

        It had not begun its call, or its call is over: the window that guarantees.md names (frozen
        between claim and call) is left out.
        """
        frozen = [one for one in self.running if one.state != "mine"]
        hypothesis.assume(frozen)
        others = [one for one in self.running if one.state == "new"]
        hypothesis.assume(others and all(one.state != "mine" for one in self.running))
        with mock.patch.object(module, "LEASE_SECONDS", 0):
            self._claim(data.draw(st.sampled_from(others)), 1)

    # How they do it, as `exactly_once.py` does.

    def _step(self, one: Running, outcome: str, times: int) -> None:
        if one.state == "new":
            self._claim(one, times)
        elif one.state == "doubtful":
            self._look(one, times)
        elif one.state == "mine":
            self._perform(one, outcome)
        else:
            for _ in range(times):
                self._write(one, one.state)
            one.written = one.state
            self.over.append(one)
            self._end(one)

    def _claim(self, one: Running, times: int) -> None:
        for _ in range(times):
            found = one.claimant.claim(EFFECT).state
        if found is ClaimState.MINE:
            one.state = "mine"
        elif found is ClaimState.DOUBTFUL:
            one.state = "doubtful"
        else:
            self._end(one)

    def _look(self, one: Running, times: int) -> None:
        found = self.posts > 0
        self.unlooked = 0
        if found:
            one.state = "settle"
            return
        for _ in range(times):
            state = one.claimant.claim(EFFECT, looked=True).state
        if state is ClaimState.MINE:
            one.state = "mine"
        else:
            self._end(one)

    def _perform(self, one: Running, outcome: str) -> None:
        if outcome == "not":
            one.state = "release"
            return
        self.unlooked += 1
        self.posts += outcome != "cut before"
        one.state = "settle" if outcome == "ok" else "doubt"

    def _write(self, one: Running, what: str) -> None:
        getattr(one.claimant, what)(EFFECT)

    def _end(self, one: Running) -> None:
        one.stack.close()
        if one in self.running:
            self.running.remove(one)

    # The promise.

    @invariant()
    def nobody_says_it_twice(self) -> None:
        assert getattr(self, "unlooked", 0) <= 1, "two calls without a look between them"
        assert getattr(self, "posts", 0) <= 1, "it stands twice"

    def _settle(self) -> None:
        """Let a worker live and work: in the end it is said, and settled."""
        for one in list(self.running):
            self._end(one)
        with mock.patch.object(module, "LEASE_SECONDS", 0):
            self.deliver("a")
            while self.running:
                self._step(self.running[0], "ok", 1)
        assert self.posts == 1, "it is lost"
        assert self.ledgers["b"].read(MESSAGE).unsettled == ()


def test_effects_are_never_doubled_or_lost(shared_redis: RedisServer, no_waiting: None) -> None:
    Machine.redis = shared_redis
    run_machine(Machine, examples=150, steps=30)
