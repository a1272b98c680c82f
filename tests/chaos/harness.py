"""What the fault tests are made of: a platform, a look into Redis, and what cuts connections.

Everything is real: the Procfile's lines, signals, a Redis server, sockets. Slack is the simulator.
"""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import dynos
import msgspec
import redis
import support
import urllib3
from support import Found

from gopherbot import table
from gopherbot.dev import procfile
from gopherbot.dev.bot import environment
from gopherbot.dev.procfile import Dyno
from gopherbot.dev.redis_server import RedisServer
from gopherbot.queues import messages
from gopherbot.queues.recovery.heartbeat import KILLER
from gopherbot.storage import keys
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port

LINES = ("web", "worker", "scheduler")
THREADS = 25
"""Of a worker."""
GATEWAY_PROCESSES = 2
"""Of each gateway, so that one can be killed while the other serves."""
RETRY_DELAYS = (0.3, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0)
"""Slack's redeliveries, made denser: its own come at once, after a minute and after five."""


def seed() -> int:
    """Return what chance starts from: the same each time, unless CHAOS_SEED says otherwise."""
    return int(os.environ.get("CHAOS_SEED") or 20_240)


def dice(name: str) -> random.Random:
    """Return the chance of one test."""
    return random.Random(f"{seed()} {name}")


def port_of(slack: Simulator) -> int:
    return int(slack.url.rpartition(":")[2])


def wait_until(what: Callable[[], Found], seconds: float, why: str) -> Found:
    """Wait until something is true, and return it. Fail with `why`."""
    return support.wait_until(what, why, seconds, every=0.05)


# The platform.


