"""Runs `gopherbot` as a shell does: with arguments and an environment, to its end.

To start Python and import what a command needs takes longer than most commands. A command is
therefore forked from a server that has imported it: still a process of its own, with its own
status, output and environment. With `fresh` it is `python -m gopherbot`, for what a fork doesn't
show: that a command's imports are complete. Each command has a test that does so.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from gopherbot import cli
from gopherbot.dev.procfile import base_environment

PATIENCE = 2 * float(os.environ.get("TEST_PATIENCE", "60"))
"""Seconds within which a command has to end."""

_READ_AT_START = ("LD_", "PYTHON")
"""How variables begin that the linker or Python reads: no fork would."""

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([f"gopherbot.cli.{name}" for name in cli.COMMANDS])


def run(
    *arguments: str, more: Mapping[str, str] | None = None, fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `gopherbot` with arguments, with nothing but `more` and a path in its environment."""
    given = dict(more or {})
    environment = base_environment() | given
    if not fresh and not any(name.startswith(_READ_AT_START) for name in given):
        return _fork(arguments, environment)
    return subprocess.run(
        [sys.executable, "-m", "gopherbot", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
        env=environment,
    )


def _fork(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    with TemporaryDirectory() as folder:
        printed = [Path(folder, name) for name in ("stdout", "stderr")]
        process = _SERVER.Process(target=_call, args=(arguments, environment, *printed))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, PATIENCE)
        status = process.exitcode
        process.close()
        stdout, stderr = (path.read_text("utf-8") for path in printed)
    return subprocess.CompletedProcess(arguments, status, stdout, stderr)


def _call(
    arguments: tuple[str, ...], environment: dict[str, str], stdout: Path, stderr: Path
) -> None:
    for path, descriptor in ((stdout, 1), (stderr, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["gopherbot", *arguments]
    cli.main()
