"""What is left out where a program is missing, and that CI leaves out nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
SUITE = """
from parts import Part

NOTHING = Part("a sieve", "the tests of sand", lambda: None, {"apt": "sieve"})

def test_of_sand():
    assert NOTHING.need()

def test_of_stone():
    assert True
"""


def run(folder: Path, **more: str) -> str:
    """Run a suite of two tests, one of which needs what there is not."""
    (folder / "test_both.py").write_text(SUITE)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "test_both.py"],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(TESTS), "COLUMNS": "200", **more},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.skipif(sys.platform == "darwin", reason="Homebrew's command is another")
def test_what_is_missing_is_told_in_a_line_and_its_tests_are_skipped(tmp_path: Path) -> None:
    printed = run(tmp_path)
    line = "a sieve is missing, for the tests of sand: sudo apt-get install sieve"
    assert line in printed
    assert "1 passed, 1 skipped" in printed


def test_ci_skips_nothing(tmp_path: Path) -> None:
    printed = run(tmp_path, CI="true")
    assert "a sieve is missing" in printed
    assert "1 failed, 1 passed" in printed


def test_what_cannot_be_got_is_said_to_be_left_out(tmp_path: Path) -> None:
    """A machine with no package manager, where nobody may install anything."""
    done = subprocess.run(
        [sys.executable, str(TESTS / "parts.py")],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "PIP_NO_INDEX": "1"}
        | {"PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:1", "PLAYWRIGHT_BROWSERS_PATH": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Left out: redis-server is missing, for the fault tests of Redis itself" in done.stdout
    assert "Left out: Chromium is missing, for the tests of the page" in done.stdout
