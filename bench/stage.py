"""Sets the stage for a measurement: Redis, the simulator, the bot and its peers.

Each runs in separate processes, started as the Procfile starts them. Their output goes to a file,
where it can be counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import urllib3

from bench import traffic
from bench.load import LoadError
from gopherbot import logs, table
from gopherbot.dev.bot import APP, LocalBot, environment
from gopherbot.dev.procfile import ROOT, Dyno, base_environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.metrics.process_registry import read_entry
from gopherbot.queues import messages
from gopherbot.storage import keys
from gopherbot.storage.client import text
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient, SimulatorClientError
from slack_simulator.workspace.objects import Json

Found = TypeVar("Found")

_PATIENCE = 60.0
_CHUNK = 500
_SHOWN = 3000
"""Characters of a bot's output that are shown after a failure."""
_PROCFILE = ("web", "worker", "scheduler")


def wait_until(
    what: Callable[[], Found], why: str, *, seconds: float = _PATIENCE, every: float = 0.02
) -> Found:
    """Wait until `what` returns something true, and return it. Raise `LoadError` on timeout."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > deadline:
            raise LoadError(f"not within {seconds:.0f} s: {why}")
        time.sleep(every)
    return found


_SETUP = ("--setup", "gopherbot.dev.workspace_setup:GOPHERS")


class Slack:
    """The simulator in a separate process.

    `simulator` gives its addresses and ids to callers that take a `Simulator`; that object itself
    is not started.
    """

    def __init__(self) -> None:
        self.simulator = Simulator(port=free_port(), setup=GOPHERS)
        self.client = SimulatorClient(self.simulator.url, timeout=30)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "slack_simulator", "--port", self._port(), *_SETUP],
            cwd=ROOT,
            env=base_environment(),
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers, "the simulator answers")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait()

    @property
    def pid(self) -> int:
        return self.process.pid

    def position(self) -> int:
        """Return the number of the feed's newest entry."""
        return int(self.client.state()["seq"])

    def calls(self, method: str, after: int = 0) -> list[Json]:
        """Return the bot's calls of a method since an entry of the feed, oldest first."""
        return [
            call for call in self.client.feed(after, kind="api_call") if call["method"] == method
        ]

    def posts(self, after: int = 0) -> dict[str, float]:
        """Return the monotonic time of the first call that posted each event's reply, by event id.

        Our bot puts the event's id into the post's metadata, the stock bot into its text.
        """
        arrivals: dict[str, float] = {}
        for call in self.calls("chat.postMessage", after):
            arguments = call["arguments"]
            metadata = arguments.get("metadata")
            id = metadata["event_payload"]["event_id"] if metadata else arguments["text"]
            arrivals.setdefault(id, call["monotonic"] - call["seconds"])
        return arrivals

    def wait_for_posts(self, count: int, after: int, seconds: float = _PATIENCE) -> None:
        """Wait until `count` posts have been made."""
        wait_until(
            lambda: len(self.calls("chat.postMessage", after)) >= count,
            f"{count} replies",
            seconds=seconds,
            every=0.2,
        )

    def _port(self) -> str:
        return self.simulator.url.rpartition(":")[2]

    def _answers(self) -> bool:
        try:
            return bool(self.client.state())
        except SimulatorClientError:
            return False


class Printed:
    """The file that receives the output of processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("ab")

    def count(self, text: str, since: int = 0) -> int:
        """Return the number of lines that contain a text, from an offset in bytes on."""
        with self.path.open("rb") as file:
            file.seek(since)
            return sum(text.encode() in line for line in file)

    def size(self) -> int:
        return self.path.stat().st_size


class Stage:
    """Redis, the simulator, and what is started on them. Everything ends with the block."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            self.redis_server = stack.enter_context(RedisServer())
            self.slack = stack.enter_context(Slack())
            self.redis = stack.enter_context(self.redis_server.client())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if error:
            for path in self.folder.glob("*.log"):
                logs.tell(f"{path.name} ends with:\n{path.read_text()[-_SHOWN:]}")
        self._stack.close()

    def bot(
        self, *names: str, more: Mapping[str, str] | None = None, ready: bool = True
    ) -> tuple[LocalBot, Printed]:
        """Start lines of the Procfile (all if none is named); return them with their output.

        With `ready`, wait until the gateway is ready and a worker is alive.
        """
        printed = Printed(self.folder / f"{free_port()}.log")
        bot = LocalBot(
            self.redis_server.url,
            self.slack.simulator,
            names=names or _PROCFILE,
            more=more,
            output=printed.file,
        )
        self._stack.enter_context(bot)
        if ready and "worker" in bot.names:
            wait_until(self.has_worker, "a worker is alive")
        return bot, printed

    def has_worker(self) -> bool:
        """Return whether a worker is in the registry of processes."""
        entries = map(text, self.redis.hvals(keys.processes(APP)))
        return any(entry and entry.info.kind == "worker" for entry in map(read_entry, entries))

    def peer(self, command: str, *, port: int | None = None, **more: str) -> Dyno:
        """Start a baseline with the same environment; wait until it answers on `port`."""
        given = environment(self.redis_server.url, self.slack.simulator, port or free_port())
        with Path(os.devnull).open("wb") as nowhere:
            dyno = Dyno(command, given | more, nowhere)
        # Killed, because stock gunicorn waits for idle connections before it stops.
        self._stack.callback(dyno.kill)
        if port:
            url = f"http://127.0.0.1:{port}/"
            wait_until(lambda: answers(url), f"{command} answers", every=0.005)
        return dyno

    def fill(
        self, app: str, queue: str, actor: str, events: Iterable[traffic.Event | None]
    ) -> None:
        """Put events into a queue, as the gateway does; None stands for a message without one."""
        packed = [
            messages.pack(queue, actor, *((event.body, None) if event else ())) for event in events
        ]
        for start in range(0, len(packed), _CHUNK):
            chunk = packed[start : start + _CHUNK]
            with self.redis.pipeline(transaction=True) as pipe:
                pipe.hset(keys.messages(app, queue), mapping={p.id: p.data for p in chunk})
                pipe.rpush(keys.waiting(app, queue), *(p.id for p in chunk))
                pipe.execute()

    def waiting(self, app: str = APP, names: Sequence[str] = table.QUEUES) -> int:
        """Return how many messages of these queues are unfinished."""
        with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hlen(keys.messages(app, name))
            return int(sum(pipe.execute()))

    def wait_until_done(self, app: str = APP, names: Sequence[str] = table.QUEUES) -> None:
        """Wait until no message is left."""
        wait_until(lambda: self.waiting(app, names) == 0, "every message is done", every=0.1)


def answers(url: str) -> bool:
    """Return whether the URL answers over HTTP, with a status below 500."""
    try:
        return urllib3.request("GET", url, retries=False, timeout=5).status < 500
    except urllib3.exceptions.HTTPError:
        return False


def gunicorn(app: str, port: int, worker_class: str = "gevent") -> str:
    """Return the command that runs a baseline's app with our own gateway's settings."""
    return (
        f"gunicorn --worker-class {worker_class} --workers 2 --threads 8 --keep-alive 95 "
        f"--worker-connections 1000 --no-control-socket --log-level error "
        f"--bind 0.0.0.0:{port} {app}"
    )
