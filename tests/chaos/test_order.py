"""Fault 5: everything redelivered and out of order; many of each process; a wrong clock."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from pace import load_adjusted
from parts import NAMESPACES

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Fault, Simulator
from slack_simulator.apps.running import free_port

from .harness import Bot, dice, port_of
from .hosts import Host, another_host, clock_off
from .load import EVERY_KIND, FILES, Load
from .trial import Trial

RECOVERY_SECONDS = 15.0


def test_everything_is_delivered_four_times_to_two_of_each(trial: Trial) -> None:
    port = free_port()
    trial.bot.start("web", "second web", PORT=str(port))
    trial.bot.start("worker", "second worker")
    trial.bot.wait_until_ready(port)
    trial.slack.gateway = [trial.bot.events_url, f"http://127.0.0.1:{port}/slack/event"]
    trial.slack.latency = 0.1
    trial.slack.deliveries.redeliver = 4
    trial.slack.deliveries.delays = (0.0, 0.1, 0.5)

    def check(load: Load, how: str) -> None:
        trial.check(f"Everything delivered x4, {how}", load, "two gateways, two workers")
        assert all(len(trial.slack.deliveries.of(event)) >= 4 for event in load.said)

    trial.slack.deliveries.jitter = 1.0
    load = trial.load(32, 16.0)
    check(load.finish(), "overtaking each other")
    trial.slack.deliveries.jitter = 0.0
    trial.slack.deliveries.hold()
    load = trial.load(32, 16.0).finish()
    trial.slack.deliveries.release(backwards=True)
    check(load, "held and let go backwards")


@pytest.mark.parametrize("seconds", [20, -20])
def test_a_clock_that_is_off(trial: Trial, seconds: int) -> None:
    """One of two workers, and the gateway, live 20 s ahead or behind."""
    off = clock_off(seconds)
    started = datetime.now(UTC)
    port = free_port()
    trial.bot.start("web", "web that is off", PORT=str(port), **off)
    trial.bot.start("worker", "worker that is off", DYNO="off", **off)
    trial.bot.wait_until_ready(port)
    trial.slack.gateway = f"http://127.0.0.1:{port}/slack/event"
    trial.slack.latency = 0.1
    trial.slack.faults.add(
        Fault(kind="ratelimited", method="chat.postMessage", times=4, retry_after=1)
    )
    trial.check(f"A worker's and a gateway's clock {seconds:+d} s", trial.load(30, 15.0))
    lines = (line for line in trial.bot.lines() if line["event"] == "worker started")
    told = next(datetime.fromisoformat(line["time"]) for line in lines if line["dyno"] == "off")
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


def test_a_host_that_dies_is_inherited_from(idle_trial: Trial, hosts: dict[str, Host]) -> None:
    trial = idle_trial
    trial.slack.latency = 1.2
    load = trial.load(60, 60.0, kinds=WITHIN_REACH)
    victim = trial.inside.wait_for_full_hands(HOSTS)
    time.sleep(dice("host").uniform(0, 0.7))
    # Nobody starts it again: the machine is gone.
    trial.bot.forget(victim).kill()
    held = trial.inside.in_hands(victim)
    note = f"{held} messages in its hands"
    verdict = trial.check("A host dies, another inherits", load, note)
    assert verdict.slowest < load_adjusted(RECOVERY_SECONDS)


def test_cut_off_workers_repeat_nothing(idle_trial: Trial, hosts: dict[str, Host]) -> None:
    """One host has no network for 14 s, another hangs; a third takes both for dead."""
    trial, bot = idle_trial, idle_trial.bot
    trial.slack.latency = 1.2
    load = trial.load(90, 90.0, kinds=WITHIN_REACH)
    fullest = trial.inside.wait_for_full_hands(HOSTS)
    [other] = set(HOSTS) - {fullest}
    bot.start("worker", "third", DYNO="third")
    time.sleep(dice("network").uniform(0, 0.7))
    hosts[fullest].unplug()
    bot.dynos[other].signal_all(signal.SIGSTOP)
    held = trial.inside.in_hands(fullest), trial.inside.in_hands(other)
    time.sleep(14)
    hosts[fullest].plug_in()
    bot.dynos[other].signal_all(signal.SIGCONT)
    trial.finish(load)
    # What they could not tell anybody they tell now: time to see what comes of that.
    time.sleep(2)
    trial.finish()
    note = f"{held[0]} and {held[1]} messages in their hands"
    trial.check("A host cut off, another hanging, 14 s", load, note)
