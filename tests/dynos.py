"""Starts the Procfile's lines and `gopherbot`'s commands without repeating their imports each time.

A bot's start is mostly imports, nearly two CPU seconds of them. A server for each line
(`fork_server.py`) therefore imports what the line needs, once, and forks itself for each start.
What it forks is a process like any other: a session of its own with the line's arguments and the
given environment, that takes signals, prints, and ends with a status. Only its threads take turns
more often. What `gopherbot dev` and `gopherbot all` run, and the tests of the Procfile itself, are
started as the platform does.
"""

import json
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from fork_server import GUNICORN, SCHEDULER, WORKER

from gopherbot.dev.bot import LocalBot
from gopherbot.dev.procfile import ROOT, Dyno, base_environment

CRASHED = "Fatal Python error"
"""What a process prints that dies of SIGSEGV or the like; others may do its work meanwhile."""
READ_AT_START = ("LD_", "MALLOC_", "PYTHON", "TZ")
"""How variables begin that are read when Python starts: a fork would not."""


class ForkedBot(LocalBot):
    """Some or all of the Procfile's lines, each forked from its server."""

    def new_dyno(self, command: str, environment: Mapping[str, str]) -> Dyno:
        """Start a command as a dyno."""
        return start(command, environment, self.output)


def start(
    command: str, environment: Mapping[str, str], output: int | IO[bytes] | None = None
) -> Dyno:
    """Start a line of the Procfile: forked if that is the same, else as the platform does."""
    line = next((line for line in (GUNICORN, WORKER, SCHEDULER) if command.startswith(line)), "")
    if not line or any(name.startswith(READ_AT_START) for name in environment):
        return Dyno(command, environment, output)
    return _ForkedDyno(line, command, environment, output)


def fork(
    line: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *output: IO[bytes] | int,
) -> subprocess.Popen[bytes]:
    """Start a process from a line's server. `output` is its stdout and its stderr."""
    return _server(line).fork(
        [arguments, {**base_environment(), **environment}, str(folder)], output
    )


class _ForkedDyno(Dyno):
    """A dyno that a server forked."""

    def __init__(
        self,
        line: str,
        command: str,
        environment: Mapping[str, str],
        output: int | IO[bytes] | None,
    ) -> None:
        where = 1 if output is None else output
        self.process = fork(line, shlex.split(command), environment, ROOT, where, where)


class _Forked(subprocess.Popen[bytes]):
    """Tells what `Popen` does, of a process that is another's child."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.args = f"the forked process {pid}"
        self.returncode = None
        self._ended = threading.Event()
        self._child_created = False  # Nothing to wait for when this is dropped.

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def end(self, status: int) -> None:
        self.returncode = status
        self._ended.set()


class _Server:
    """One line's server. It ends with this process."""

    def __init__(self, line: str) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._forked: dict[int, _Forked] = {}
        self._turn = threading.Lock()
        self._news = threading.Condition()
        self._newest: _Forked | None = None
        # Without its folder on the path, as on the platform: tests/glossary is not the glossary.
        program = [sys.executable, "-P", str(Path(__file__).with_name("fork_server.py"))]
        with theirs:
            subprocess.Popen(
                [*program, line, str(theirs.fileno())],
                cwd=ROOT,
                env=base_environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        threading.Thread(target=self._listen, name="fork server", daemon=True).start()

    def fork(self, request: object, output: Sequence[IO[bytes] | int]) -> _Forked:
        """Return a new process that prints to these files."""
        files = [file if isinstance(file, int) else file.fileno() for file in output]
        # One at a time: an answer does not say whom it is for.
        with self._turn, self._news:
            socket.send_fds(self._socket, [json.dumps(request).encode()], files)
            forked = self._news.wait_for(lambda: self._newest, 60)
            assert forked, "the fork server does not answer"
            self._newest = None
            return forked

    def _listen(self) -> None:
        while message := self._socket.recv(100):
            pid, status = json.loads(message)
            with self._news:
                if status is not None:
                    self._forked.pop(pid).end(status)
                else:
                    self._newest = self._forked[pid] = _Forked(pid)
                    self._news.notify_all()


@cache
def _server(line: str) -> _Server:
    return _Server(line)
