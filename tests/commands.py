"""Runs `gopherbot` as a shell does: with arguments and an environment, to its end.

A command is forked (`dynos.py`): a process of its own, with its own status, output and environment.
With `fresh` it is `python -m gopherbot`, for what a fork doesn't show: that a command's imports are
complete. Each command has a test that does so.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from dynos import READ_AT_START, fork
from fork_server import COMMAND

from gopherbot.dev.procfile import base_environment

PATIENCE = 2 * float(os.environ.get("TEST_PATIENCE", "60"))
"""Seconds within which a command has to end."""


def run(
    *arguments: str, more: Mapping[str, str] | None = None, fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `gopherbot` with arguments, with nothing but `more` and a path in its environment."""
    given = dict(more or {})
    if not fresh and not any(name.startswith(READ_AT_START) for name in given):
        return _fork("gopherbot", *arguments, more=given)
    return subprocess.run(
        [sys.executable, "-m", "gopherbot", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
        env=base_environment() | given,
    )


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, forked likewise."""
    return _fork("-c", code, more={})


def _fork(*arguments: str, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        process = fork(COMMAND, arguments, more, Path.cwd(), stdout, stderr)
        try:
            status = process.wait(PATIENCE)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, status, _text(stdout), _text(stderr))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
