"""Programs that some tests need.

A test asks for one with `CHROMIUM.need()`. Without it, the test is skipped with a line that says
what to install. In CI it fails, since nobody reads what CI skips.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Part:
    """A program. `find` returns where it is, or None; `remedy` says how to get it."""

    name: str
    remedy: str
    find: Callable[[], str | None]

    @cached_property
    def path(self) -> str | None:
        """Where it is."""
        return self.find()

    def need(self) -> str:
        """Return where it is. Skip the test without it; fail it in CI."""
        if self.path:
            return self.path
        missing = f"{self.name} is missing: {self.remedy}"
        if os.environ.get("CI"):
            pytest.fail(f"{missing} (CI skips nothing)", pytrace=False)
        pytest.skip(missing)


def _which(*names: str) -> Callable[[], str | None]:
    return lambda: next(filter(None, map(shutil.which, names)), None)


def _faketime() -> str | None:
    """Return the library that changes the time that a process sees."""
    found = Path("/usr/lib").glob("*-linux-*/faketime/libfaketimeMT.so.1")
    return next(map(str, found), None)


def _namespaces() -> str | None:
    """Return `ip` where it may make network namespaces: on Linux, by root."""
    ip = shutil.which("ip")
    if not ip or not shutil.which("unshare"):
        return None
    name = f"gopher-try-{os.getpid()}"
    inside = f"netns exec {name} unshare --pid --fork --kill-child --mount-proc true"
    commands = (f"netns add {name}", inside, f"netns del {name}")
    done = [
        subprocess.run([ip, *each.split()], check=False, capture_output=True) for each in commands
    ]
    return None if any(each.returncode for each in done) else ip


def _go() -> str | None:
    """Return the Go of this environment, or else a new enough one on the PATH."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    go = shutil.which("go", path=places)
    if go is None:
        return None
    version = subprocess.run(
        [go, "env", "GOVERSION"], check=False, capture_output=True, text=True
    ).stdout
    numbers = [int(number) for number in re.findall(r"[0-9]+", version)[:2]]
    return go if numbers >= [1, 27] else None


# Debian's shell without a window takes two thirds of the CPU of the whole browser.
_CHROMIUMS = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable")
CHROMIUM = Part("Chromium", "install chromium", _which(*_CHROMIUMS))
REDIS_SERVER = Part("redis-server", "install redis-server", _which("redis-server"))
FAKETIME = Part("libfaketime", "on Linux, install faketime", _faketime)
NAMESPACES = Part("a second host", "on Linux, install iproute2 and run it as root", _namespaces)
GO = Part("Go 1.27", "`make full-environment` installs it", _go)
