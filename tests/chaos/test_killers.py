"""Messages that kill the worker that runs them: two die of one, and no third."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import glossary
from gopherbot.queues import messages
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.table import FRESH_SECONDS, MESSAGE_PUBLIC, TEAM_JOIN
from slack_simulator import Simulator

from .harness import Bot, resident_bytes, wait_until
from .load import EVERY_KIND, JOINS
from .trial import Trial

KILLERS = '''
import ctypes, os, time
from gopherbot.model import Ask, Reply
from gopherbot.router import Router

router = Router()
hoard = []

def abort():
    os.abort()

def allocate():
    while True:
        hoard.append(bytearray(b"x") * 4_000_000)
        time.sleep(0.005)

def stay_in_c():
    ctypes.PyDLL(None).sleep(1_000_000)

@router.command("abort", example=("abort", "a"))
def one(ask: Ask) -> Reply:
    """kills its worker"""
    abort()

@router.command("allocate", example=("allocate", "a"))
def two(ask: Ask) -> Reply:
    """allocates without end"""
    allocate()

@router.command("stay in C", example=("stay in C", "a"))
def three(ask: Ask) -> Reply:
    """never returns from C, and keeps the interpreter's lock"""
    stay_in_c()

@router.team_join()
def four(ask) -> Reply:
    """kills its worker"""
    abort()
'''

MOST_BYTES = 600 * 1024 * 1024
REASON = "its worker died twice while it worked on it"


@pytest.fixture
def deadly(tmp_path: Path) -> str:
    """The Gophers' content, with rules that kill their worker."""
    folder = tmp_path / "deadly"
    folder.mkdir()
    for file in CONTENT_FOLDER.glob("*.toml"):
        if file.name != "welcome.toml":
            shutil.copy(file, folder)
    shutil.copytree(glossary.FOLDER, folder / "glossary")
    (folder / "killers.py").write_text(KILLERS)
    return str(folder)


@contextmanager
def out_of_memory_killer(bot: Bot) -> Iterator[None]:
    """Kill a worker that takes too much memory, as the kernel does."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for name, dyno in list(bot.dynos.items()):
                if "worker" in name and resident_bytes(dyno.pids()) > MOST_BYTES:
                    bot.kill(name, "all")

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def _say(words: str) -> Callable[[Simulator], object]:
    return lambda slack: slack.say(f"<@U0GOPHERBOT> {words}", "general")


def _join(slack: Simulator) -> object:
    return slack.join_team()


@pytest.mark.parametrize(
    ("kill", "queue", "workers"),
    [
        pytest.param(_say("abort"), MESSAGE_PUBLIC, 1, id="aborts"),
        pytest.param(_say("abort"), MESSAGE_PUBLIC, 2, id="aborts-of two workers"),
        pytest.param(_join, TEAM_JOIN, 1, id="a join aborts"),
        pytest.param(_say("allocate"), MESSAGE_PUBLIC, 1, id="allocates without end"),
        pytest.param(_say("stay in C"), MESSAGE_PUBLIC, 2, id="stays in C-of two workers"),
    ],
)
def test_a_message_kills_two_workers_and_no_third(
    idle_trial: Trial,
    deadly: str,
    request: pytest.FixtureRequest,
    kill: Callable[[Simulator], object],
    queue: str,
    workers: int,
) -> None:
    trial, bot = idle_trial, idle_trial.bot
    bot.may_crash = True
    bot.start("web")
    names = [f"worker.{number}" for number in range(workers)]
    for name in names:
        bot.start("worker", name, DYNO=name, GOPHER_CONTENT=deadly)
    bot.wait_until_ready()
    bot.begin()
    # A join kills.
    innocent = [kind for kind in EVERY_KIND if kind is not JOINS]
    with out_of_memory_killer(bot):
        load = trial.load(60, 2.0, kinds=innocent)
        time.sleep(1)
        kill(trial.slack)
        killed = time.monotonic()
        wait_until(lambda: trial.inside.dead(queue), 90, "it is dead-lettered")
        seconds = time.monotonic() - killed
        trial.finish(load)
    [letter] = trial.inside.all_dead().values()
    assert messages.decode(letter).options["died_of"] == REASON
    wait_until(lambda: sum(bot.restarts.values()) >= 2, 60, "the second has ended")
    trial.finish()
    deaths = sum(bot.restarts.values())
    fault = f"A message kills its worker ({request.node.callspec.id})"
    note = f"{deaths} dead workers"
    verdict = trial.judge.verdict(load.said)
    if verdict.lost and seconds > FRESH_SECONDS:
        stale = [line for line in bot.lines() if line.get("outcome") == "stale"]
        trial.table.add(fault, verdict, note, window="nobody wants an answer that late")
        assert verdict.lost <= len(stale)
        assert verdict.doubled == 0
    else:
        trial.check(fault, verdict, note)
    # A third if, on a busy machine, others were in work beside it for longer than its turn.
    assert deaths in {2, 3}
    [line] = [line for line in bot.lines() if line.get("reason") == REASON]
    assert (line["event"], line["queue"]) == ("dead-lettered", queue)
