"""Fault 2: SIGTERM to every process of a dyno, once and twice, as at every deploy."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from functools import partial

import pytest

from .harness import Bot, dice, is_alive, wait_until
from .trial import Trial

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
    trial: Trial, line: str, times: int, count: int, latency: float
) -> None:
    trial.slack.latency = latency
    load = trial.load(count, RATE)
    time.sleep(load.seconds * dice(f"term {line} {latency} {times}").uniform(0.2, 0.7))
    pids, asked = stop_all(trial.bot, line, times)
    wait_until(partial(none_alive, pids), 2 * STOP_SECONDS, f"{line} has stopped")
    stopped = time.monotonic() - asked
    row = f"SIGTERM {line} x{times}, calls of {latency} s"
    trial.check(row, load, f"gone after {stopped:.1f} s")
    assert trial.bot.restarts[line] == 1


def test_a_deploy_while_redis_hangs(trial: Trial) -> None:
    """A worker that cannot tell what it did must neither stay for ever nor forget it."""
    trial.slack.latency = 0.4
    load = trial.load(60, RATE)
    time.sleep(dice("hanging deploy").uniform(1, 2))
    trial.server.signal(signal.SIGSTOP)
    time.sleep(0.5)
    pids, asked = stop_all(trial.bot, "worker", 2)
    time.sleep(4)
    trial.server.signal(signal.SIGCONT)
    wait_until(partial(none_alive, pids), 2 * STOP_SECONDS, "the worker has stopped")
    stopped = time.monotonic() - asked
    note = f"gone after {stopped:.1f} s"
    trial.check("SIGTERM worker x2 while Redis hangs for 4.5 s", load, note)


def test_a_signal_at_the_start_ends_the_worker_too(trial: Trial) -> None:
    """A dyno may be stopped while it starts."""
    for wait in (0.1, 0.6):
        trial.bot.start("worker", "second")
        time.sleep(wait)
        pids, _ = stop_all(trial.bot, "second", 2)
        trial.bot.forget("second")
        wait_until(partial(none_alive, pids), 40, "the worker has stopped")
