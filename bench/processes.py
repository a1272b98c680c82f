"""What the kernel says of processes: CPU time and memory, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """Give the CPU time, user and system, that processes have used with all their threads."""
    return sum(map(_ticks, pids)) / _TICKS


def proportional_memory(pids: Iterable[int]) -> int:
    """Give the bytes that processes take together: what n of them share counts once (PSS)."""
    return sum(map(_pss, pids))


def _ticks(pid: int) -> int:
    # The name in parentheses may hold anything; fields 14 and 15 follow it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"process {pid} has no Pss")
