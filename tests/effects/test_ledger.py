"""The ledger: who may do an effect, whatever was repeated, and whoever died."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import redis
from support import no_redis

from gopherbot.effects.ledger import (
    DOUBT_SECONDS,
    HISTORY_SECONDS,
    JOIN_KEPT_SECONDS,
    KEPT_SECONDS,
    LEASE_SECONDS,
    LOCK,
    POSTED_SECONDS,
    UNDER_WAY_SECONDS,
    Claim,
    Claimant,
    ClaimState,
    Ledger,
)
from gopherbot.effects.posted import PostedAnswer
from gopherbot.storage import keys
from gopherbot.storage.raw_connection import RawConnections
from gopherbot.table import CASE_CLOSED, EVENT_ACTORS

APP = "gopherbot-test"
EVENT, EFFECT = "Ev1", "command:help#0"
POSTED = PostedAnswer("reply", "C1", "1.000001", "digest")

Finish = Callable[..., bool]


class Workers:
    """Makes the ledgers of workers that live."""

    def __init__(self, client: redis.Redis, patch: pytest.MonkeyPatch) -> None:
        self.client = client
        self.patch = patch

    def __call__(self, name: str) -> Ledger:
        self.client.hset(keys.processes(APP), name, 0)
        return Ledger(RawConnections(self.client, 1), APP, name)

    def set(self, name: str, value: int = 0) -> None:
        """Set a number of the ledger's, such as the seconds for which a claim is leased."""
        self.patch.setattr(f"gopherbot.effects.ledger.{name}", value)


