"""A worker is frozen in the middle of an effect, and wakes up when another one has taken over.

As on a host that swaps, or a virtual machine that's moved: nothing tells the process that it slept.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from parts import NAMESPACES
from proxy import Proxy

from gopherbot.dev.procfile import Dyno
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .harness import Bot, Inside, port_of, wait_until
from .hosts import another_host
from .load import ADDRESSED_CHANNELS, CHANNELS_ASKED, Verdict
from .table import Table

RETRANSMIT_SECONDS = 15.0
"""Longer than the kernel's pause before it retransmits after 14 s: it doubles, from 0.2 s."""


@dataclass
class Freezer(Proxy):
    """A proxy that can freeze a client right before its answer arrives."""

    frozen: bool = False
    _words: bytes = b""
    _freeze: Callable[[], object] = bool
    _asked: object = None

    def freeze_after(self, words: bytes, freeze: Callable[[], object]) -> None:
        """Call `freeze` when the next request with these words is answered."""
        self._freeze, self._words = freeze, words

    async def lets_through(self, client: object, chunk: bytes, *, asking: bool) -> bool:
        if asking and self._words and self._words in chunk:
            self._asked = self._asked or client
        elif not asking and client is self._asked and not self.frozen:
            self._freeze()
            self.frozen = True
        return True


def _channels(slack: Simulator) -> object:
    return slack.say(ADDRESSED_CHANNELS)


def _join(slack: Simulator) -> object:
    return slack.join_team()


def places(slack: Simulator, after: int) -> list[str]:
    """Return where the bot posted after that number in the feed."""
    posts = (post.channel for post in slack.posts() if post.seq > after)
    return ["dm" if channel.startswith("D") else channel for channel in posts]


ONE_REPLY, ONE_DM = ["C029RQSEE"], ["dm"]
CLAIM, OPEN = CHANNELS_ASKED.encode(), b"conversations.open"


def stop(dyno: Dyno) -> None:
    """Stop all its threads: on a busy machine, some run on for a while after the signal."""
    dyno.signal_all(signal.SIGSTOP)
    tasks = [task for pid in dyno.pids() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    wait_until(lambda: all(map(_is_stopped, tasks)), 30, "all threads are stopped")


def _is_stopped(task: Path) -> bool:
    return task.read_text().rpartition(")")[2].split()[0] == "T"


def told_by(bot: Bot, dyno: str) -> list[object]:
    """Return what a dyno told of the events that it was done with, or gave up for now.

    If its time limit strikes between two events, the worker exits and is restarted.
    """
    ends = ("handled", "will try again", "a worker thread died, exiting")
    return [line for line in bot.lines() if line.get("dyno") == dyno and line["event"] in ends]


@pytest.fixture
def freezer(slack: Simulator) -> Iterator[Freezer]:
    """A proxy in front of Slack."""
    with Freezer(port_of(slack)) as freezer:
        yield freezer


@pytest.mark.parametrize(
    ("happen", "seen", "words"),
    [(_channels, ONE_REPLY, CLAIM), (_join, ONE_DM, OPEN)],
    ids=["after its claim", "while it opens a DM"],
)
def test_frozen_between_claim_and_call(
    server: RedisServer,
    slack: Simulator,
    bot: Bot,
    freezer: Freezer,
    table: Table,
    happen: Callable[[Simulator], object],
    seen: list[str],
    words: bytes,
) -> None:
    inside = Inside(server)
    bot.forget("worker").kill()
    with Freezer(server.port) as redis:
        bot.start(
            "worker",
            "one",
            DYNO="one",
            REDIS_URL=f"redis://127.0.0.1:{redis.port}",
            GOPHER_SLACK_API_URL=f"http://127.0.0.1:{freezer.port}/api/",
        )
        bot.wait_until_ready()
        # A first claim, and whatever else is done only once, is behind it.
        happen(slack)
        inside.wait_until_over(slack)
        after = slack.feed.seq
        freeze = partial(stop, bot.dynos["one"])
        (freezer if words == OPEN else redis).freeze_after(words, freeze)
        happen(slack)
        wait_until(lambda: redis.frozen or freezer.frozen, 30, "it came to the step")
        bot.start("worker")
        wait_until(lambda: places(slack, after) == seen, 60, "another worker answered")
        told = len(told_by(bot, "one"))
        bot.dynos["one"].signal_all(signal.SIGCONT)
        wait_until(lambda: told_by(bot, "one")[told:], 60, "it came to an end with it")
        inside.wait_until_over(slack)
        verdict = Verdict(1, 0, len(places(slack, after)) - 1)
        table.check("Frozen between claim and call", verdict)
        bot.forget("one").kill()


def test_cut_off_as_it_calls(
    server: RedisServer, slack: Simulator, bot: Bot, freezer: Freezer, table: Table
) -> None:
    """The kernel keeps what the worker has sent, and would retransmit it at any later time."""
    NAMESPACES.need()
    inside = Inside(server)
    bot.forget("worker").kill()
    with another_host(server.port, freezer.port, "one") as host:
        bot.start("worker", "one", wrapper=host.wrapper, **host.environment)
        bot.wait_until_ready()
        slack.join_team()
        inside.wait_until_over(slack)
        after = slack.feed.seq
        freezer.freeze_after(OPEN, host.mute)
        slack.join_team()
        wait_until(lambda: freezer.frozen, 30, "it came to the step")
        bot.start("worker")
        wait_until(lambda: places(slack, after) == ONE_DM, 60, "another worker answered")
        host.unmute()
        # Nothing tells when a kernel has nothing left to retransmit.
        time.sleep(RETRANSMIT_SECONDS)
        inside.wait_until_over(slack)
        verdict = Verdict(1, 0, len(places(slack, after)) - 1)
        table.check("Cut off between claim and call", verdict)
        bot.forget("one").kill()
