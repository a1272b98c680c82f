"""The reply time of an idle bot, compared with its acknowledgement, a stock Dramatiq bot and, where
Go is installed, a bot in Go.

Events come seconds apart, to the bots in turn. A reply is timed from just before the event is
written until the Web API is called, and an acknowledgement until the whole 200 is read.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import time

from bench import figures, traffic
from bench.load import Connection, LoadError
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, gunicorn, wait_until
from gopherbot.dev.procfile import ROOT, base_environment
from slack_simulator.apps.running import free_port

_WARM = 3
_GO = ROOT / "bench" / "baselines" / "go" / "main.go"


class IdleBot:
    """One bot under test, and when its events were posted and acknowledged."""

    def __init__(self, port: int) -> None:
        self.connection = Connection(port)
        self.posted: dict[str, float] = {}
        self.acknowledgements: list[float] = []

    def post(self) -> None:
        event = traffic.event(traffic.COMMAND)
        request = traffic.request(event)
        start = time.monotonic()
        status = self.connection.exchange(request)
        self.acknowledgements.append(time.monotonic() - start)
        self.posted[event.id] = start
        if status != "200":
            raise LoadError(f"an event was answered with {status}")

    def forget(self) -> None:
        self.posted.clear()
        self.acknowledgements.clear()

    def replies(self, arrivals: dict[str, float]) -> list[float]:
        missing = self.posted.keys() - arrivals.keys()
        if missing:
            raise LoadError(f"{len(missing)} events were never answered")
        return [arrivals[id] - start for id, start in self.posted.items()]


def run(sizes: Sizes) -> Outcome:
    """Post to all in turn, with the gaps that `sizes` asks for."""
    with Stage() as stage:
        # Go first: a build may take longer than the gateway keeps a silent connection.
        in_go, stock, ours = _in_go(stage), _stock(stage), IdleBot(stage.bot()[0].port)
        bots = [ours, stock, *([in_go] if in_go else [])]
        for _ in range(_WARM):
            for one in bots:
                one.post()
        stage.slack.wait_for_posts(len(bots) * _WARM, after=0)
        for one in bots:
            one.forget()
        position = stage.slack.position()
        low, high = sizes.idle_gap
        for _ in range(sizes.idle_events):
            for one in bots:
                time.sleep(random.uniform(low, high) / len(bots))
                one.post()
        wait_until(
            lambda: len(stage.slack.posts(position)) >= len(bots) * sizes.idle_events, "all replies"
        )
        arrivals = stage.slack.posts(position)
        for one in bots:
            one.connection.close()
    rows = _rows(ours, stock, arrivals, sizes)
    if in_go is None:
        return Outcome(rows)
    why = "idle-go: README.md has where the time goes, and why 1.75 is out of reach."
    return Outcome([*rows, _go_row(ours, in_go, arrivals)], notes=[why])


def _stock(stage: Stage) -> IdleBot:
    port = free_port()
    stage.peer(gunicorn("bench.baselines.stock:app", port), port=port)
    stage.peer("dramatiq bench.baselines.stock --skip-logging")
    return IdleBot(port)


def _in_go(stage: Stage) -> IdleBot | None:
    """Build and start the bot in Go; return None without a Go."""
    go = shutil.which("go", path=base_environment()["PATH"])
    if go is None:
        return None
    port, binary = free_port(), stage.folder / "go-bot"
    subprocess.run([go, "build", "-o", str(binary), str(_GO)], check=True)
    stage.peer(f"{binary} {port}", port=port)
    return IdleBot(port)


def _rows(ours: IdleBot, stock: IdleBot, arrivals: dict[str, float], sizes: Sizes) -> list[Row]:
    replies, theirs = ours.replies(arrivals), stock.replies(arrivals)
    reply, slowest = figures.median(replies), max(replies)
    acknowledged = figures.median(ours.acknowledgements)
    stock_reply = figures.median(theirs)
    ratio, worst, faster = reply / acknowledged, slowest / acknowledged, stock_reply / reply
    gap = "{:g}–{:g} s".format(*sizes.idle_gap)
    return [
        Row(
            name="idle-median",
            measured=f"reply of an idle bot, {len(replies)} events {gap} apart, median; "
            "acknowledgement, median",
            ours=figures.seconds(reply),
            baseline=figures.seconds(acknowledged),
            ratio=figures.three_digits(ratio),
            target="≤ 2 (aim 1.5)",
            reached=ratio <= 2,
        ),
        Row(
            name="idle-worst",
            measured="the same, the slowest reply; acknowledgement, median",
            ours=figures.seconds(slowest),
            baseline=figures.seconds(acknowledged),
            ratio=figures.three_digits(worst),
            target="≤ 10",
            reached=worst <= 10,
        ),
        Row(
            name="idle-stock",
            measured="the same, median; stock Dramatiq and slack-sdk beside it "
            f"(slowest {figures.seconds(max(theirs))})",
            ours=figures.seconds(reply),
            baseline=figures.seconds(stock_reply),
            ratio=figures.three_digits(faster),
            target="≥ 30",
            reached=faster >= 30,
        ),
    ]


def _go_row(ours: IdleBot, in_go: IdleBot, arrivals: dict[str, float]) -> Row:
    reply, theirs = (figures.median(bot.replies(arrivals)) for bot in (ours, in_go))
    acknowledged = figures.median(in_go.acknowledgements)
    return Row(
        name="idle-go",
        measured="the same, median; a bot in Go that claims nothing beside it, median "
        f"(acknowledges in {figures.seconds(acknowledged)})",
        ours=figures.seconds(reply),
        baseline=figures.seconds(theirs),
        ratio=figures.three_digits(reply / theirs),
        target="≤ 1.75",
        reached=reply / theirs <= 1.75,
    )
