"""The cost of the journal behind `gopherbot why`: memory, commands to Redis, latency.

Two bots, each with its own Redis and Slack, get the same events in turn. The processes of one of
them record nothing.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

from bench import figures
from bench.experiments.idle import IdleBot
from bench.load import Generator, Order
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, wait_until
from gopherbot.dev.bot import APP
from gopherbot.metrics import journal
from gopherbot.storage import keys

_WARM = 3
_NOTHING = """
from gopherbot.metrics import journal

journal.Journal.add = lambda self, record: None
journal.begin = lambda: None
"""


class _Side:
    """A bot with its own Redis and Slack."""

    def __init__(self, stage: Stage, **more: str) -> None:
        self.stage = stage
        started, _ = stage.bot(more=more)
        self.port = started.port
        self.idle = IdleBot(started.port)
        for number in range(_WARM):
            self.idle.post()
            stage.slack.wait_for_posts(number + 1, after=0)
        self.idle.forget()
        self.position = stage.slack.position()

    def replies(self, count: int) -> list[float]:
        """Wait for `count` replies, and return the seconds that each took."""
        slack = self.stage.slack
        wait_until(lambda: len(slack.posts(self.position)) >= count, "all replies")
        self.idle.connection.close()
        return self.idle.replies(slack.posts(self.position))

    def commands(self, sizes: Sizes) -> int:
        """Return how many commands Redis runs for a load, including the report of its counts."""
        before = self._done()
        order = Order(port=self.port, count=sizes.busy_events, connections=8, commands_every=5)
        with Generator(order) as generator:
            generator.deliver()
        self.stage.wait_until_done()
        time.sleep(sizes.settle_seconds)
        return self._done() - before

    def _done(self) -> int:
        return int(self.stage.redis.info("stats")["total_commands_processed"])


def run(sizes: Sizes) -> Outcome:
    """Post to both in turn while they are idle, then load each."""
    with Stage() as one, Stage() as other:
        folder = Path(other.folder)
        (folder / "sitecustomize.py").write_text(_NOTHING)
        with_it, without = _Side(one), _Side(other, PYTHONPATH=str(folder))
        low, high = sizes.idle_gap
        for _ in range(sizes.idle_events):
            for side in (with_it, without):
                time.sleep(random.uniform(low, high) / 2)
                side.idle.post()
        replies = [side.replies(sizes.idle_events) for side in (with_it, without)]
        commands = [side.commands(sizes) for side in (with_it, without)]
        ring = keys.journal(APP)
        assert not other.redis.exists(ring)
        records = len(journal.read(one.redis, APP))
        used = int(one.redis.memory_usage(ring) or 0)
        # A list as large as a full journal.
        one.redis.rpush("full", *[b"x" * journal.CHUNK_BYTES] * journal.CHUNKS)
        full = int(one.redis.memory_usage("full", samples=0) or 0)
    return Outcome(_rows(replies, commands, used / max(1, records), full, sizes))


def _rows(
    replies: list[list[float]], commands: list[int], each: float, full: int, sizes: Sizes
) -> list[Row]:
    reply, bare = (figures.median(times) for times in replies)
    return [
        Row(
            name="journal-reply",
            measured=f"reply of an idle bot, {len(replies[0])} events, median; without the journal",
            ours=figures.seconds(reply),
            baseline=figures.seconds(bare),
            ratio=figures.three_digits(reply / bare),
        ),
        Row(
            name="journal-commands",
            measured=f"commands to Redis, including those of scripts, for "
            f"{sizes.busy_events} events at once, a fifth of them answered; without the journal",
            ours=figures.three_digits(commands[0]),
            baseline=figures.three_digits(commands[1]),
            ratio=figures.three_digits(commands[0] / commands[1]),
        ),
        Row(
            name="journal-memory",
            measured=f"memory of a full journal in Redis ({each:.0f} bytes per event)",
            ours=figures.megabytes(full),
            target="≤ 1.1 MB",
            reached=full <= 1.1e6,
        ),
    ]
