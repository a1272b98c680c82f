"""Runs an app's process against a simulated Slack."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from slack_simulator.run_app import JAVASCRIPT

ENDS_WITHIN = 5.0


@contextmanager
def running(
    command: tuple[str, ...],
    environment: Mapping[str, str],
    is_up: Callable[[], bool],
    *,
    folder: Path | str | None,
    timeout: float,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command inside the block, which begins once the app is up.

    Variables that are empty in `environment` are left out. Raise `RuntimeError` if the command ends
    before, or `TimeoutError`.
    """
    if len(command) == 1 and command[0].endswith((".py", *JAVASCRIPT)):
        command = (sys.executable, "-m", "slack_simulator.run_app", *command)
    whole = {**os.environ, **environment}
    given = {name: value for name, value in whole.items() if environment.get(name, value)}
    process = subprocess.Popen(command, cwd=folder, env=given)
    try:
        deadline = time.monotonic() + timeout
        while not is_up():
            if process.poll() is not None:
                raise RuntimeError(f"{command[-1]} ended with status {process.returncode}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{command[-1]} wasn't up within {timeout:g} s")
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on.

    It's below those that systems give to outgoing connections (from 32768 on Linux): none of them
    takes it before the server starts, or while it restarts.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
