"""Make a release: a sample, the version in setup.cfg, its section of the changelog, commit and tag.

    python3 tools/release.py make 0.2.0     what `make release VERSION=0.2.0` calls
    python3 tools/release.py notes 0.2.0    print its section of the changelog

Nothing is pushed. Only the sample needs more than the standard library: it runs the bot.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

CHANGELOG = Path("CHANGELOG.md")
SETUP = Path("setup.cfg")
UNRELEASED = "## [Unreleased]\n"


def make(version: str) -> None:
    """Record the version, commit and tag. Exit with a line that says why if that is impossible."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        sys.exit("Give the version as three numbers: make release VERSION=0.2.0")
    if _git("status", "--porcelain"):
        sys.exit("There are uncommitted changes: commit or stash them first.")
    if _git("tag", "--list", f"v{version}"):
        sys.exit(f"The tag v{version} already exists.")
    setup = SETUP.read_text()
    now = re.search(r"^version = (.+)$", setup, re.MULTILINE)
    if not now or _numbers(version) < _numbers(now[1]):
        sys.exit(f"{version} is older than {now and now[1]} in {SETUP}.")
    changelog = CHANGELOG.read_text()
    if not _part(changelog, "Unreleased"):
        sys.exit(f"{CHANGELOG} has nothing to release under [Unreleased].")
    # What a release leaves in Redis is what the next one has to read (`tests/samples/`).
    record = [sys.executable, "-m", "samples.recording", f"v{version}"]
    if subprocess.run(record, env=os.environ | {"PYTHONPATH": "tests"}, check=False).returncode:
        sys.exit("The bot's sample could not be recorded; nothing was released.")
    _git("add", "tests/samples")
    SETUP.write_text(setup.replace(now[0], f"version = {version}", 1))
    today = datetime.datetime.now(datetime.UTC).date()
    heading = f"{UNRELEASED}\n## [{version}] - {today}\n"
    CHANGELOG.write_text(changelog.replace(UNRELEASED, heading, 1))
    _git("commit", "--quiet", "--all", "--message", f"Release {version}")
    _git("tag", "--annotate", f"v{version}", "--message", f"Release {version}")
    sys.stdout.write(f"Made v{version}. To publish it: git push --follow-tags\n")


def notes(version: str) -> None:
    """Print a version's section of the changelog."""
    part = _part(CHANGELOG.read_text(), version)
    if not part:
        sys.exit(f"{CHANGELOG} has no section for {version}.")
    sys.stdout.write(f"{part}\n")


def _part(changelog: str, name: str) -> str:
    """Return the text under a heading; "" if there is none."""
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
