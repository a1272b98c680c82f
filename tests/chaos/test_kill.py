"""Fault 1: SIGKILL at random moments under load, and what a platform starts again."""

from __future__ import annotations

import time
from functools import partial

import pytest
from pace import load_adjusted

from gopherbot.dev.procfile import Dyno
from slack_simulator import Simulator

from .harness import Bot, Inside, dice, wait_until
from .load import Judge, Load
from .table import Table

# One after the other: whole bots that are killed all the time are more than two cores take.
pytestmark = pytest.mark.xdist_group("kill")

RATE = 15.0
RECOVERY_SECONDS = 15.0


@pytest.mark.parametrize(
    ("line", "which", "count", "kills"),
    [
        ("worker", "all", 120, 3),
        ("web", "child", 75, 3),
        ("web", "all", 45, 1),
        ("scheduler", "all", 45, 2),
    ],
)
def test_killed_processes_lose_and_double_nothing(
    line: str,
    which: str,
    count: int,
    kills: int,
    bot: Bot,
    slack: Simulator,
    inside: Inside,
    judge: Judge,
    table: Table,
) -> None:
    chance = dice(f"kill {line} {which}")
    slack.latency = 0.1
    load = Load(slack, count, RATE)
    load.start()
    # A kill in each part of the load, anywhere in it but for its very end.
    part = load.seconds / kills
    began = time.monotonic()
    for number in range(kills):
        moment = began + part * (number + chance.uniform(0.1, 0.8))
        time.sleep(max(0.0, moment - time.monotonic()))
        bot.wait_until_up(line)
        bot.kill(line, which)
    load.finish()
    inside.wait_until_over(slack)
    verdict = judge.verdict(load.said)
    row, restarts = f"SIGKILL {line} ({which}) x{kills}", f"{bot.restarts[line]} restarts"
    table.check(row, verdict, restarts, killers=inside.killers())
    assert verdict.slowest < load_adjusted(RECOVERY_SECONDS)


def test_a_worker_killed_while_it_starts_again_and_again(
    bot: Bot, slack: Simulator, inside: Inside, judge: Judge, table: Table
) -> None:
    chance = dice("kill at the start")
    slack.latency = 0.1
    load = Load(slack, 60, RATE)
    load.start()
    time.sleep(0.7)
    for _ in range(4):
        old = bot.dynos["worker"]
        bot.kill("worker", "all")
        wait_until(partial(_is_another, bot, old), 60, "it is started again")
        # Its processes are all there after half a second, and it takes messages after one.
        time.sleep(chance.uniform(0.1, 1.2))
    load.finish()
    inside.wait_until_over(slack)
    verdict = judge.verdict(load.said)
    row = "SIGKILL worker x4, each time as it starts"
    table.check(row, verdict, killers=inside.killers())
    assert verdict.slowest < load_adjusted(RECOVERY_SECONDS)


def _is_another(bot: Bot, old: Dyno) -> bool:
    return bot.dynos["worker"] is not old
