"""Where a program is missing, its tests are skipped; but CI skips nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SUITE = """
from parts import Part

NOTHING = Part("a sieve", "install sieve", lambda: None)

def test_of_sand():
    assert NOTHING.need()

def test_of_stone():
    assert True
"""


@pytest.mark.parametrize(
    ("ci", "results"), [("", "1 passed, 1 skipped"), ("true", "1 failed, 1 passed")]
)
def test_a_missing_program_is_named_and_fails_its_tests_in_ci_alone(
    tmp_path: Path, ci: str, results: str
) -> None:
    (tmp_path / "test_both.py").write_text(SUITE)
    printed = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "test_both.py"],
        cwd=tmp_path,
        env={**os.environ, "CI": ci, "PYTHONPATH": str(Path(__file__).parent), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "a sieve is missing: install sieve" in printed
    assert results in printed
