"""What `make soak` repeats of `tests/chaos`, and what `make test` leaves out of it."""

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


def test_a_seed_that_is_printed_chooses_half_of_the_faults() -> None:
    one, again, two = (collected("--half", TEST_SEED=seed) for seed in "112")
    assert one == again
    assert all(len(some) > 5 for some in (one & two, one - two, two - one))


def collected(*options: str, **more: str) -> set[str]:
    """Return the tests that pytest would run, after it has said which half."""
    command = ["-m", "pytest", "--collect-only", *options, "tests/chaos"]
    printed = subprocess.check_output(
        [sys.executable, *command], cwd=ROOT, env=os.environ | more, text=True
    )
    assert all(f"{name}={value}" in printed for name, value in more.items())
    return {line for line in printed.splitlines() if "<Function " in line}
