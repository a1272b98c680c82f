"""The soak: `tests/chaos` again and again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gopherbot.dev.procfile import ROOT


def test_a_soak_side_by_side_is_refused_in_one_line() -> None:
    """Each process would run its share of the tests once, and none would be repeated."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "tests/chaos/test_term.py"],
        cwd=ROOT,
        env=os.environ | {"SOAK_MINUTES": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    said = "ERROR: SOAK_MINUTES repeats the tests in one process: leave out -n."
    assert done.stderr.strip() == said