@pytest.fixture
def worker(redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Workers:
    return Workers(redis_client, monkeypatch)


def claim(ledger: Ledger, event: str = EVENT, effect: str = EFFECT) -> ClaimState:
    with ledger.claimant(event) as claimant:
        return claimant.claim(effect).state


def finish(ledger: Ledger, how: Finish) -> bool:
    with ledger.claimant(EVENT) as claimant:
        assert claimant.claim(EFFECT).state is ClaimState.MINE
        return how(claimant, EFFECT)


@pytest.mark.parametrize("kept", [3600, 25 * 3600])
def test_what_is_claimed_or_settled_is_kept_an_hour(worker: Workers, kept: int) -> None:
    """And a join an hour longer than Slack may take to deliver it."""
    assert kept in (KEPT_SECONDS, JOIN_KEPT_SECONDS)
    with worker("a").claimant(EVENT, kept=kept) as claimant:
        for write in (claimant.claim, claimant.settle):
            write(EFFECT)
            assert kept - 60 < worker.client.ttl(keys.ledger(APP, EVENT)) <= kept
            worker.client.persist(keys.ledger(APP, EVENT))


def test_what_is_doubtful_is_so_for_the_first_who_takes_it_after_a_while(worker: Workers) -> None:
    a, b = worker("a"), worker("b")
    finish(a, Claimant.doubt)
    with b.claimant(EVENT) as claimant:
        found = claimant.claim(EFFECT)
    assert found.state is ClaimState.BUSY, "a slow Slack may still be at it"
    assert DOUBT_SECONDS - 1 < found.wait <= DOUBT_SECONDS
    worker.set("DOUBT_SECONDS")
    with b.claimant(EVENT) as claimant:
        assert claimant.claim(EFFECT).state is ClaimState.DOUBTFUL
        assert claim(a) is ClaimState.BUSY


@pytest.mark.parametrize("late", [Claimant.release, Claimant.doubt, Claimant.settle])
def test_attempt_without_its_claim_writes_nothing(worker: Workers, late: Finish) -> None:
    # As when its worker was frozen, or its command reaches Redis long after it was sent.
    a, b = worker("a"), worker("b")
    with a.claimant(EVENT) as frozen:
        frozen.claim(EFFECT)
        worker.set("LEASE_SECONDS")
        with b.claimant(EVENT) as heir:
            assert heir.claim(EFFECT).state is ClaimState.DOUBTFUL
            assert not late(frozen, EFFECT)
            assert heir.claim(EFFECT, looked=True).state is ClaimState.MINE
            assert heir.settle(EFFECT)
        assert late(frozen, EFFECT) is (late is Claimant.settle)
    assert claim(a) is ClaimState.SETTLED


@pytest.mark.parametrize("what", [Claimant.release, Claimant.doubt, Claimant.settle])
def test_repeated_command_changes_nothing(worker: Workers, what: Finish) -> None:
    worker.set("DOUBT_SECONDS")
    # Redis did it and the answer was lost, so it is sent again; somebody else came in between.
    a, b = worker("a"), worker("b")
    with a.claimant(EVENT) as first, b.claimant(EVENT) as second:
        first.claim(EFFECT)
        assert what(first, EFFECT)
        assert what(first, EFFECT), "it is written: that is what the repeated one asks"
        expected = second.claim(EFFECT).state
        what(first, EFFECT)
        assert second.claim(EFFECT).state is expected


def test_a_doubtful_effect_that_is_passed_on_is_not_waited_for_again(worker: Workers) -> None:
    a, b = worker("a"), worker("b")
    finish(a, Claimant.doubt)
    with worker.patch.context() as later:
        later.setattr("gopherbot.effects.ledger.DOUBT_SECONDS", 0)
        with b.claimant(EVENT) as claimant:
            assert claimant.claim(EFFECT).state is ClaimState.DOUBTFUL
            assert claimant.give_up_unused(EFFECT)
            assert claimant.give_up_unused(EFFECT), "the command may come twice"
    assert claim(a) is ClaimState.DOUBTFUL


def test_earlier_attempt_of_the_same_worker_writes_nothing(worker: Workers) -> None:
    # As when a command of it reaches Redis long after the attempt was given up.
    worker.set("UNDER_WAY_SECONDS")
    ledger = worker("a")
    with ledger.claimant(EVENT) as earlier:
        earlier.claim(EFFECT)
    with ledger.claimant(EVENT) as later:
        assert later.claim(EFFECT).state is ClaimState.DOUBTFUL
        assert not earlier.release(EFFECT)
        assert claim(worker("b")) is ClaimState.BUSY


def test_lease_outlasts_every_attempt() -> None:
    # And a time limit strikes up to half a second late. One lists all members, but holds no claim.
    limits = [row.time_limit for row in EVENT_ACTORS if row.name != CASE_CLOSED]
    assert max(limits) + 1 < LEASE_SECONDS


def test_a_command_whose_connection_is_lost_is_sent_again(worker: Workers) -> None:
    ledger = worker("a")
    with ledger.claimant(EVENT) as claimant:
        assert claimant.claim(EFFECT).state is ClaimState.MINE
        worker.client.client_kill_filter(_type="normal", skipme=True)
        assert claimant.settle(EFFECT)


def test_what_is_doubtful_is_so_though_redis_lost_its_data_with_the_claim(worker: Workers) -> None:
    worker.set("DOUBT_SECONDS")
    with worker("a").claimant(EVENT) as claimant:
        claimant.claim(EFFECT)
        worker.client.flushall()
        assert claimant.doubt(EFFECT)
    assert 0 < worker.client.ttl(keys.ledger(APP, EVENT)) <= KEPT_SECONDS
    assert claim(worker("b")) is ClaimState.DOUBTFUL


@pytest.mark.parametrize("another", [False, True])
def test_lock_lost_with_redis_data_permits_nothing(worker: Workers, another: bool) -> None:
    """Nor does it if another attempt holds it by then."""
    with worker("a").claimant(EVENT) as first, worker("b").claimant(EVENT) as second:
        first.claim(LOCK)
        worker.client.delete(keys.ledger(APP, EVENT))
        if another:
            second.claim(LOCK)
        assert not first.note(LOCK, {EFFECT: POSTED})
    assert worker("b").read(EVENT).posted == {}


def test_a_doubt_is_as_old_as_its_call_though_it_was_looked_up_since(worker: Workers) -> None:
    worker.set("DOUBT_SECONDS")
    ledger = worker("a")
    with ledger.claimant(EVENT) as claimant:
        claimant.claim(EFFECT)
        assert claimant.doubt(EFFECT, Claim(ClaimState.DOUBTFUL, age=4.0))
    with ledger.claimant(EVENT) as claimant:
        found = claimant.claim(EFFECT)
        assert found.age >= 4.0
        assert 0 < found.look_again <= HISTORY_SECONDS - 4.0
        assert claimant.doubt(EFFECT, found)
    with ledger.claimant(EVENT) as claimant:
        assert claimant.claim(EFFECT).age > found.age - 0.1  # two clocks


def test_a_worker_s_tenth_attempt_does_not_wait_for_the_lease_of_its_ninth(worker: Workers) -> None:
    ledger = worker("a")
    for number in range(8):
        claim(ledger, effect=f"command:{number}#0")
    claim(ledger)
    with ledger.claimant(EVENT) as claimant:
        assert claimant.claim(EFFECT).wait <= UNDER_WAY_SECONDS


def test_what_is_done_is_done_though_redis_lost_its_data_with_the_claim(worker: Workers) -> None:
    with worker("a").claimant(EVENT, "U1") as claimant:
        claimant.claim(EFFECT)
        worker.client.flushall()
        assert claimant.settle(EFFECT, {EFFECT: POSTED})
    other = worker("b")
    assert claim(other) is ClaimState.SETTLED
    assert other.read(EVENT).posted == {EFFECT: POSTED}
    assert other.read(EVENT).asker == "U1"


def test_newer_text_prevents_late_notes_of_the_old(worker: Workers) -> None:
    # Whoever follows the text may have taken it away: it must not seem to stand.
    with worker("a").claimant(EVENT) as claimant:
        claimant.claim(EFFECT)
        worker.client.flushall()
        other = worker("b")
        assert other.supersede(EVENT, "2.0", needed=True) is ClaimState.MINE
        assert not claimant.settle(EFFECT, {EFFECT: POSTED})
    assert other.read(EVENT).posted == {}


def test_repeated_claim_of_an_attempt_is_its_own(worker: Workers) -> None:
    # As when the answer to it was lost with its connection.
    ledger = worker("a")
    with ledger.claimant(EVENT) as claimant:
        assert claimant.claim(EFFECT).state is ClaimState.MINE
        assert claimant.claim(EFFECT).state is ClaimState.MINE


def test_doubtful_claim_with_a_lost_answer_stays_doubtful(worker: Workers) -> None:
    # Its command is sent again: taken for free by then, the effect would be done without a look.
    worker.set("DOUBT_SECONDS")
    finish(worker("a"), Claimant.doubt)
    with worker("b").claimant(EVENT) as claimant:
        assert claimant.claim(EFFECT).state is ClaimState.DOUBTFUL
        assert claimant.claim(EFFECT).state is ClaimState.DOUBTFUL
        assert claimant.claim(EFFECT, looked=True).state is ClaimState.MINE
        assert claimant.claim(EFFECT, looked=True).state is ClaimState.MINE
        assert claimant.settle(EFFECT)


def test_what_a_living_worker_has_is_busy_until_its_lease_ends(worker: Workers) -> None:
    a, b = worker("a"), worker("b")
    with a.claimant(EVENT) as claimant, b.claimant(EVENT) as other:
        claimant.claim(EFFECT)
        found = other.claim(EFFECT)
    assert found.state is ClaimState.BUSY
    assert LEASE_SECONDS - 5 < found.wait <= LEASE_SECONDS


@pytest.mark.parametrize("event", ["Ev1", "Ev2", "Ev3", "Ev4", "Ev5"])
def test_other_attempt_of_this_worker_is_busy(worker: Workers, event: str) -> None:
    # Redis is told of the running attempts in any order.
    ledger, numbers = worker("a"), range(int(event[2:]) + 3)
    with ExitStack() as stack:
        attempts = [stack.enter_context(ledger.claimant(event)) for _ in numbers]
        for number in numbers:
            attempts[number].claim(f"command:{number}#0")
        for number in numbers:
            for other in {*numbers} - {number}:
                assert attempts[number].claim(f"command:{other}#0").wait > UNDER_WAY_SECONDS


@pytest.mark.parametrize("whose", ["a dead worker's", "an attempt's that is over"])
def test_abandoned_claim_is_doubtful_after_its_call(worker: Workers, whose: str) -> None:
    heir = worker("a")
    assert claim(heir) is ClaimState.MINE
    if whose == "a dead worker's":
        worker.client.hdel(keys.processes(APP), "a")
        heir = worker("b")
    with heir.claimant(EVENT) as claimant:
        found = claimant.claim(EFFECT)
        assert found.state is ClaimState.BUSY
        assert 1 < found.wait <= UNDER_WAY_SECONDS
        called = int(time.time() * 1000) - 4000
        worker.client.hset(keys.ledger(APP, EVENT), EFFECT, f"claimed 1 {called} a")
        found = claimant.claim(EFFECT)
        assert found.state is ClaimState.DOUBTFUL
        assert 0 < found.look_again <= HISTORY_SECONDS - 4


def test_of_many_who_claim_at_once_one_gets_it(worker: Workers) -> None:
    ledgers = [worker(f"w{number}") for number in range(8)]
    for round in range(10):
        with ThreadPoolExecutor(16) as pool:
            states = list(pool.map(lambda n: claim(ledgers[n % 8], f"Ev{round}"), range(16)))  # noqa: B023
        assert states.count(ClaimState.MINE) == 1
        assert states.count(ClaimState.BUSY) == 15


def test_ids_of_any_shape_are_kept_apart(worker: Workers) -> None:
    a, b = worker("a b c"), worker("%s 1 x")
    for event, effect in (
        *(("Ev 1", "x"), ("Ev 2", "x"), ("Ev", "1 x"), ("Ev:1", "settled"), ("É", "claimed 1 2 3")),
    ):
        with a.claimant(event) as claimant:
            assert claimant.claim(effect).state is ClaimState.MINE
            assert claim(b, event, effect) is ClaimState.BUSY
            assert claimant.settle(effect)
        assert claim(b, event, effect) is ClaimState.SETTLED


def test_errors_of_redis_pass_through() -> None:
    with no_redis() as nowhere, pytest.raises(redis.ConnectionError):
        claim(Ledger(RawConnections(nowhere, 1), APP, "a"))


@pytest.mark.parametrize("needed", [True, False])
def test_newer_text_is_recorded_and_followed_once(worker: Workers, needed: bool) -> None:
    ledger = worker("a")
    found = ledger.supersede(EVENT, "2.0", needed=needed)
    assert found is (ClaimState.MINE if needed else ClaimState.SETTLED)
    assert (0 < worker.client.ttl(keys.ledger(APP, EVENT)) <= KEPT_SECONDS) is needed
    if needed:
        assert ledger.read(EVENT).unfollowed
        with ledger.claimant(EVENT) as claimant:
            claimant.claim(LOCK)
            assert ledger.read(EVENT).unsettled == (), "the lock is no effect"
            claimant.release(LOCK, followed="2.0")
        assert not ledger.read(EVENT).unfollowed
        states = [ledger.supersede(EVENT, version, needed=True) for version in ("2.0", "1.0")]
        assert states == [ClaimState.SETTLED, ClaimState.SUPERSEDED]


def test_the_answers_to_the_newest_messages_are_kept_for_a_day(worker: Workers) -> None:
    worker.set("MOST_MESSAGES", 3)
    ledger, answered, now = worker("a"), keys.answered(APP), time.time()
    for age in (120, 23 * 3600, 25 * 3600):
        worker.client.zadd(answered, {f"C1:{age}.1": int((now - age) * 1000)})
    for number in range(1, 4):
        with ledger.claimant(f"M{number}", "U1") as claimant:
            claimant.claim(EFFECT)
            claimant.settle(EFFECT, {EFFECT: PostedAnswer("reply", "C1", f"{number}.5", "digest")})
        if number == 1:
            assert worker.client.zcard(answered) == 3, "what is older than a day is over"
    assert worker.client.zrange(answered, 0, -1) == [b"M1", b"M2", b"M3"]
    with ledger.claimant("M4") as claimant:
        claimant.claim(EFFECT)
        claimant.settle(EFFECT, {EFFECT: PostedAnswer("reply", "C1", "4.5", "digest")})
    assert [ledger.answered_by("C1", f"{n}.5") for n in range(1, 5)] == ["", "M2", "M3", "M4"]
    assert [bool(ledger.read(f"M{n}").posted) for n in range(1, 5)] == [False, True, True, True]
    for key in (answered, keys.answers(APP, "M2"), keys.answer(APP, "C1", "2.5")):
        assert POSTED_SECONDS - 60 < worker.client.ttl(key) <= POSTED_SECONDS == 24 * 3600
    with ledger.claimant("M2") as claimant:
        claimant.claim(LOCK)
        assert claimant.note(LOCK, {EFFECT: None})
    assert ledger.answered_by("C1", "2.5") == ""
