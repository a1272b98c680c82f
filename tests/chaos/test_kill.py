"""Fault 1: SIGKILL at random moments under load, and what a platform starts again."""

from __future__ import annotations

import time
from functools import partial

import pytest
from pace import load_adjusted

from gopherbot.dev.procfile import Dyno

from .harness import Bot, dice, wait_until
from .trial import Trial

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
    trial: Trial, line: str, which: str, count: int, kills: int
) -> None:
    trial.slack.latency = 0.1
    load = trial.load(count, RATE)
    trial.bot.kill_at_random(line, which, kills, load.seconds, dice(f"kill {line} {which}"))
    trial.finish(load)
    row, restarts = f"SIGKILL {line} ({which}) x{kills}", f"{trial.bot.restarts[line]} restarts"
    verdict = trial.check(row, load, restarts, killed=True)
    assert verdict.slowest < load_adjusted(RECOVERY_SECONDS)


def test_a_worker_killed_while_it_starts_again_and_again(trial: Trial) -> None:
    chance = dice("kill at the start")
    trial.slack.latency = 0.1
    load = trial.load(60, RATE)
    time.sleep(0.7)
    for _ in range(4):
        old = trial.bot.dynos["worker"]
        trial.bot.kill("worker", "all")
        wait_until(partial(_is_another, trial.bot, old), 60, "it is started again")
        # Its processes are all there after half a second, and it takes messages after one.
        time.sleep(chance.uniform(0.1, 1.2))
    row = "SIGKILL worker x4, each time as it starts"
    verdict = trial.check(row, load, killed=True)
    assert verdict.slowest < load_adjusted(RECOVERY_SECONDS)


def _is_another(bot: Bot, old: Dyno) -> bool:
    return bot.dynos["worker"] is not old