class Log:
    """A file of JSON lines that grows. Each line is decoded once, however often it is looked at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = 0
        self._ends: list[int] = []
        self._lines: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def size(self) -> int:
        return self.path.stat().st_size

    def lines(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the objects, after so many bytes; what is no JSON is left out."""
        with self._lock:
            self._read_on()
            return self._lines[bisect_right(self._ends, since) :]

    def _read_on(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            whole, _, _ = file.read().rpartition(b"\n")
        for line in whole.splitlines(keepends=True):
            self._read_to += len(line)
            with suppress(msgspec.DecodeError):
                entry = msgspec.json.decode(line)
                if isinstance(entry, dict):
                    self._ends.append(self._read_to)
                    self._lines.append(entry)


@dataclass(frozen=True)
class Started:
    """What was started under a name: a line of the Procfile, and how."""

    line: str
    command: str
    environment: dict[str, str]


class Bot:
    """The Procfile's lines as a platform runs them: what ends unasked is started again.

    Lines have names of their own, so that there may be two workers. `folder` takes the logs.
    """

    RESTART_SECONDS = 0.3
    may_crash = False
    """Whether a process may die of SIGABRT or the like."""

    def __init__(self, redis_url: str, slack: Simulator, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.slack = slack
        self.commands = procfile.lines()
        processes = {"WEB_CONCURRENCY": str(GATEWAY_PROCESSES)}
        self.environment = environment(redis_url, slack, self.port) | processes | more
        self.log = Log(folder / "bot.log")
        self.dynos: dict[str, Dyno] = {}
        self._output = self.log.path.open("ab")
        self._begun = 0
        self._launched: dict[str, int] = {}
        """How long the log was when a line was started last."""
        self.restarts: Counter[str] = Counter()
        self._lines: dict[str, Started] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._platform = threading.Thread(target=self._watch, name="platform", daemon=True)

    def __enter__(self) -> Self:
        self._platform.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._platform.join()
        self.forget_all()
        self._output.close()
        assert self.may_crash or dynos.CRASHED not in self.log.path.read_text("utf-8", "replace")

    def start(
        self, line: str, name: str = "", *, wrapper: str = "", tree: str = "", **more: str
    ) -> Dyno:
        """Start a line under a name (else its own), of today's tree or another one.

        `wrapper` is put before its command.
        """
        commands = self.commands
        if tree:
            commands, wrapper = (procfile.lines(Path(tree, "Procfile")), f"env -C {tree} {wrapper}")
            more |= {"PYTHONPATH": tree}
        command = f"{wrapper} {commands[line]}".strip()
        with self._lock:
            self._lines[name or line] = Started(line, command, self.environment | more)
            return self._launch(name or line)

    def begin(self) -> None:
        """Leave behind what earlier tests logged and restarted."""
        self._begun = self.log.size()
        self.restarts.clear()

    def start_all(self) -> None:
        """Start every line that does not run yet, and wait until they do their work."""
        for line in LINES:
            if line not in self.dynos:
                self.start(line)
        self.wait_until_ready()

    def wait_until_ready(self, port: int | None = None) -> None:
        """Wait until the gateway takes events and all workers live."""
        wait_until(partial(self._is_ready, port), 90, "the gateway is ready")
        # One of its processes answers before the other is there.
        told = partial(self._all_told, "web", "Booting worker", GATEWAY_PROCESSES)
        wait_until(told, 90, "its processes are there")
        wait_until(partial(self._all_told, "worker", "worker started"), 90, "the workers started")

    def wait_until_up(self, line: str) -> None:
        """Wait until a worker or gateway that was killed does its work again.

        On a busy machine starting takes many seconds: killed again and again meanwhile, nobody
        would be there for longer than a message is fresh.
        """
        if line == "worker":
            wait_until(self._worker_is_up, 90, "the worker is up again")
        elif line == "web":
            wait_until(self._is_ready, 90, "the gateway is up again")

    @property
    def events_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slack/event"

    def is_whole(self) -> bool:
        return all(dyno.process.poll() is None for dyno in list(self.dynos.values()))

    def pids(self) -> dict[str, list[int]]:
        """Return every line's first process, and a gateway's children.

        A worker's child reads a feed and ends again.
        """
        return {
            name: dyno.pids() if self._lines[name].line == "web" else dyno.pids()[:1]
            for name, dyno in self.dynos.items()
        }

    def forget(self, name: str) -> Dyno:
        """Let a line end for good when it ends."""
        with self._lock:
            self._lines.pop(name, None)
            return self.dynos.pop(name)

    def forget_all(self) -> None:
        for name in list(self.dynos):
            self.forget(name).kill()

    def kill(self, name: str, which: str) -> None:
        """SIGKILL: `child` (any but the first process), or `all`."""
        with self._lock:
            dyno = self.dynos[name]
            pids = dyno.pids()
            for pid in pids[::-1] if which == "all" else random.sample(pids[1:], k=len(pids) > 1):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def kill_at_random(
        self, line: str, which: str, kills: int, seconds: float, chance: random.Random
    ) -> None:
        """Kill a line in each part of so many seconds, anywhere in it but for its very end."""
        began = time.monotonic()
        for number in range(kills):
            moment = began + seconds / kills * (number + chance.uniform(0.1, 0.8))
            time.sleep(max(0.0, moment - time.monotonic()))
            self.wait_until_up(line)
            self.kill(line, which)

    def lines(self) -> list[dict[str, Any]]:
        """Return what was logged, as JSON objects; what is no JSON is left out."""
        return self.log.lines(self._begun)

    def dropped(self) -> int:
        """How many stale messages a worker discarded, or a gateway dropped before one came."""
        lines = [line for line in self.lines() if line["event"] == "dropped stale messages"]
        return self.logged("discarded") + sum(int(line["count"]) for line in lines)

    def logged(self, event: str) -> int:
        return _count(self.lines(), event)

    def _all_told(self, line: str, event: str, times: int = 1) -> bool:
        """Whether everyone who runs a line has told this so often since it was started."""
        with self._lock:
            mine = [name for name, started in self._lines.items() if started.line == line]
            launched = sorted((self._launched[name] for name in mine), reverse=True)
        return all(
            _count(self.log.lines(since), event) >= number * times
            for number, since in enumerate(launched, 1)
        )

    def _worker_is_up(self) -> bool:
        """Whether the newest worker has started, and not been killed since."""
        started = _count(self.log.lines(self._launched["worker"]), "worker started")
        return started > 0 and any(map(is_alive, self.dynos["worker"].pids()))

    def _is_ready(self, port: int | None = None) -> bool:
        address = f"http://127.0.0.1:{port or self.port}/_ready"
        with suppress(urllib3.exceptions.HTTPError):
            return urllib3.request("GET", address, retries=False, timeout=2).status == 200
        return False

    def _launch(self, name: str) -> Dyno:
        started = self._lines[name]
        # `exec` is Dyno's own; the log is opened to append, so that nobody overwrites another.
        self._launched[name] = self.log.size()
        dyno = dynos.start(started.command, started.environment, self._output)
        self.dynos[name] = dyno
        return dyno

    def _watch(self) -> None:
        while not self._closing.wait(0.05):
            for name, dyno in list(self.dynos.items()):
                if dyno.process.poll() is None:
                    continue
                if self._closing.wait(self.RESTART_SECONDS):
                    return
                with self._lock:
                    if name in self._lines and self.dynos.get(name) is dyno:
                        self.restarts[name] += 1
                        self._launch(name)


def _count(lines: list[dict[str, Any]], event: str) -> int:
    return sum(str(line.get("event", "")).startswith(event) for line in lines)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def resident_bytes(pids: Iterable[int]) -> int:
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page
    return total


# Looking into Redis.


class Inside(support.Inside):
    """What stands in Redis, but for jobs: they answer nobody, and are put off for a minute."""

    def __init__(self, server: RedisServer) -> None:
        super().__init__(server.client())

    def pending(self) -> int:
        """How many messages wait, are in somebody's hands, or are delayed."""
        others = [q for queue in table.QUEUES for q in (queue, f"{queue}.DQ") if q not in _OF_JOBS]
        with self.client.pipeline(transaction=True) as pipe:
            for name in others:
                pipe.hlen(keys.messages(self.app, name))
            for name in _OF_JOBS:
                pipe.hvals(keys.messages(self.app, name))
            found = pipe.execute()
        counts, datas = found[: len(others)], found[len(others) :]
        unfinished: int = sum(counts) + sum(not _is_job(data) for each in datas for data in each)
        return unfinished

    def run_job(self, name: str) -> None:
        """Send a job as the scheduler does, and wait until it is done."""
        self.send(table.BACKGROUND, name)

        def done() -> bool:
            waiting = (data for queue in _OF_JOBS for data in self.messages(queue).values())
            return not any(map(_is_job, waiting))

        wait_until(done, 90, f"{name} has run")

    def wait_until_over(self, slack: Simulator, seconds: float = table.FRESH_SECONDS + 15) -> None:
        """Wait until all is delivered and nothing is left to do, so that no answer can come."""

        def idle() -> bool:
            with suppress(TimeoutError):
                slack.deliveries.wait_idle(0)
                return True
            return False

        def over() -> bool:
            # An answer is an event, too: nothing may have been sent in between.
            with suppress(redis.RedisError):
                return idle() and self.pending() == 0 and idle()
            return False

        try:
            wait_until(over, seconds, "every message is done")
        except AssertionError as error:
            names = [name for queue in table.QUEUES for name in (queue, f"{queue}.DQ")]
            left = [data[:300] for name in names for data in self.messages(name).values()]
            raise AssertionError(f"{error}; left: {left}") from None

    def in_hands(self, dyno: str) -> int:
        """How many messages the worker of a dyno of this name holds."""
        pattern = f"{self.app}:__acks__.{dyno}/*"
        return sum(self.client.scard(key) for key in self.client.scan_iter(pattern))

    def wait_for_full_hands(self, dynos: Sequence[str]) -> str:
        """Wait until one of these workers holds more messages than it has threads; name it."""

        def full() -> list[str]:
            return [dyno for dyno in dynos if self.in_hands(dyno) > THREADS]

        return max(wait_until(full, 15, f"the hands of one of {dynos} are full"), key=self.in_hands)

    def killers(self) -> int:
        """Count the messages that are dead-lettered because their worker died twice."""
        letters = self.all_dead().values()
        return sum(messages.decode(each).options.get("died_of") == KILLER for each in letters)

    def drop_dead_letters(self) -> None:
        for queue in table.QUEUES:
            self.client.delete(keys.dead_ids(self.app, queue), keys.dead_messages(self.app, queue))


_ACTOR = re.compile(rb'"actor_name": ?"(\w+)"')
_OF_JOBS = (table.BACKGROUND, f"{table.BACKGROUND}.DQ")
_JOBS = {job.name for job in table.JOBS} | {table.BACKGROUND}


def _is_job(message: bytes) -> bool:
    """Whether a message is a job's, by its head: what follows may be long, or anything."""
    found = _ACTOR.search(message, 0, 200)
    return found is not None and found[1].decode() in _JOBS
