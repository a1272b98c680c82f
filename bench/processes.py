"""What the kernel says of processes: CPU time and memory, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """Give the CPU time, user and system, of processes and of what they started that has ended.

    One that has ended itself counts in whoever started it: workers start a reader for each feed.
    """
    return sum(map(_ticks, pids)) / _TICKS


def proportional_memory(pids: Iterable[int]) -> int:
    """Give the bytes that processes take together: what n of them share counts once (PSS)."""
    return sum(map(_pss, pids))


def _ticks(pid: int) -> int:
    # The name in parentheses may hold anything; fields 14 to 17 follow it.
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def _pss(pid: int) -> int:
    kilobytes = (
        line.split()[1]
        for line in _read(pid, "smaps_rollup").splitlines()
        if line.startswith("Pss:")
    )
    return 1024 * int(next(kilobytes, 0))


def _read(pid: int, name: str) -> str:
    """Return what the kernel says of a process, nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
