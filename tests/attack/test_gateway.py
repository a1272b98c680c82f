"""What a stranger can do to the gateway: Slack's events are accepted beside all of it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import Bot
from web.client import Gateway

from .table import Attacks

SECONDS = 6.0
SLACK_WAITS = 3.0
"""Seconds after which Slack takes an event for not delivered."""
MOST_MEMORY = 150e6

SLOW = "locked out: 96 s"
BEFORE = {
    "pipelined": "the gateway stops; killed after 30 s",
    "pipelined events": "the gateway stops; killed after 30 s",
    "pipelined chunks": "the gateway stops; killed after 30 s",
    "silent": SLOW,
    "half heads": SLOW,
    "half bodies": "locked out: 30 s",
    "idle": SLOW,
    "unsigned bodies": "over 512 MB, kept",
    "large bodies": "471 MB with 200 of them, kept",
    "slow large bodies": "over 512 MB",
    "chunked bodies": "over 512 MB with 140 of them",
    "tiny chunks": "not tried",
    "new connections": "1.2 to 3.3 s",
}


def proportional_memory(pids: list[int]) -> int:
    """Return the bytes that processes hold, those that they share counted once."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


@pytest.mark.parametrize("kind", BEFORE)
def test_good_events_are_accepted_beside(
    bot: Bot, gateway: Gateway, attacks: Attacks, kind: str
) -> None:
    pids = bot.dynos["web"].pids()
    script = Path(__file__).with_name("attackers.py")
    slowest, most, count = 0.0, 0, 0
    with subprocess.Popen(
        [sys.executable, script, kind, str(bot.port), str(SECONDS)], stdout=subprocess.PIPE
    ) as attack:
        assert attack.stdout
        assert attack.stdout.readline()
        while attack.poll() is None:
            answer = gateway.post_signed(gateway.envelope())
            assert answer.status == 200
            slowest, count = max(slowest, answer.seconds), count + 1
            most = max(most, proportional_memory(pids))
            time.sleep(0.05)
    after = proportional_memory(pids)
    attacks.add(
        kind,
        BEFORE[kind],
        f"{count} good events, the slowest {slowest * 1000:.0f} ms; "
        f"{most / 1e6:.0f} MB, {after / 1e6:.0f} MB afterwards",
    )
    assert count > 10
    assert slowest < SLACK_WAITS
    assert most < MOST_MEMORY
    assert sorted(bot.dynos["web"].pids()) == sorted(pids), "a process was started again"
