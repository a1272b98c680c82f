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
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from dynos import READ_AT_START

from gopherbot import cli
from gopherbot.commands import COMMANDS
from gopherbot.dev.procfile import base_environment

PATIENCE = 2 * float(os.environ.get("TEST_PATIENCE", "60"))
"""Seconds within which a command has to end."""

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([f"gopherbot.commands.{name}" for name in COMMANDS])


def run(
    *arguments: str, more: Mapping[str, str] | None = None, fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `gopherbot` with arguments, with nothing but `more` and a path in its environment."""
    given = dict(more or {})
    environment = base_environment() | given
    if not fresh and not any(name.startswith(READ_AT_START) for name in given):
        return _fork(_command, arguments, environment)
    return subprocess.run(
        [sys.executable, "-m", "gopherbot", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
        env=environment,
    )


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, forked likewise."""
    return _fork(exec, code, {})


def _fork(function: Callable[..., object], *arguments: object) -> subprocess.CompletedProcess[str]:
    with TemporaryDirectory() as folder:
        printed = [Path(folder, name) for name in ("stdout", "stderr")]
        process = _SERVER.Process(target=_call, args=(printed, function, arguments))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(function.__name__, PATIENCE)
        status = process.exitcode
        process.close()
        stdout, stderr = (path.read_text("utf-8") for path in printed)
    return subprocess.CompletedProcess(function.__name__, status, stdout, stderr)


def _call(
    printed: list[Path], function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    for descriptor, path in enumerate(printed, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    function(*arguments)


def _command(arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["gopherbot", *arguments]
    cli.main()
