"""A process that has imported what a command line needs, and forks itself for each start.

`python tests/fork_server.py LINE DESCRIPTOR`, started by `dynos.py`. Its socket passes on messages:
it is sent the arguments, environment, folder, stdout and stderr of a process, answers with its id,
and says which process ended with which status. It ends when the other side is gone.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
from functools import cache

# The real ones, before gevent replaces them.
from os import WNOHANG, fork, waitpid, waitstatus_to_exitcode
from signal import pthread_sigmask
from signal import signal as on_signal
from socket import recv_fds, socket
from typing import Any

GUNICORN = "gunicorn "
WORKER = "python -m gopherbot.actors"
SCHEDULER = "python -m gopherbot.scheduler"
COMMAND = "gopherbot "
"""How the lines begin."""

_RUN = {
    GUNICORN: "gunicorn.app.wsgiapp.run",
    WORKER: "gopherbot.actors.__main__.main",
    SCHEDULER: "gopherbot.scheduler.__main__.main",
    COMMAND: "gopherbot.cli.main",
}
_LARGEST = 1 << 18
_SWITCH_SECONDS = 1e-6
"""How long a thread runs before another one's turn: shorter than it can be. A race that a busy
machine would show once in a thousand starts shows soon."""


def _load(line: str) -> Any:
    """Import what a line needs, in the order in which it does. Return the function that runs it."""
    if line == GUNICORN:
        importlib.import_module("gevent.monkey").patch_all()
        importlib.import_module("gopherbot.web.app")
        importlib.import_module("gopherbot.web.http.gunicorn_worker")
    if line == WORKER:
        actors = importlib.import_module("gopherbot.actors")
        for each in pkgutil.walk_packages(actors.__path__, "gopherbot.actors."):
            importlib.import_module(each.name)
        # Read the Gophers' content once. A fork still reads any other folder itself.
        loader: Any = importlib.import_module("gopherbot.rulebook.loader")
        loader.load = cache(loader.load)
        loader.load(loader.CONTENT_FOLDER)
    if line == COMMAND:
        for name in importlib.import_module("gopherbot.commands").COMMANDS:
            importlib.import_module(f"gopherbot.commands.{name}")
    module, _, function = _RUN[line].rpartition(".")
    return getattr(importlib.import_module(module), function)


def _serve(connection: socket) -> None:
    """Fork when told to. Return in the fork; exit when the other side is gone."""
    on_signal(signal.SIGCHLD, lambda *_: _reap(connection))
    while True:
        data, descriptors, _, _ = recv_fds(connection, _LARGEST, 2)
        if not data:
            sys.exit()
        # A fork that ends at once is told after its id.
        pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = fork()
        if not pid:
            connection.close()
            _become(*json.loads(data), output=descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        connection.send(json.dumps([pid, None]).encode())
        pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def _reap(connection: socket) -> None:
    try:
        while (ended := waitpid(-1, WNOHANG))[0]:
            status = [ended[0], waitstatus_to_exitcode(ended[1])]
            connection.send(json.dumps(status).encode())
    except ChildProcessError:
        pass


def _become(
    arguments: list[str], environment: dict[str, str], folder: str, *, output: list[int]
) -> None:
    """Be as a new process is: with a session, arguments, environment and output of its own."""
    os.setsid()
    os.chdir(folder)
    sys.setswitchinterval(_SWITCH_SECONDS)
    on_signal(signal.SIGCHLD, signal.SIG_DFL)
    pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    for descriptor, file in enumerate(output, 1):
        os.dup2(file, descriptor)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments


if __name__ == "__main__":
    run = _load(sys.argv[1])
    gc.freeze()
    _serve(socket(fileno=int(sys.argv[2])))
    if sys.argv[0] == "-c":
        exec(sys.argv[1])
    else:
        sys.exit(run())
