"""Waves of spam in ordinary talk: which are found, what else is taken for one, and what it costs.

The spam is edited as spammers do (`spammers.py`); BENCH_SPAM names a file of other texts, one a
line, of which each conversation has 32. The talk is all that's in the repository, a
message every three seconds by 150 members in 40 channels, and every member counts as new, which is
harder than anything the bot will see.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench import figures, spammers
from bench.results import Outcome, Row
from bench.sizes import Sizes
from bench.spammers import EDITS, Post
from gopherbot.commands.waves import Replay
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.explain import corpus
from gopherbot.rulebook import loader
from gopherbot.storage.waves import WaveWindows
from gopherbot.waves.detection import WaveLimits
from gopherbot.waves.fingerprints import Fingerprints, Sighting

_SEARCH = Path(__file__).parents[2] / "tests" / "search"
_BEGIN, _SECONDS = 1_700_000_000.0, 3_600
_MIXED = "three of these at once"
_LIMITS = WaveLimits()


@dataclass
class _Found:
    """The waves that were there, those found, and the messages wrongly taken for part of one."""

    there: int = 0
    found: int = 0
    alarms: int = 0
    false: int = 0


def run(sizes: Sizes) -> Outcome:
    """Look for waves in as many conversations as `matching_rounds`, for each kind of edit."""
    lines, spam = talk(), spammers.texts()
    lines = random.Random(1).sample(lines, min(len(lines), 10 * sizes.matching_messages))
    rows, whole = [], _Found()
    for name in (*EDITS, _MIXED):
        found = _Found()
        for number in range(sizes.matching_rounds):
            chance = random.Random(f"{name} {number}")
            members = 1 + 3 * (number % 2)  # one, or four new ones
            _count(found, _conversation(lines, spam, name, chance, members))
        whole = _Found(*(a + b for a, b in zip(_fields(whole), _fields(found), strict=True)))
        rows.append(
            Row(
                name="waves",
                measured=f"waves found: {name}",
                ours=f"{found.found} of {found.there}",
                ratio=f"{found.found / found.there:.3f}",
                target="≥ 0.9",
                reached=found.found >= 0.9 * found.there,
            )
        )
    rows += [_precision(whole, len(lines)), *_costs(lines, sizes)]
    spoken = [line.text for line in corpus.shipped() if line.corpus == corpus.TALK]
    longer = [line for line in lines if line.count(" ") >= _LIMITS.words]
    return Outcome([*rows, _memory("talk", spoken), _memory("all long enough", longer)])


def talk() -> list[str]:
    """Return all the talk there is, and all that the bot says, each line once."""
    lines = [line.text for line in corpus.shipped()]
    for path in sorted(_SEARCH.glob("*.txt")):
        lines += [text.lstrip("?- ").partition(" -> ")[0] for text in spammers.texts(path)]
    data = loader.load().data
    lines += [text.text for text in data.texts()] + [term.definition for term in data.glossary]
    return sorted(set(lines))


def _fields(found: _Found) -> tuple[int, ...]:
    return found.there, found.found, found.alarms, found.false


def _conversation(
    lines: Sequence[str], spam: Sequence[str], edit: str, chance: random.Random, members: int
) -> list[Post]:
    posts = list(spammers.talk(lines, chance, begin=_BEGIN))
    if len(spam) > spammers.MOST:
        spam = chance.sample(spam, spammers.MOST)
    for number, text in enumerate(spam):
        edits = chance.sample(list(EDITS), 3) if edit == _MIXED else [edit]
        begin = _BEGIN + chance.uniform(0, _SECONDS)
        posts += spammers.wave(number, text, edits, begin, chance, members=members)
    return sorted(posts, key=lambda post: post.at)


def _count(found: _Found, posts: Iterable[Post]) -> None:
    waves = {(post.ts, post.channel): post.wave for post in posts}
    replay = Replay(_fingerprints(), _LIMITS, all_new=True)
    seen: set[int] = set()
    for post in posts:
        alarm = replay.hear(post.ts, post.channel, post.user, post.text)
        whose = {waves[each.ts, each.channel] for each in alarm}
        found.alarms += bool(alarm)
        found.false += None in whose
        seen |= {wave for wave in whose if wave is not None and None not in whose}
    found.there += len({wave for wave in waves.values() if wave is not None})
    found.found += len(seen)


def _precision(found: _Found, lines: int) -> Row:
    right = found.alarms - found.false
    return Row(
        name="waves-precision",
        measured=f"alarms without a message of talk, among {lines:,} different ones",
        ours=f"{right:,} of {found.alarms:,}",
        ratio=figures.three_digits(right / found.alarms),
        target="1",
        reached=not found.false,
    )


def _costs(lines: Sequence[str], sizes: Sizes) -> list[Row]:
    """Return what the fingerprint of a message costs: short, of 25 words, and as long as any."""
    usual = " ".join(" ".join(lines).split()[:25])
    longest = (usual + " ") * 300
    rows = []
    for name, text in (("short", "thanks, that worked"), ("25 words", usual), ("40,000", longest)):
        cost = figures.median([_cost(text[:40_000], sizes) for _ in range(sizes.matching_rounds)])
        rows.append(
            Row(
                name="waves-cost",
                measured=f"CPU of a message that is no wave ({name})",
                ours=figures.seconds(cost),
                target="≤ 1 ms" if name == "40,000" else "≤ 100 µs",
                reached=cost <= (1e-3 if name == "40,000" else 100e-6),
            )
        )
    return rows


@cache
def _fingerprints() -> Fingerprints:
    return Fingerprints("bench", hosts=loader.load().data.linked_hosts())


def _cost(text: str, sizes: Sizes) -> float:
    fingerprints = _fingerprints()
    gc.disable()
    begun = time.process_time()
    for _ in range(sizes.matching_messages):
        fingerprints.take(text, fewest_words=_LIMITS.words)
    spent = time.process_time() - begun
    gc.enable()
    return spent / sizes.matching_messages


def _memory(kind: str, lines: Sequence[str]) -> Row:
    """Return what a thousand messages leave in Redis, before it expires."""
    chance = random.Random(0)
    with RedisServer() as server, server.client() as client:
        windows = WaveWindows(client, APP)
        for number, text in enumerate(chance.choices(lines, k=1000)):
            taken = _fingerprints().take(text, fewest_words=_LIMITS.words)
            if taken:
                member = _fingerprints().member(f"U{chance.randrange(150)}")
                ts, channel = f"{_BEGIN + number / 2:.6f}", f"C{chance.randrange(40):08d}"
                windows.note(Sighting(ts, channel, member, taken.sketch, taken.hosts), _LIMITS)
        used = sum(client.memory_usage(key) or 0 for key in client.scan_iter())
    return Row(
        name="waves-memory",
        measured=f"Redis, for a thousand messages in eight minutes ({kind})",
        ours=f"{used / 1000:,.1f} kB",
        target="≤ 250 kB",
        reached=used <= 250_000,
    )
