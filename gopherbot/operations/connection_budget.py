"""Computes the most Redis connections that one dyno of each Procfile line keeps open."""

from __future__ import annotations

import re
from pathlib import Path

from gopherbot.actors import table
from gopherbot.settings import web_concurrency
from gopherbot.storage import connection_limits as limits

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
_PROCESSES = re.compile(r"--processes[ =](\d+)")


def used() -> dict[str, int]:
    """Return the most connections that a dyno of each kind uses."""
    worker = limits.WORKER_SHARED + limits.CONSUMER * len(table.QUEUES)
    return {
        "web": limits.GATEWAY * web_concurrency(),
        "worker": worker * _worker_processes(),
        "scheduler": limits.SCHEDULER,
    }


def _worker_processes() -> int:
    try:
        lines = PROCFILE.read_text().splitlines()
    except OSError:
        return 1
    found = [_PROCESSES.search(line) for line in lines if line.startswith("worker:")]
    return max((int(match[1]) for match in found if match), default=1)
