"""Fault 5: everything redelivered, out of order and late; many of each process; a wrong clock."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from pace import load_adjusted
from parts import NAMESPACES

from gopherbot.dev.redis_server import RedisServer, free_port
from gopherbot.scheduler.clock import RENEW_SECONDS
from slack_simulator import Fault, Simulator

from .harness import Bot, Inside, dice, port_of, wait_until
from .hosts import Host, another_host, clock_off
from .load import ADDRESSED_COIN, COINS, EVERY_KIND, FILES, Asked, Judge, Load
from .table import Table

RECOVERY_SECONDS = 15.0


def test_everything_is_delivered_four_times_to_two_of_each(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    port = free_port()
    bot.start("web", "second web", PORT=str(port))
    bot.start("worker", "second worker")
    bot.wait_until_ready(port)
    slack.gateway = [bot.events_url, f"http://127.0.0.1:{port}/slack/event"]
    slack.latency = 0.1
    slack.deliveries.redeliver = 4
    slack.deliveries.delays = (0.0, 0.1, 0.5)

    def check(load: Load, how: str) -> None:
        inside.wait_until_over(slack)
        row = f"Everything delivered x4, {how}"
        table.check(row, judge.verdict(load.said), "two gateways, two workers")
        assert all(len(slack.deliveries.of(event)) >= 4 for event in load.said)

    slack.deliveries.jitter = 1.0
    load = Load(slack, 32, 16.0)
    load.start()
    check(load.finish(), "overtaking each other")

    slack.deliveries.jitter = 0.0
    slack.deliveries.hold()
    load = Load(slack, 32, 16.0)
    load.start()
    load.finish()
    slack.deliveries.release(backwards=True)
    check(load, "held and let go backwards")


def test_what_comes_late_or_too_early_is_dropped(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    def said(seconds: float) -> Asked:
        ts = f"{time.time() + seconds:.6f}"
        return Asked(COINS, str(slack.say(ADDRESSED_COIN, ts=ts).event_id), now)

    now = time.monotonic()
    fresh = {each.event: each for each in map(said, (-15, -1, 0, 1, 15))}
    dropped = {each.event: each for each in map(said, (-3600, -60, -31, 60, 3600))}
    inside.wait_until_over(slack)
    table.check("Events up to 15 s old or ahead", judge.verdict(fresh))
    assert judge.unanswered(dropped) == set(dropped), "a stale message was answered"
    assert bot.dropped() == len(dropped)
    assert not inside.all_dead_letters()


def test_a_redelivery_after_the_answer_is_not_answered_again(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """Slack's second and third redeliveries come a minute and more later; here, 1 s each."""
    slack.deliveries.redeliver = 4
    slack.deliveries.delays = (1.0, 1.0, 1.0)
    load = Load(slack, 10, 10.0)
    load.start()
    load.finish()
    inside.wait_until_over(slack)
    table.check("Everything delivered x4, 1 s apart", judge.verdict(load.said))


def test_two_schedulers_send_one_set_of_jobs(
    idle_bot: Bot, slack: Simulator, inside: Inside, table: Table, judge: Judge
) -> None:
    bot = idle_bot
    bot.start("worker")
    bot.start("scheduler")
    slack.wait_for_calls("conversations.list", timeout=20)
    bot.start("scheduler", "second scheduler")
    wait_until(lambda: bot.logged("scheduler started") == 2, 20, "both schedulers run")
    # By then, the second one has asked for the lead again.
    time.sleep(RENEW_SECONDS + 0.5)
    inside.wait_until_over(slack)
    calls = len(slack.calls("conversations.list"))
    assert bot.logged("leading") == 1
    assert calls == 1, "the channel cache was filled twice"
    # The one that leads dies and nobody starts it again: the other takes over, and once.
    bot.forget("scheduler").kill()
    took = wait_until(lambda: bot.logged("leading") == 2, 30, "the other scheduler leads")
    slack.wait_for_calls("conversations.list", 2, timeout=20)
    time.sleep(0.5)
    inside.wait_until_over(slack)
    table.check(
        "Two schedulers, then the leader killed",
        judge.verdict({}),
        f"{len(slack.calls('conversations.list'))} runs for 2 leads",
        seconds=took,
    )
    assert len(slack.calls("conversations.list")) == 2


