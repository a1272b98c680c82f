"""The load on Redis: connections at full load, and commands per second at rest.

Connections are the most ever seen in CLIENT LIST, without the bench's own. Commands are counted by
MONITOR, which tells commands sent by clients from those run inside scripts. The target is for
their sum, which is what INFO counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from bench import figures
from bench.load import Generator, Order
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage

_OWN_NAME = "bench"
_SLACK_SECONDS = 0.05
_COMMANDS_EVERY = 5
_SAMPLE_SECONDS = 0.02


def run(sizes: Sizes) -> Outcome:
    """Load everything at once, then let the bot rest and count commands."""
    with Stage() as stage:
        stage.redis.client_setname(_OWN_NAME)
        with _counting_connections(stage.redis_server.port) as most:
            bot, _ = stage.bot()
            stage.slack.client.set(latency=_SLACK_SECONDS)
            order = Order(
                port=bot.port,
                count=sizes.busy_events,
                connections=64,
                commands_every=_COMMANDS_EVERY,
            )
            with Generator(order) as generator:
                generator.go()
            bot.wait_until_ready()
            stage.wait_until_done()
        stage.slack.client.set(latency=0)
        time.sleep(sizes.settle_seconds)
        sent, inside = _listen(stage.redis_server.port, sizes.quiet_seconds)
    return Outcome(_rows(most[0], sent / sizes.quiet_seconds, inside / sizes.quiet_seconds, sizes))


def _rows(connections: int, sent: float, inside: float, sizes: Sizes) -> list[Row]:
    return [
        Row(
            name="redis-connections",
            measured="connections to Redis at full load, all processes of the default Procfile",
            ours=str(connections),
            target="≤ 16",
            reached=connections <= 16,
        ),
        Row(
            name="redis-idle",
            measured=f"commands a second in {sizes.quiet_seconds:g} s of rest, with those inside "
            "scripts and of the jobs that run every minute",
            ours=figures.rate(sent + inside),
            target="≤ 5/s",
            reached=sent + inside <= 5,
        ),
        Row(
            name="redis-idle-sent",
            measured="of them, what clients sent",
            ours=figures.rate(sent),
        ),
    ]


@contextmanager
def _counting_connections(port: int) -> Iterator[list[int]]:
    """Yield a list whose only item becomes the most connections seen at once."""
    most, stopped = [0], threading.Event()

    def count() -> None:
        with redis.Redis("127.0.0.1", port=port, protocol=2, client_name=_OWN_NAME) as client:
            while not stopped.wait(_SAMPLE_SECONDS):
                clients: list[dict[str, Any]] = client.client_list()
                most[0] = max(most[0], sum(c["name"] != _OWN_NAME for c in clients))

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        stopped.set()
        thread.join()


def _listen(port: int, seconds: float) -> tuple[int, int]:
    """Return the commands of `seconds` seconds: sent by clients, and run inside scripts."""
    sent = inside = 0
    client = redis.Redis("127.0.0.1", port=port, protocol=2, socket_timeout=seconds + 10)
    alarm = redis.Redis("127.0.0.1", port=port, protocol=2)
    timer = threading.Timer(seconds, alarm.echo, ["the end"])
    with client, alarm, client.monitor() as monitor:  # type: ignore[no-untyped-call]
        timer.start()
        for command in monitor.listen():
            if "the end" in command["command"]:
                break
            if command["client_type"] == "lua":
                inside += 1
            else:
                sent += 1
    return sent, inside
