"""The memory of all processes of the default Procfile, and of Redis, as more events come.

Events come through the gateway, nine parts chatter and one part commands that are answered. Memory
that processes share counts once (PSS). Redis is measured twice: after keys that expire within an
hour are removed, and again after those that expire within a day, which hold the answers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from bench import figures
from bench.load import Generator, Order
from bench.processes import proportional_memory
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.stage import Stage, wait_until
from gopherbot.dev.bot import APP, LocalBot
from gopherbot.effects.ledger import MOST_MESSAGES
from gopherbot.storage.client import text

MB = 1_000_000
_FEW = 300
_CHUNK = 2000
_BACKLOG = 4000
_COMMANDS_EVERY = 10
_HOUR = 3600
_PLATFORM = {"MALLOC_ARENA_MAX": "1"}
"""As app.json and the Dockerfile have it."""


@dataclass(frozen=True)
class Reading:
    """Bytes of our processes and of Redis, and the keys in Redis at that time."""

    ours: int
    redis: int
    answers: int
    """Bytes that the records of answered messages take in Redis."""
    keys: int
    leftovers: tuple[str, ...]
    """Names of keys that never expire."""


def run(sizes: Sizes) -> Outcome:
    """Measure the memory after a few events, after many, and after the last."""
    with Stage() as stage:
        bot, _ = stage.bot(more=_PLATFORM)
        few = min(_FEW, sizes.memory_first)
        _send(stage, bot.port, few)
        quiet = _read(stage, bot, sizes.settle_seconds)
        _send(stage, bot.port, sizes.memory_first - few)
        early = _read(stage, bot, sizes.settle_seconds)
        _send(stage, bot.port, sizes.memory_last - sizes.memory_first)
        late = _read(stage, bot, sizes.settle_seconds)
    return Outcome(_rows(quiet, early, late, sizes), notes=[_note(late)])


def _send(stage: Stage, port: int, count: int) -> None:
    sent = 0
    while sent < count:
        chunk = min(_CHUNK, count - sent)
        # Events older than 30 s are dropped, so the queue must stay short.
        wait_until(lambda: stage.waiting() < _BACKLOG, "the worker keeps up", every=0.05)
        with Generator(Order(port=port, count=chunk, commands_every=_COMMANDS_EVERY)) as generator:
            generator.deliver()
        sent += chunk
    stage.wait_until_done()


def _read(stage: Stage, bot: LocalBot, settle_seconds: float) -> Reading:
    time.sleep(settle_seconds)
    ours = proportional_memory(pid for dyno in bot.dynos.values() for pid in dyno.pids())
    names = [text(key) for key in stage.redis.scan_iter(count=1000)]
    with stage.redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.ttl(name)
        lasting = dict(zip(names, pipe.execute(), strict=True))
    with_answers = _used_without(stage, [n for n, ttl in lasting.items() if 0 <= ttl <= _HOUR])
    used = _used_without(stage, [n for n, ttl in lasting.items() if _HOUR < ttl <= 24 * _HOUR])
    leftovers = tuple(sorted(name for name, seconds in lasting.items() if seconds < 0))
    return Reading(ours, used, with_answers - used, len(names), leftovers)


def _used_without(stage: Stage, names: list[str]) -> int:
    """Delete keys, and return the bytes that Redis uses afterwards."""
    for start in range(0, len(names), 1000):
        stage.redis.delete(*names[start : start + 1000])
    return int(stage.redis.info("memory")["used_memory"])


def _rows(quiet: Reading, early: Reading, late: Reading, sizes: Sizes) -> list[Row]:
    first, last = f"{sizes.memory_first:,}", f"{sizes.memory_last:,}"
    grown, redis_grown = late.ours - early.ours, late.redis - early.redis
    return [
        Row(
            name="memory",
            measured="PSS of all processes of the default Procfile after "
            f"{min(_FEW, sizes.memory_first)} events",
            ours=figures.megabytes(quiet.ours),
            target="≤ 120 MB",
            reached=quiet.ours <= 120 * MB,
        ),
        Row(
            name="memory-busy",
            measured=f"the same after {first} events, a tenth of them answered; after "
            f"{min(_FEW, sizes.memory_first)}",
            ours=figures.megabytes(early.ours),
            baseline=figures.megabytes(quiet.ours),
            ratio=figures.three_digits(early.ours / quiet.ours),
            target="≤ 120 MB",
            reached=early.ours <= 120 * MB,
        ),
        Row(
            name="memory-growth",
            measured=f"the same after {last} events; after {first}",
            ours=figures.megabytes(late.ours),
            baseline=figures.megabytes(early.ours),
            ratio=figures.three_digits(late.ours / early.ours),
            target="no growth (≤ 3 %)",
            reached=grown <= 0.03 * early.ours,
        ),
        Row(
            name="memory-redis",
            measured=f"Redis's used_memory after {last} events, without what expires; "
            f"after {first}",
            ours=figures.megabytes(late.redis),
            baseline=figures.megabytes(early.redis),
            ratio=figures.three_digits(late.redis / early.redis),
            target="steady (≤ 0.3 MB)",
            reached=redis_grown <= 0.3 * MB and not _growing(early, late),
        ),
        Row(
            name="memory-answers",
            measured="what is known in Redis of answered messages, of the last "
            f"{min(sizes.memory_last // _COMMANDS_EVERY, MOST_MESSAGES):,}",
            ours=figures.megabytes(late.answers),
            target="≤ 6 MB",
            reached=late.answers <= 6 * MB,
        ),
    ]


def _growing(early: Reading, late: Reading) -> set[str]:
    """Return the keys that appeared in between and never expire."""
    return set(late.leftovers) - set(early.leftovers)


def _note(late: Reading) -> str:
    stay = ", ".join(f"`{name.removeprefix(APP)}`" for name in late.leftovers)
    return (
        f"memory: {late.keys:,} keys were in Redis at the end; all expire within a day except "
        f"those kept longer on purpose and {len(late.leftovers)} that stay: {stay or 'none'}."
    )
