"""The registry of live processes: one entry in Redis for each, renewed by its heartbeat.

An entry is `SEEN SINCE LEASE INFO`: the time of the last heartbeat, the start of the current run of
heartbeats without a gap, the longest allowed silence (all in milliseconds, by Redis's clock), and a
`ProcessInfo` as JSON.
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

from gopherbot import decoding
from gopherbot.settings import Identity

GONE_SECONDS = 60 * 60
"""How long the entry of a process that ended without signing off is kept."""

_UNFIT = re.compile(r"[^!-.0-~]")


class ProcessInfo(msgspec.Struct):
    """What a process reports about itself."""

    kind: str
    """The Procfile line: `web`, `worker` or `scheduler`."""
    dyno: str = ""
    pid: int = 0
    commit: str = ""
    started: float = 0.0
    """Unix seconds."""
    shadow: bool = False
    """Whether it is in shadow mode."""

    @classmethod
    def of_this(cls, identity: Identity, kind: str, *, shadow: bool = False) -> ProcessInfo:
        return cls(kind, identity.dyno, os.getpid(), identity.commit, time.time(), shadow)


class _OnlyKind(msgspec.Struct):
    kind: str


@dataclass(frozen=True)
class RegisteredProcess:
    """A parsed entry."""

    seen: float
    """Time of the last heartbeat, in Unix seconds by Redis's clock."""
    lease: float
    """Seconds."""
    info: ProcessInfo


def read_entry(value: str) -> RegisteredProcess | None:
    """Parse an entry. Return None on failure: another version may use another format."""
    try:
        seen, _, lease, info = value.split(" ", 3)
        return RegisteredProcess(int(seen) / 1000, int(lease) / 1000, _read_info(info))
    except ValueError:
        return None


def _read_info(data: str) -> ProcessInfo:
    # During a deploy, old processes may report other fields. Their kind is enough.
    try:
        return decoding.decode(data, ProcessInfo)
    except msgspec.MsgspecError:
        pass
    try:
        return ProcessInfo(decoding.decode(data, _OnlyKind).kind)
    except msgspec.MsgspecError:
        return ProcessInfo("unknown")


def new_id(dyno: str) -> str:
    """Return a unique id: `DYNO/HOME/PID/RANDOM`.

    HOME identifies the kernel and PID namespace: processes that share it see the same PIDs.
    """
    # The id is also used as a connection name: Redis requires printable ASCII without spaces.
    return f"{_UNFIT.sub('-', dyno)}/{_HOME}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


def is_gone(id: str) -> bool:
    """Return whether a process is known to have ended: on this machine only."""
    parts = id.split("/")
    if len(parts) != 4 or parts[1] != _HOME or not parts[2].isdecimal():
        return False
    pid = int(parts[2])
    try:
        os.kill(pid, 0)
        # It may have ended, and its parent not have noticed.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except ProcessLookupError:
        return True
    except (OSError, OverflowError, IndexError):
        return False  # Another user's, which /proc may hide.


def _home() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return uuid.uuid4().hex[:12]
    return hashlib.sha256(f"{boot}{namespace}".encode()).hexdigest()[:12]


_HOME = _home()
