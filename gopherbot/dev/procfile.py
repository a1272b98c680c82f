"""Runs the Procfile's lines as processes, started and stopped as the platform does.

Each runs under `sh -c` with only the given environment, in its own session, so that a signal can
reach all of a dyno's processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from gopherbot.errors import GopherbotError

ROOT = Path(__file__).resolve().parent.parent.parent


def lines(path: Path = ROOT / "Procfile") -> dict[str, str]:
    """Return the Procfile's commands by name. Raise `GopherbotError` without a checkout."""
    if not path.exists():
        raise GopherbotError(f"This needs a checkout of the project: {path} isn't there.")
    pairs = (line.partition(":") for line in path.read_text().splitlines() if ":" in line)
    return {name.strip(): command.strip() for name, _, command in pairs}


def base_environment() -> dict[str, str]:
    """Return the least environment with which a process finds Python."""
    here = str(Path(sys.executable).parent)
    names = ("HOME", "LANG", "TZ", "PYTHONPATH")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    path = os.environ.get("PATH", os.defpath)
    return kept | {"PATH": f"{here}{os.pathsep}{path}", "PYTHONUNBUFFERED": "1"}


class Dyno:
    """One running Procfile line."""

    def __init__(
        self,
        command: str,
        environment: Mapping[str, str],
        output: int | IO[bytes] | None = None,
    ) -> None:
        # `exec`, as on Heroku, so that no shell stays between us and the process.
        self.process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=ROOT,
            env={**base_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def pids(self) -> list[int]:
        """Return the process and all its descendants, parents first; none once it has ended."""
        if self.process.poll() is not None:
            return []  # Its id may be another process's by now.
        found = [self.pid]
        for pid in found:
            found += _children(pid)
        return found

    def signal_all(self, number: signal.Signals) -> None:
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def terminate(self) -> None:
        """Send SIGTERM to every process, without waiting."""
        self.signal_all(signal.SIGTERM)

    def stop(self, seconds: float = 20) -> int:
        """Stop it as Heroku does, SIGTERM to all, then SIGKILL; return the exit status."""
        pids = self.pids()
        self.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        _wait_until_gone(pids, seconds=5)
        return self.process.returncode

    def kill(self) -> None:
        """Send SIGKILL to every process, and wait."""
        self.signal_all(signal.SIGKILL)
        self.process.wait()


def _children(pid: int) -> list[int]:
    found: list[str] = []
    # Each thread has its own, and any may end meanwhile, or the whole process.
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += (task / "children").read_text().split()
    return [int(child) for child in found]


def _wait_until_gone(pids: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.02)