@pytest.mark.parametrize("seconds", [20, -20])
def test_a_clock_that_is_off(
    seconds: int,
    bot: Bot,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    """One of two workers, and the gateway, live 20 s ahead or behind."""
    off = clock_off(seconds)
    started = datetime.now(UTC)
    port = free_port()
    bot.start("web", "web that is off", PORT=str(port), **off)
    bot.start("worker", "worker that is off", DYNO="off", **off)
    bot.wait_until_ready(port)
    slack.gateway = f"http://127.0.0.1:{port}/slack/event"
    slack.latency = 0.1
    slack.faults.add(Fault(kind="ratelimited", method="chat.postMessage", times=4, retry_after=1))
    load = Load(slack, 30, 15.0)
    load.start()
    load.finish()
    inside.wait_until_over(slack)
    table.check(f"A worker's and a gateway's clock {seconds:+d} s", judge.verdict(load.said))
    told, *_ = [
        datetime.fromisoformat(line["time"])
        for line in bot.lines()
        if line.get("event") == "worker started" and line["dyno"] == "off"
    ]
    off_by = timedelta(seconds=seconds)
    assert started <= told - off_by <= datetime.now(UTC), "the clock was not off"


# A worker that is gone, or seems to be. Its hands are full: it holds more than it has threads, so
# some of that has been said, some is being said, and some has not begun.

HOSTS = ("one", "two")
WITHIN_REACH = tuple(kind for kind in EVERY_KIND if kind is not FILES)
"""What they can answer without the Playground, which is at no address of theirs."""


@pytest.fixture
def hosts(idle_bot: Bot, server: RedisServer, slack: Simulator) -> Iterator[dict[str, Host]]:
    """A worker on each of two hosts.

    Neither can look into the other's process table: it must find out by silence.
    """
    NAMESPACES.need()
    found: dict[str, Host] = {}
    with ExitStack() as stack:
        for dyno in HOSTS:
            host = found[dyno] = stack.enter_context(
                another_host(server.port, port_of(slack), dyno)
            )
            idle_bot.start("worker", dyno, wrapper=host.wrapper, **host.environment)
        stack.callback(idle_bot.forget_all)
        idle_bot.start("web")
        idle_bot.wait_until_ready()
        yield found


def test_a_host_that_dies_is_inherited_from(
    hosts: dict[str, Host],
    idle_bot: Bot,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    slack.latency = 1.2
    load = Load(slack, 60, 60.0, kinds=WITHIN_REACH)
    load.start()
    victim = inside.wait_for_full_hands(HOSTS)
    time.sleep(dice("host").uniform(0, 0.7))
    # Nobody starts it again: the machine is gone.
    idle_bot.forget(victim).kill()
    held = inside.in_hands(victim)
    load.finish()
    inside.wait_until_over(slack)
    verdict = judge.verdict(load.said)
    table.check("A host dies, another inherits", verdict, f"{held} messages in its hands")
    assert verdict.slowest < load_adjusted(RECOVERY_SECONDS)


def test_workers_cut_off_or_hanging_come_back_and_repeat_nothing(
    hosts: dict[str, Host],
    idle_bot: Bot,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    """One host has no network for 14 s, another hangs; a third takes both for dead."""
    bot = idle_bot
    slack.latency = 1.2
    load = Load(slack, 90, 90.0, kinds=WITHIN_REACH)
    load.start()
    fullest = inside.wait_for_full_hands(HOSTS)
    [other] = set(HOSTS) - {fullest}
    bot.start("worker", "third", DYNO="third")
    time.sleep(dice("network").uniform(0, 0.7))
    hosts[fullest].unplug()
    bot.dynos[other].signal_all(signal.SIGSTOP)
    held = inside.in_hands(fullest), inside.in_hands(other)
    time.sleep(14)
    hosts[fullest].plug_in()
    bot.dynos[other].signal_all(signal.SIGCONT)
    load.finish()
    inside.wait_until_over(slack)
    # What they could not tell anybody they tell now: time to see what comes of that.
    time.sleep(2)
    inside.wait_until_over(slack)
    note = f"{held[0]} and {held[1]} messages in their hands"
    table.check("A host cut off, another hanging, 14 s", judge.verdict(load.said), note)
