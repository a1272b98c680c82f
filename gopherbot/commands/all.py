"""`gopherbot all`: runs the Procfile's three lines as one, for a small dyno or a container.

If a process exits unexpectedly, the others are stopped and the status isn't 0: the platform
restarts them all. A signal to stop is passed on, and a process that doesn't stop in time is
killed. The programs are those beside this
Python, whatever PATH says: a unit of systemd may start the bot by its full path.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import click

from gopherbot import logs

LINES = {
    "web": 'gunicorn --config python:gopherbot.web.server "gopherbot.web.app:get_app()"',
    "worker": "python -m gopherbot.actors",
    "scheduler": "python -m gopherbot.scheduler",
}
"""As in the Procfile, which a wheel lacks, and which a platform may replace by Procfile.small."""
STOP_SECONDS = 25
"""Seconds from the first signal to SIGKILL; Heroku kills after 30."""
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """The running processes."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # One gateway process handles more than a small community writes, and memory is scarce.
        path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
        self.environment = {**environment, "WEB_CONCURRENCY": "1", "PATH": path}
        self.parts: dict[int, str] = {}
        self.stopping = False

    def run(self, lines: Mapping[str, str]) -> int:
        """Run until signalled to stop (0), or until a process exits (its status, at least 1).

        A process that can't be started counts as one that exited.
        """
        for number in _STOPS:
            signal.signal(number, self._pass_on)
        signal.signal(signal.SIGALRM, self._kill)
        status = 0
        for name, line in lines.items():
            if not self.stopping and not self._start(name, shlex.split(line)):
                status = 1
                self._stop()
        if self.stopping:
            # A signal between a process's start and its record has stopped all but that one.
            self._stop()
        while self.parts:
            ended, how = os.wait()
            name = self.parts.pop(ended, "")
            if name and not self.stopping:
                status = max(1, os.waitstatus_to_exitcode(how))
                logs.tell(f"gopherbot all: {name} exited with status {status}; stopping the others")
                self._stop()
        return status

    def _start(self, name: str, program: list[str]) -> bool:
        """Start a process. Return whether that worked."""
        if program[0] == "python":
            program[0] = sys.executable  # Not every system has one of this name.
        found = shutil.which(program[0], path=self.environment["PATH"]) or program[0]
        try:
            self.parts[os.posix_spawn(found, program, self.environment)] = name
        except OSError as error:
            logs.tell(f"gopherbot all: can't start {name}: {error.strerror}: {program[0]}")
            return False
        return True

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        if not self.stopping:
            signal.alarm(STOP_SECONDS)
        self.stopping = True
        self._signal(signal.SIGTERM)

    def _kill(self, number: int, frame: FrameType | None) -> None:
        logs.tell(f"gopherbot all: {', '.join(self.parts.values())} did not stop in time, killed")
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # Not reaped yet, so they exist, if only as zombies.
        for pid in list(self.parts):
            os.kill(pid, number)


@click.command("all")
def command() -> None:
    """Run the Procfile's three lines together, until a signal to stop or until one exits."""
    sys.exit(Supervisor(os.environ).run(LINES))
