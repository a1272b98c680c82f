"""A fault's test: a bot that runs, what members ask of it meanwhile, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .harness import Bot, Inside
from .load import EVERY_KIND, Judge, Kind, Load, Verdict
from .table import Table


@dataclass
class Trial:
    """The parts of such a test; `table` takes a row for each fault."""

    bot: Bot
    slack: Simulator
    server: RedisServer
    table: Table

    def __post_init__(self) -> None:
        self.inside = Inside(self.server)
        self.judge = Judge(self.slack)

    def load(
        self,
        count: int,
        rate: float,
        places: Sequence[str] = Load.PLACES,
        kinds: Sequence[Kind] = EVERY_KIND,
    ) -> Load:
        """Begin to ask so many questions, so many a second."""
        load = Load(self.slack, count, rate, places, kinds)
        load.start()
        return load

    def finish(self, load: Load | None = None) -> None:
        """Wait until all is said, delivered and done."""
        if load:
            load.finish()
        self.inside.wait_until_over(self.slack)

    def check(
        self, fault: str, load: Load | Verdict, note: str = "", *, killed: bool = False
    ) -> Verdict:
        """Add a row for a load, once it's over. Fail if anything was lost or doubled.

        `killed` is whether workers were killed: then messages may have been dead-lettered for it.
        """
        if isinstance(load, Load):
            self.finish(load)
            load = self.judge.verdict(load.said)
        self.table.check(fault, load, note, killers=self.inside.killers() if killed else 0)
        return load

    @contextmanager
    def nothing_restarted(self) -> Iterator[None]:
        """Fail if a process ends during the block."""
        before = self.bot.pids()
        yield
        assert self.bot.pids() == before, "a process was started again"
        assert not self.bot.restarts


class TrialAt(Protocol):
    """Begins a trial of a bot of its own, whose Redis it finds at `url`, else at the server's.

    The bot runs, unless it isn't to be `ready`; `more` is of its environment.
    """

    def __call__(
        self, server: RedisServer, url: str = "", *, ready: bool = True, **more: str
    ) -> AbstractContextManager[Trial]: ...
