"""Reads the CPU time and memory of processes from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU time, user and system, of processes and of their children that have ended.

    Ended children count towards their parent: workers start a reader for each feed.
    """
    return sum(map(_ticks, pids)) / _TICKS


def proportional_memory(pids: Iterable[int]) -> int:
    """Return the bytes that processes take together, counting shared memory once (PSS)."""
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
    """Return a file of a process's /proc folder; "" if the process has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
