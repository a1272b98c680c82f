"""Reply times while processes are replaced, as in a deploy, and after a worker is killed.

For each line of the Procfile, a deploy starts the new process, waits until it works, and stops the
old one. The simulator delivers to the current gateways, and redelivers what none of them accepted.
"""

from __future__ import annotations

import threading
import time

from bench import figures
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Printed, Stage, answers, wait_until
from bench.traffic import COMMAND
from gopherbot.dev.bot import LocalBot
from slack_simulator.apps.running import free_port

RATE = 20.0
_STARTED = {"worker": "worker started", "scheduler": "scheduler started"}


def run(sizes: Sizes) -> Outcome:
    """Roll every line under load, then kill a worker whose messages another one recovers."""
    with Stage() as stage:
        bot, printed = stage.bot()
        stage.slack.client.set(gateway=[bot.events_url])
        with Load(stage) as load:
            for _ in range(sizes.deploys):
                for line in ("worker", "web", "scheduler"):
                    time.sleep(sizes.deploy_gap)
                    _roll(stage, bot, printed, line)
            time.sleep(sizes.deploy_gap)
        deployed = load.replies()
        with Load(stage) as load:
            for _ in range(sizes.deploys):
                time.sleep(sizes.deploy_gap)
                bot.dynos["worker"].kill()
                _start(bot, printed, "worker")
            time.sleep(sizes.deploy_gap)
        killed = load.replies()
    return Outcome(
        [
            _row("deploys", "rolling deploys of worker, gateway and scheduler", deployed, 0.15),
            _row("deploys, SIGKILL", "a worker killed and started again", killed, 1.0),
        ]
    )


class Load:
    """Commands at a fixed `RATE` per second, for as long as the block lasts."""

    def __init__(self, stage: Stage) -> None:
        self._slack = stage.slack
        self._position = stage.slack.position()
        self._said: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(1 / RATE):
            at = time.monotonic()
            said = self._slack.client.say(COMMAND, markup=True)
            self._said[said["event_ids"][0]] = at

    def replies(self) -> list[float]:
        """Return the seconds until each reply. Raise `LoadError` if one is lost."""
        self._slack.wait_for_posts(len(self._said), self._position)
        arrivals = self._slack.posts(self._position)
        return [arrivals[event] - at for event, at in self._said.items()]


def _roll(stage: Stage, bot: LocalBot, printed: Printed, line: str) -> None:
    old = bot.dynos[line]
    try:
        _start(bot, printed, line)
        if line == "web":
            stage.slack.client.set(gateway=[bot.events_url])
    finally:
        old.stop()


def _start(bot: LocalBot, printed: Printed, line: str) -> None:
    since = printed.size()
    if line == "web":
        bot.port = free_port()
        bot.start(line, PORT=str(bot.port))
        wait_until(lambda: answers(f"{bot.url}/_ready"), "the new gateway is ready")
    else:
        bot.start(line)
        wait_until(lambda: printed.count(_STARTED[line], since), f"the new {line} works")


def _row(name: str, what: str, replies: list[float], most: float) -> Row:
    middle, high, slowest = (figures.percentile(replies, share) for share in (0.5, 0.99, 1.0))
    return Row(
        name=name,
        measured=f"replies through {what}, {RATE:.0f} commands a second ({len(replies)}): "
        "p50 / p99 / slowest",
        ours=" / ".join(figures.seconds(value) for value in (middle, high, slowest)),
        target=f"≤ {figures.seconds(most)}",
        reached=slowest <= most,
    )
