"""How many connections to Redis the Procfile's lines keep at most, one dyno of each."""

from __future__ import annotations

import re
from pathlib import Path

from gopherbot.actors import table
from gopherbot.actors.tools import CONNECTIONS as TOOLS
from gopherbot.queues.broker import LINKS, OTHER_CONNECTIONS
from gopherbot.settings import web_concurrency

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
GATEWAY = 2
"""One to write with, one to ask with (`web/app.py`)."""
SCHEDULER = 1
_PROCESSES = re.compile(r"--processes[ =](\d+)")


def used() -> dict[str, int]:
    """Give the most that a dyno of each kind uses."""
    # Besides what its threads share, each queue's consumer blocks in one of its own.
    worker = LINKS + OTHER_CONNECTIONS + len(table.QUEUES) + TOOLS
    return {
        "web": GATEWAY * web_concurrency(),
        "worker": worker * _worker_processes(),
        "scheduler": SCHEDULER,
    }


def _worker_processes() -> int:
    try:
        lines = PROCFILE.read_text().splitlines()
    except OSError:
        return 1
    found = [_PROCESSES.search(line) for line in lines if line.startswith("worker:")]
    return max((int(match[1]) for match in found if match), default=1)
