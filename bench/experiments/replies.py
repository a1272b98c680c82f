"""Replies per second if every call to Slack takes 100 ms: default Procfile, one worker dyno."""

from __future__ import annotations

import time

from bench import figures
from bench.load import Generator, LoadError, Order
from bench.processes import cpu_seconds
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage

SLACK_SECONDS = 0.1


def run(sizes: Sizes) -> Outcome:
    """Post commands all at once through the gateway; time the middle of the replies."""
    with Stage() as stage:
        bot, _ = stage.bot()
        _send(stage, bot.port, 5)
        stage.slack.client.set(latency=SLACK_SECONDS)
        slack_pid = [stage.slack.pid]
        cpu, start = cpu_seconds(slack_pid), time.monotonic()
        arrivals = _send(stage, bot.port, sizes.replies)
        busy = (cpu_seconds(slack_pid) - cpu) / (time.monotonic() - start)
    first, last = len(arrivals) // 10, len(arrivals) - len(arrivals) // 10 - 1
    rate = (last - first) / (arrivals[last] - arrivals[first])
    row = Row(
        name="replies",
        measured=f"replies with Slack at 100 ms a call, one worker ({len(arrivals)} commands; the "
        f"simulator was busy {busy:.0%} of the time)",
        ours=figures.rate(rate),
        target="≥ 100/s",
        reached=rate >= 100,
    )
    return Outcome([row])


def _send(stage: Stage, port: int, count: int) -> list[float]:
    """Return the monotonic time of each event's answer, sorted."""
    position = stage.slack.position()
    with Generator(Order(port=port, count=count, commands_every=1)) as generator:
        generator.deliver()
    stage.slack.wait_for_posts(count, position)
    stage.wait_until_done()
    calls = len(stage.slack.calls("chat.postMessage", position))
    arrivals = sorted(stage.slack.posts(position).values())
    if not len(arrivals) == calls == count:
        raise LoadError(f"{count} commands, {calls} replies to {len(arrivals)} of them")
    return arrivals
