"""What a stranger can do to the gateway: Slack's events are accepted beside all of it.

On a machine that does nothing else: where the attackers, the gateway and others share two cores,
figures of seconds are the machine's, and the limit grows with how busy it was before.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from pace import load_adjusted
from support import Bot
from web.client import TIMEOUT, Gateway, message

from gopherbot.web.http.connections import DRAIN_SECONDS

from .table import ROW

SECONDS = 6.0
SLACK_WAITS = 3.0
"""Seconds after which Slack takes an event for not delivered."""
MOST_MEMORY = 150e6

STOPS = "none accepted; the processes are killed after 30 s"
LOCKED_OUT = "none accepted for 96 s"
BEFORE = {
    "pipelined": STOPS,
    "pipelined events": STOPS,
    "pipelined chunks": STOPS,
    "silent": LOCKED_OUT,
    "half heads": LOCKED_OUT,
    "half bodies": "none accepted for 30 s",
    "idle": LOCKED_OUT,
    "deaf": "each kept its connection for ever",
    "unsigned bodies": "",
    "large bodies": "471 MB with 200 of them, not given back",
    "slow large bodies": "",
    "chunked bodies": "over 512 MB with 140 of them",
    "tiny chunks": "",
    "endless trailers": "1 of 2 events accepted in time",
    "budget filled": "55 of 94 events accepted",
    "new connections": "the slowest after 1.2 to 3.3 s",
}
"""What each attack did when it was found, where it was tried then."""


def proportional_memory(pids: list[int]) -> int:
    """Return the bytes that processes hold, those that they share counted once."""
    rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
    return sum(int(text.partition("\nPss:")[2].split()[0]) * 1024 for text in rollups)


@pytest.mark.parametrize("kind", BEFORE)
def test_good_events_are_accepted_beside(
    bot: Bot, gateway: Gateway, record_property: Callable[[str, object], None], kind: str
) -> None:
    limit = load_adjusted(SLACK_WAITS / 2)
    pids = bot.dynos["web"].pids()
    script = Path(__file__).with_name("attackers.py")
    statuses: Counter[int] = Counter()
    in_time, slowest, most = 0, 0.0, 0
    with subprocess.Popen(
        [sys.executable, script, kind, str(bot.port), str(SECONDS)], stdout=subprocess.PIPE
    ) as attack:
        assert attack.stdout
        assert attack.stdout.readline()
        while attack.poll() is None:
            # Every other event is too long to arrive with its head.
            text = "x" * (20_000 if statuses.total() % 2 else 100)
            status, seconds = 0, TIMEOUT
            with suppress(OSError):
                status, _, _, seconds = gateway.post_signed(gateway.envelope(message(text=text)))
            statuses[status] += 1
            in_time += status == 200 and seconds < SLACK_WAITS
            slowest, most = max(slowest, seconds), max(most, proportional_memory(pids))
            time.sleep(0.05)
    # What is still under way is given up.
    time.sleep(DRAIN_SECONDS + 2)
    now = (
        f"{in_time} of {statuses.total()} events accepted in time, the slowest after "
        f"{slowest * 1000:.0f} ms; {most / 1e6:.0f} MB, "
        f"{proportional_memory(pids) / 1e6:.0f} after"
    )
    record_property(ROW, [kind, BEFORE[kind], now])
    assert set(statuses) == {200}
    assert slowest < limit
    assert most < MOST_MEMORY
    assert sorted(bot.dynos["web"].pids()) == sorted(pids), "a process was started again"
