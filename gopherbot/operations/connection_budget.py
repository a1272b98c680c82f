"""Computes the most Redis connections that one dyno of each Procfile line keeps open."""

from __future__ import annotations

import re

from gopherbot.actors import table
from gopherbot.operations.supervisor import LINES
from gopherbot.settings import web_concurrency
from gopherbot.storage import connection_limits as limits


def of_process() -> dict[str, int]:
    """Return the most connections that one process of each kind uses."""
    worker = limits.WORKER_SHARED + limits.CONSUMER * len(table.QUEUES)
    return {"web": limits.GATEWAY, "worker": worker, "scheduler": limits.SCHEDULER}


def of_dyno() -> dict[str, int]:
    """Return the most connections that a dyno of each kind uses."""
    workers = re.search(r"--processes (\d+)", LINES["worker"])
    processes = {"web": web_concurrency(), "worker": int(workers[1]) if workers else 1}
    return {kind: each * processes.get(kind, 1) for kind, each in of_process().items()}
