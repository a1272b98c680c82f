"""Fault 2: SIGTERM to every process of a dyno, once and twice, as at every deploy."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from functools import partial

import pytest
from pace import load_adjusted

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .harness import Bot, Inside, dice, is_alive, wait_until
from .load import Judge, Load
from .table import Table

RATE = 15.0
STOP_SECONDS = 20.0


def stop_all(bot: Bot, name: str, times: int) -> tuple[list[int], float]:
    """Send SIGTERM to every process of a line, so often; give the pids and when."""
    pids = bot.dynos[name].pids()
    for repeat in range(times):
        if repeat:
            time.sleep(0.3)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    return pids, time.monotonic()


def none_alive(pids: list[int]) -> bool:
    return not any(map(is_alive, pids))


@pytest.mark.parametrize(
    ("line", "times", "count", "latency"),
    [
        ("worker", 1, 45, 0.1),
        ("worker", 2, 45, 0.1),
        # Calls that are under way for long when the signal comes.
        ("worker", 2, 24, 2.5),
        ("web", 1, 45, 0.1),
        ("web", 2, 45, 0.1),
    ],
)
def test_a_deploy_loses_and_doubles_nothing(
    line: str,
    times: int,
    count: int,
    latency: float,
    bot: Bot,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    slack.latency = latency
    load = Load(slack, count, RATE)
    load.start()
    time.sleep(load.seconds * dice(f"term {line} {latency} {times}").uniform(0.2, 0.7))
    pids, asked = stop_all(bot, line, times)
    wait_until(partial(none_alive, pids), load_adjusted(STOP_SECONDS), f"{line} has stopped")
    stopped = time.monotonic() - asked
    load.finish()
    inside.wait_until_over(slack)
    table.check(
        f"SIGTERM {line} x{times}, calls of {latency} s",
        judge.verdict(load.said),
        f"gone after {stopped:.1f} s",
    )
    assert bot.restarts[line] == 1


def test_a_deploy_while_redis_hangs(
    bot: Bot, server: RedisServer, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    """A worker that cannot tell what it did must neither stay for ever nor forget it."""
    slack.latency = 0.4
    load = Load(slack, 60, RATE)
    load.start()
    time.sleep(dice("hanging deploy").uniform(1, 2))
    server.signal(signal.SIGSTOP)
    time.sleep(0.5)
    pids, asked = stop_all(bot, "worker", 2)
    time.sleep(4)
    server.signal(signal.SIGCONT)
    wait_until(partial(none_alive, pids), load_adjusted(STOP_SECONDS), "the worker has stopped")
    stopped = time.monotonic() - asked
    load.finish()
    inside.wait_until_over(slack)
    table.check(
        "SIGTERM worker x2 while Redis hangs for 4.5 s",
        judge.verdict(load.said),
        f"gone after {stopped:.1f} s",
    )


def test_a_signal_at_the_start_ends_the_worker_too(bot: Bot, slack: Simulator) -> None:
    """A dyno may be stopped while it starts."""
    for wait in (0.1, 0.6):
        bot.start("worker", "second")
        time.sleep(wait)
        pids, _ = stop_all(bot, "second", 2)
        bot.forget("second")
        wait_until(partial(none_alive, pids), 40, "the worker has stopped")
