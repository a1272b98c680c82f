"""Make a release: its version in setup.cfg, its part of the changelog, a commit and a tag.

    python3 tools/release.py make 0.2.0     what `make release VERSION=0.2.0` calls
    python3 tools/release.py notes 0.2.0    print its part of the changelog

Nothing is pushed. The standard library is enough.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from pathlib import Path

CHANGELOG = Path("CHANGELOG.md")
SETUP = Path("setup.cfg")
UNRELEASED = "## [Unreleased]\n"


def make(version: str) -> None:
    """Write the version down, commit and tag. Exits with a line that says why it cannot."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        sys.exit("Which version? Three numbers, as in: make release VERSION=0.2.0")
    if _git("status", "--porcelain"):
        sys.exit("There are changes that are not committed: commit or stash them first.")
    if _git("tag", "--list", f"v{version}"):
        sys.exit(f"There is a tag v{version} already.")
    setup = SETUP.read_text()
    now = re.search(r"^version = (.+)$", setup, re.MULTILINE)
    if not now or _numbers(version) < _numbers(now[1]):
        sys.exit(f"{version} is older than the {now and now[1]} of {SETUP}.")
    changelog = CHANGELOG.read_text()
    if not _part(changelog, "Unreleased"):
        sys.exit(f"{CHANGELOG} has nothing under [Unreleased] to be released.")
    SETUP.write_text(setup.replace(now[0], f"version = {version}", 1))
    today = datetime.datetime.now(datetime.UTC).date()
    heading = f"{UNRELEASED}\n## [{version}] - {today}\n"
    CHANGELOG.write_text(changelog.replace(UNRELEASED, heading, 1))
    _git("commit", "--quiet", "--all", "--message", f"Release {version}")
    _git("tag", "--annotate", f"v{version}", "--message", f"Release {version}")
    sys.stdout.write(f"Made v{version}. To publish it: git push --follow-tags\n")


def notes(version: str) -> None:
    """Print what the changelog says of a version."""
    part = _part(CHANGELOG.read_text(), version)
    if not part:
        sys.exit(f"{CHANGELOG} says nothing of {version}.")
    sys.stdout.write(f"{part}\n")


def _part(changelog: str, name: str) -> str:
    """Return what stands under a heading."""
    found = re.search(
        rf"^## \[{re.escape(name)}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    return found[1].strip() if found else ""


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    commands = {"make": make, "notes": notes}
    if len(sys.argv) != 3 or sys.argv[1] not in commands:
        sys.exit("Usage: release.py make|notes VERSION")
    commands[sys.argv[1]](sys.argv[2])
