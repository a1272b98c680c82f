"""The worker on ordinary chatter that matches nothing, compared with a stock no-op actor.

The queue is filled before the worker starts. Only the middle of the queue is timed, so that
neither the worker's start nor its last messages count.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench import figures, traffic
from bench.load import LoadError
from bench.processes import cpu_seconds
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, wait_until
from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.procfile import Dyno
from gopherbot.storage import keys

AHEAD = 20.0
"""Seconds by which events are dated ahead, which is allowed, so that none expires in the queue."""
_POLL_SECONDS = 0.05
_NOOP = "dramatiq bench.baselines.noop --processes 1 --threads 24 --skip-logging"


@dataclass(frozen=True)
class Drain:
    """The draining of a full queue: messages per second, and CPU seconds per message."""

    rate: float
    cpu: float


def run(sizes: Sizes) -> Outcome:
    """Drain the same queue in turn: our worker, the no-op with the event, the no-op without."""
    ours, same, empty = [], [], []
    with Stage() as stage:
        for _ in range(sizes.chatter_rounds):
            ours.append(_ours(stage, sizes.chatter_events))
            same.append(_noop(stage, sizes.chatter_events, with_event=True))
            empty.append(_noop(stage, sizes.chatter_events, with_event=False))
    ratio = _ratio(ours, same)
    bare = _ratio(ours, empty)
    row = Row(
        name="chatter",
        measured="worker, messages that match nothing; a no-op Dramatiq actor with the same event",
        ours=_words(ours),
        baseline=_words(same),
        ratio=figures.three_digits(ratio),
        target="≥ 0.8",
        reached=ratio >= 0.8,
    )
    informs = Row(
        name="chatter-empty",
        measured="the same, but the no-op's messages carry nothing at all",
        ours=_words(ours),
        baseline=_words(empty),
        ratio=figures.three_digits(bare),
    )
    return Outcome([row, informs])


def _ours(stage: Stage, count: int) -> Drain:
    events = traffic.events(count, ahead=AHEAD)
    stage.fill(APP, table.MESSAGE_PUBLIC, table.MESSAGE_PUBLIC, events)
    bot, printed = stage.bot("worker", ready=False)
    drain = _drain(stage, APP, table.MESSAGE_PUBLIC, count, bot.dynos["worker"])
    bot.stop()
    handled = printed.count('"event":"handled"')
    if handled != count:
        raise LoadError(f"{handled} of {count} messages were handled: were they too old?")
    return drain


def _noop(stage: Stage, count: int, *, with_event: bool) -> Drain:
    events = traffic.events(count) if with_event else [None] * count
    stage.fill("dramatiq", "noop", "noop", events)
    dyno = stage.peer(_NOOP)
    drain = _drain(stage, "dramatiq", "noop", count, dyno)
    dyno.kill()
    return drain


def _drain(stage: Stage, app: str, queue: str, count: int, dyno: Dyno) -> Drain:
    key = keys.waiting(app, queue)

    def below(share: float) -> tuple[float, int, float]:
        most = share * count
        wait_until(lambda: stage.redis.llen(key) <= most, "a worker works", every=_POLL_SECONDS)
        return time.monotonic(), int(stage.redis.llen(key)), cpu_seconds(dyno.pids())

    begin, end = below(0.9), below(0.1)
    stage.wait_until_done(app, [queue])
    done = max(1, begin[1] - end[1])
    return Drain(done / max(1e-6, end[0] - begin[0]), (end[2] - begin[2]) / done)


def _ratio(ours: list[Drain], theirs: list[Drain]) -> float:
    return figures.median([a.rate / b.rate for a, b in zip(ours, theirs, strict=True)])


def _words(drains: list[Drain]) -> str:
    rate = figures.median([drain.rate for drain in drains])
    cpu = figures.median([drain.cpu for drain in drains])
    return f"{figures.rate(rate)}, CPU {figures.seconds(cpu)} each"
