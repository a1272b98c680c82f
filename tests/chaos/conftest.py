"""The fault suite's fixtures, and the table that it ends with: a row a fault.

Environment:
  CHAOS_SEED    the seed of what happens at random (a number)
  CHAOS_TABLE   a file that takes the rows, one JSON object a line
  SOAK_MINUTES  do it all again and again, with other seeds, for at least that long
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from itertools import zip_longest
from pathlib import Path

import msgspec
import pytest

from gopherbot.dev.gophers import GOPHERS
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .harness import RETRY_DELAYS, Bot, Inside, Judge, Verdict, seed


class Row(msgspec.Struct, frozen=True):
    """One fault and what came of it; `window` says why a loss or a double is allowed, if one is."""

    fault: str
    events: int
    lost: int
    doubled: int
    seconds: float
    note: str = ""
    window: str = ""
    seed: int = msgspec.field(default_factory=seed)


class Table:
    """The rows of this run."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(
        self,
        fault: str,
        verdict: Verdict,
        note: str = "",
        *,
        seconds: float | None = None,
        window: str = "",
    ) -> None:
        """Add a row; the time shown is the slowest answer's unless another is given."""
        self.rows.append(
            Row(
                fault,
                verdict.events,
                verdict.lost,
                verdict.doubled,
                round(verdict.slowest if seconds is None else seconds, 2),
                note,
                window,
            )
        )

    def check(
        self, fault: str, verdict: Verdict, note: str = "", *, seconds: float | None = None
    ) -> None:
        """Add a row and fail unless nothing was lost and nothing doubled."""
        self.add(fault, verdict, note, seconds=seconds)
        assert verdict.lost == 0, f"{fault}: {verdict.lost} of {verdict.events} lost ({note})"
        assert verdict.doubled == 0, f"{fault}: {verdict.doubled} answered twice ({note})"


_table = Table()


@pytest.fixture
def table() -> Table:
    return _table


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """An empty server of one's own: the default one, or the one named by an indirect parameter."""
    name = getattr(request, "param", "default")
    binary = None if name == "default" else shutil.which(name)
    if name != "default" and binary is None:
        pytest.skip(f"{name} is not installed")
    with RedisServer(binary=binary) as server:
        yield server


@pytest.fixture
def inside(server: RedisServer) -> Inside:
    return Inside(server)


@pytest.fixture
def slack() -> Iterator[Simulator]:
    with Simulator(setup=GOPHERS) as slack:
        slack.deliveries.delays = RETRY_DELAYS
        yield slack


@pytest.fixture
def judge(slack: Simulator) -> Judge:
    return Judge(slack)


@pytest.fixture
def idle_bot(server: RedisServer, slack: Simulator, tmp_path: Path) -> Iterator[Bot]:
    """A bot none of whose processes runs yet."""
    with Bot(server.url, slack, tmp_path) as bot:
        slack.gateway = bot.events_url
        yield bot


@pytest.fixture
def bot(idle_bot: Bot) -> Bot:
    """A bot that runs, one process of each line."""
    idle_bot.start_all()
    return idle_bot


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With SOAK_MINUTES, run every test until they are over, each round with another seed."""
    minutes = float(os.environ.get("SOAK_MINUTES") or 0)
    if not minutes or session.config.option.collectonly:
        return None
    deadline = time.monotonic() + minutes * 60
    while time.monotonic() < deadline:
        os.environ["CHAOS_SEED"] = str(random.randrange(10**6))
        for item, following in zip_longest(session.items, session.items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and write it to CHAOS_TABLE."""
    if not _table.rows:
        return
    by_fault: defaultdict[str, list[Row]] = defaultdict(list)
    for row in _table.rows:
        by_fault[row.fault].append(row)
    seeds = sorted({row.seed for row in _table.rows})
    rounds = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} rounds"
    terminalreporter.section(f"faults, {rounds}")
    head = ("fault", "events", "lost", "doubled", "seconds", "")
    cells = [_line(fault, rows) for fault, rows in by_fault.items()]
    widths = [max(len(line[i]) for line in [head, *cells]) for i in range(5)]
    for line in [head, *cells]:
        numbers = "  ".join(line[i].rjust(widths[i]) for i in range(1, 5))
        terminalreporter.write_line(f"{line[0].ljust(widths[0])}  {numbers}  {line[5]}".rstrip())
    path = os.environ.get("CHAOS_TABLE")
    if path:
        with Path(path).open("ab") as file:
            file.writelines(msgspec.json.encode(row) + b"\n" for row in _table.rows)


def _line(fault: str, rows: list[Row]) -> tuple[str, str, str, str, str, str]:
    """Give the cells of a fault: sums, but the longest time; what was noted if it ran once."""
    note = rows[0].note if len(rows) == 1 else f"{len(rows)} times"
    window = rows[0].window and f"window: {rows[0].window}"
    return (
        fault,
        str(sum(row.events for row in rows)),
        str(sum(row.lost for row in rows)),
        str(sum(row.doubled for row in rows)),
        f"{max(row.seconds for row in rows):.2f}",
        "; ".join(filter(None, (note, window))),
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the last of the bot's log with a failure."""
    report = yield
    bot = getattr(item, "funcargs", {}).get("idle_bot")
    if isinstance(bot, Bot) and call.when == "call" and call.excinfo is not None:
        last = bot.log_path.read_bytes().splitlines()[-40:]
        report.sections.append(
            ("the bot's log", b"\n".join(line[:600] for line in last).decode(errors="replace"))
        )
    return report
