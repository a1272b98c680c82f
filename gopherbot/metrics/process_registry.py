"""Who lives: an entry in Redis for each process of the bot, renewed by its heartbeat.

An entry is `SEEN SINCE LEASE INFO`: when the process was last seen and since when without a gap,
how long it may be silent (all in milliseconds of Redis's clock), and a `ProcessInfo` as JSON.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gopherbot.settings import Identity

GONE_SECONDS = 60 * 60
"""How long it is remembered that a process ended without signing off."""

_UNFIT = re.compile(r"[^!-.0-~]")


class ProcessInfo(msgspec.Struct):
    """What a process says of itself."""

    kind: str
    """The Procfile line: `web`, `worker` or `scheduler`."""
    dyno: str = ""
    pid: int = 0
    commit: str = ""
    started: float = 0.0
    """Unix seconds."""

    @classmethod
    def of_this(cls, identity: Identity, kind: str) -> ProcessInfo:
        """Return the info of the process that calls this."""
        return cls(kind, identity.dyno, os.getpid(), identity.commit, time.time())


class _Kind(msgspec.Struct):
    kind: str


@dataclass(frozen=True)
class Entry:
    """An entry as it was read."""

    seen: float
    """By Redis's clock, in Unix seconds."""
    lease: float
    """Seconds."""
    info: ProcessInfo


def read_entry(value: str) -> Entry | None:
    """Return an entry, or None if it cannot be read: another version may write it otherwise."""
    try:
        seen, _, lease, info = value.split(" ", 3)
        return Entry(int(seen) / 1000, int(lease) / 1000, _read_info(info))
    except ValueError:
        return None


def _read_info(data: str) -> ProcessInfo:
    # A deploy may change the fields while old processes still run: their kind is enough.
    try:
        return msgspec.json.decode(data, type=ProcessInfo)
    except msgspec.MsgspecError:
        pass
    try:
        return ProcessInfo(msgspec.json.decode(data, type=_Kind).kind)
    except msgspec.MsgspecError:
        return ProcessInfo("unknown")


def new_id(dyno: str) -> str:
    """Return an id that no other process has: `DYNO/HOME/PID/RANDOM`.

    HOME names the kernel and its process namespace: a PID means the same to all that share it.
    """
    # Redis takes it as the name of connections: printable ASCII without spaces.
    return f"{_UNFIT.sub('-', dyno)}/{_HOME}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


def is_gone(id: str) -> bool:
    """Return whether a process certainly no longer runs: told by /proc, on this machine only."""
    parts = id.split("/")
    if len(parts) != 4 or parts[1] != _HOME:
        return False
    try:
        state = Path(f"/proc/{int(parts[2])}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return True
    return state in "ZX"


def _home() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return uuid.uuid4().hex[:12]
    return hashlib.sha256(f"{boot}{namespace}".encode()).hexdigest()[:12]


_HOME = _home()
