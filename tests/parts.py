"""Programs that some tests need, and no Python package brings: where they are, how they are got.

    python tests/parts.py     gets what is missing, where that is possible

A test asks for a part with `CHROMIUM.need()`. Where there is none the test is skipped, with a line
that says what to install; where CI is set it fails, since nobody reads what CI skips.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

_MAX_WAIT_SECONDS = 900


@dataclass(frozen=True)
class Part:
    """A program that some tests need.

    `find` returns where it is, or None; `packages` names it for each package manager; `tests` says
    what is skipped without it.
    """

    name: str
    tests: str
    find: Callable[[], str | None]
    packages: Mapping[str, str] = field(default_factory=dict)
    remedy: str = ""

    @cached_property
    def path(self) -> str | None:
        """Where it is."""
        return self.find()

    def need(self) -> str:
        """Return where it is. Skips the test without it; fails it in CI."""
        if self.path:
            return self.path
        if os.environ.get("CI"):
            pytest.fail(f"{self.missing()}, and CI skips nothing", pytrace=False)
        pytest.skip(self.missing())

    def missing(self) -> str:
        """Say in a line what is missing and what brings it."""
        return f"{self.name} is missing, for {self.tests}: {self.remedy or self._install()}"

    def _install(self) -> str:
        if sys.platform == "darwin" and "brew" in self.packages:
            return f"brew install {self.packages['brew']}"
        return f"sudo apt-get install {self.packages['apt']}"


def _chromium() -> str | None:
    """Return a Chromium that starts: Playwright's own, or one that is installed."""
    return next((path for path in _chromiums() if _starts(path)), None)


def _chromiums() -> Iterator[str]:
    cache = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or cache / "ms-playwright")
    for name in ("headless_shell", "chrome-headless-shell"):
        yield from map(
            str, sorted(folder.glob(f"chromium_headless_shell-*/*/{name}"), reverse=True)
        )
    # Debian's shell without a window takes half the CPU of its whole browser.
    names = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable")
    for name in (*names, "chromium-browser"):
        if found := shutil.which(name):
            yield found
    for name in ("Google Chrome", "Chromium"):
        if (application := Path(f"/Applications/{name}.app/Contents/MacOS/{name}")).exists():
            yield str(application)


def _starts(path: str) -> bool:
    """Tell whether it has all its libraries."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _faketime() -> str | None:
    """Return the library that a clock is put off with."""
    folders = [
        Path("/usr/local/lib"),
        Path("/usr/lib64"),
        Path("/usr/lib"),
        *Path("/usr/lib").glob("*-linux-*"),
    ]
    files = (folder / "faketime" / "libfaketimeMT.so.1" for folder in folders)
    return next((str(file) for file in files if file.exists()), None)


def _namespaces() -> str | None:
    """Return `ip` where it may make network namespaces: on Linux, by root."""
    ip = shutil.which("ip")
    if not ip or not shutil.which("unshare"):
        return None
    name = f"gopher-try-{os.getpid()}"
    wrapper = f"{ip} netns exec {name} unshare --pid --fork --kill-child --mount-proc true"
    possible = _run(ip, "netns", "add", name) and _run(*wrapper.split())
    _run(ip, "netns", "del", name)
    return ip if possible else None


CHROMIUM = Part(
    "Chromium",
    "the tests of the page",
    _chromium,
    {"apt": "chromium-headless-shell"},
    remedy="install Chrome or Chromium, or run .venv/bin/playwright install chromium",
)
REDIS_SERVER = Part(
    "redis-server",
    "the fault tests of Redis itself",
    lambda: shutil.which("redis-server"),
    {"apt": "redis-server", "brew": "redis"},
)
FAKETIME = Part(
    "libfaketime",
    "the tests of a clock that is off, on Linux",
    _faketime,
    {"apt": "faketime"},
)
NAMESPACES = Part(
    "the right to make network namespaces",
    "the tests of a host that dies",
    _namespaces,
    {"apt": "iproute2"},
    remedy="run them on Linux as root, with iproute2",
)
PARTS = (CHROMIUM, REDIS_SERVER, FAKETIME, NAMESPACES)


def get(parts: tuple[Part, ...] = PARTS) -> None:
    """Get the parts that are missing; say what is got, and what cannot be."""
    if CHROMIUM in parts and not CHROMIUM.path:
        _fetch_chromium()
    missing = [part for part in parts if not part.find()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [part.packages["apt"] for part in missing]
        if not _apt(packages):
            # Not every release has Chromium's shell without a window.
            _apt([package.removesuffix("-headless-shell") for package in packages])
    elif shutil.which("brew"):
        for part in missing:
            if "brew" in part.packages:
                _run("brew", "install", "--quiet", part.packages["brew"])
    for part in parts:
        if not part.find():
            print(f"Left out: {part.missing()}")


def _fetch_chromium() -> None:
    print("Fetching Chromium for the tests of the page …", flush=True)
    _run(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")


def _apt(packages: list[str]) -> bool:
    print(f"Installing {', '.join(packages)} with apt-get …", flush=True)
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
    return _run("apt-get", "update", "-qq") and _run(*install, *packages)


def _run(*command: str) -> bool:
    """Run a command in silence; tell whether it did its work."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "HOMEBREW_NO_AUTO_UPDATE": "1"}
    try:
        done = subprocess.run(
            command, env=quiet, capture_output=True, timeout=_MAX_WAIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    get()
