"""`gopherbot all`: three parts in one small dyno, which live and die together."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support import PATIENCE, SAMPLE, Printed, wait_until

from gopherbot.commands import all as supervisor
from gopherbot.dev.bot import LocalBot
from gopherbot.dev.procfile import ROOT, Dyno, lines
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator

pytestmark = pytest.mark.slow

DATABASE = 13
DYNO_MIB = 512


class Small(LocalBot):
    """A bot in one dyno: the only line of Procfile.small, on Heroku's terms."""

    def __init__(self, redis_url: str, slack: Simulator, folder: Path) -> None:
        self.printed = Printed(folder / "small.log")
        super().__init__(
            redis_url,
            slack,
            names=("web",),
            # As Heroku sets it on a dyno of this size.
            more={"WEB_CONCURRENCY": "2"},
            output=self.printed.file,
            procfile_path=ROOT / "Procfile.small",
        )

    @property
    def dyno(self) -> Dyno:
        return self.dynos["web"]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


@pytest.fixture(scope="module")
def slack() -> Iterator[Simulator]:
    with Simulator(setup=GOPHERS) as slack:
        slack.deliveries.delays = (0.1, 0.2, 0.4)
        yield slack


@pytest.fixture
def redis_url(shared_redis: RedisServer) -> str:
    """A database that is empty."""
    with redis.Redis("127.0.0.1", port=shared_redis.port, db=DATABASE, protocol=2) as client:
        client.flushdb()
    return f"{shared_redis.url}/{DATABASE}"


@pytest.fixture
def small(redis_url: str, slack: Simulator, tmp_path: Path) -> Iterator[Small]:
    small = Small(redis_url, slack, tmp_path)
    with small:
        small.printed.wait("worker started")
        small.printed.wait("channel cache filled")
        yield small


def proportional_mib(pids: list[int]) -> float:
    """Return the memory that processes use, each page that they share counted once (PSS)."""
    total = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += next(int(row.split()[1]) for row in rollup.splitlines() if row.startswith("Pss:"))
    return total / 1024


def test_the_lines_are_the_procfiles() -> None:
    procfile = lines()
    assert {name: procfile[name] for name in supervisor.LINES} == supervisor.LINES


def test_the_small_procfile_has_what_heroku_starts() -> None:
    small = lines(ROOT / "Procfile.small")
    assert small == {"web": "python -m gopherbot all", "release": lines()["release"]}


def test_it_answers_in_a_small_dynos_memory_and_stops(small: Small, slack: Simulator) -> None:
    for number in range(30):
        slack.say("<@U0GOPHERBOT> flip a coin", channel=("general", "random")[number % 2])
    slack.wait_for_posts(30, timeout=PATIENCE)
    # A feed is read by a process of its own, for a moment.
    wait_until(lambda: len(small.dyno.pids()) == 1 + 2 + 1 + 1, "only the bot's own are left")
    pids = small.dyno.pids()
    used = proportional_mib(pids)
    assert used < DYNO_MIB / 2

    # Heroku signals every process, and the supervisor passes the signal on.
    assert small.dyno.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    for said in ("worker stopped", "scheduler stopped"):
        assert small.printed.lines(said)
    assert "Traceback" not in small.printed.text()


_SUPERVISE = """
import os, signal, sys
from gopherbot.commands import all

spawn, number, all.STOP_SECONDS = os.posix_spawn, int(sys.argv[1]), int(sys.argv[2])

def spawn_and_be_told_to_stop(*args):
    if all.STOP_SECONDS == 1:  # The part ignores it.
        handler = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pid = spawn(*args)
    if all.STOP_SECONDS == 1:
        signal.signal(signal.SIGTERM, handler)
    if number:
        os.kill(os.getpid(), number)
    return pid

os.posix_spawn = spawn_and_be_told_to_stop
names = ("web", "worker", "scheduler")
sys.exit(all.Supervisor(os.environ).run(dict(zip(names, sys.argv[3:]))))
"""


@pytest.mark.parametrize(
    ("stop", "within", "parts", "status", "words"),
    [
        # A stop as a part starts stops that part, too.
        *((number, 600, ["{sleep}", "{sleep}"], 0, "") for number in (1, 2, 15)),
        (15, 1, ["{sleep}"], 0, "gopherbot all: web did not stop in time, killed"),
        (0, 600, ["{sleep}", "no-such-program", "{sleep}"], 1, "can't start worker: No such file"),
        (0, 600, ["{sleep}", "true"], 1, "worker exited with status 1; stopping the others"),
        (0, 600, ["sh -c 'exit 7'", "{sleep}"], 7, "web exited with status 7; stopping the others"),
        (0, 600, ["sh -c 'kill -9 $$'", "{sleep}"], 1, "web exited with status 1; stopping the o"),
    ],
)
def test_parts_live_and_die_together(
    tmp_path: Path, stop: int, within: int, parts: list[str], status: int, words: str
) -> None:
    printed = Printed(tmp_path / "parts.log")
    (tmp_path / "run.py").write_text(_SUPERVISE)
    sleep = f"sleep 600.{os.getpid()}"
    lines = [part.format(sleep=sleep) for part in parts]
    arguments = [f"{tmp_path}/run.py", str(stop), str(within), *lines]
    dyno = Dyno(f"python {shlex.join(arguments)}", {}, printed.file)
    assert dyno.process.wait(PATIENCE) == status
    assert words in printed.text()
    assert ("did not stop in time" in printed.text()) == (within == 1)
    assert not [each for each in Path("/proc").glob("[0-9]*") if sleep in _said(each)]


def _said(process: Path) -> str:
    try:
        return _command(int(process.name))
    except OSError:
        return ""


def test_the_programs_are_found_with_no_path_and_one_signal_ends_them(
    redis_url: str, slack: Simulator, tmp_path: Path
) -> None:
    """As a unit of systemd starts them: by the full path, with nothing of the venv on PATH."""
    printed = Printed(tmp_path / "unit.log")
    bot = LocalBot(redis_url, slack, names=())
    given = bot.environment | {"PATH": "/usr/bin:/bin", "GOPHER_CONTENT": str(SAMPLE)}
    dyno = Dyno(f"{sys.executable} -m gopherbot all", given, printed.file)
    for role in supervisor.LINES:
        printed.wait("started", role=role)
    pids = dyno.pids()
    os.kill(dyno.pid, signal.SIGTERM)
    assert dyno.process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
