"""Reads `watchers.toml`: the settings of the watchers in the table of actors, and the jobs to run.

The scheduler reads this file too, and no other content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from glossary import Problem, read_toml
from gopherbot.errors import ContentError
from gopherbot.rulebook import validation
from gopherbot.rulebook.validation import at
from gopherbot.table import JOBS, Job, ScheduledJob
from gopherbot.table.watches import Watch

FILE = "watchers.toml"

Watch_co = TypeVar("Watch_co", bound=Watch, covariant=True)


@dataclass(frozen=True, slots=True)
class Watcher(Generic[Watch_co]):
    """A watcher that is switched on, with its table."""

    job: Job
    watch: Watch_co
    entry: str = ""
    """The name of the subtable, if the job may have several."""

    @property
    def name(self) -> str:
        """Return the watcher's name in logs, `status` and Redis: its heading in `watchers.toml`."""
        return _heading(self.job, self.entry)

    @property
    def every(self) -> int:
        """Return the seconds between two runs: its table's `every`, or the job's default."""
        minutes = getattr(self.watch, "every", None)
        return int(minutes) * 60 if minutes else self.job.every

    def address(self, services: Mapping[str, str]) -> str:
        """Return the address that `gopherbot check` requests for it; "" if there is none."""
        return self.job.address.format_map({**services, **msgspec.structs.asdict(self.watch)})


def scheduled_jobs(content: Path) -> tuple[ScheduledJob, ...]:
    """Return the jobs to run for a content folder. Raise `ContentError` if `FILE` is broken."""
    tables, problems = read_toml(content / FILE)
    watchers, more = read(tables)
    if problems or more:
        raise ContentError([*problems, *more])
    return schedule(watchers)


def schedule(watchers: Iterable[Watcher[Watch]]) -> tuple[ScheduledJob, ...]:
    """Return the jobs to run with these watchers, in the order of the table of actors."""
    found = [ScheduledJob(job.name, job.name, "", job.every) for job in JOBS if job.table is None]
    for each in watchers:
        job = each.job
        in_shadow = max(each.every, job.every_in_shadow)
        found.append(ScheduledJob(each.name, job.name, each.entry, each.every, in_shadow))
    return tuple(found)


def read(tables: Mapping[str, object]) -> tuple[tuple[Watcher[Watch], ...], list[Problem]]:
    """Return the watchers that the tables of `FILE` switch on, and the problems of the tables."""
    jobs = {job.name: job for job in JOBS if job.table}
    problems = list(_unknown(tables, jobs))
    found: list[Watcher[Watch]] = []
    for job in jobs.values():
        for entry, value in _entries(job, tables):
            watch, more = _watch(job, entry, value)
            problems += more
            if watch:
                problems += at(FILE, _heading(job, entry), watch.problems())
            if watch and watch.channel:
                found.append(Watcher(job, watch, entry))
    return tuple(found), problems


def _unknown(tables: Mapping[str, object], jobs: Mapping[str, Job]) -> Iterator[Problem]:
    for name in tables:
        if name in jobs:
            continue
        near = get_close_matches(name.casefold(), jobs, n=1, cutoff=0.5)
        remedy = f"write `{near[0]}`" if near else f"remove it; known tables are {', '.join(jobs)}"
        yield Problem(FILE, "", f"`{name}` is not known here: {remedy}")


def _entries(job: Job, tables: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    if job.name not in tables:
        if job.channel:
            yield "", {"channel": job.channel}
        return
    value = tables[job.name]
    if job.many and isinstance(value, dict):
        yield from value.items()
    else:
        yield "", value


def _watch(job: Job, entry: str, value: object) -> tuple[Watch | None, list[Problem]]:
    if job.table is None:
        return None, []
    if job.many and not entry:
        wrong = f'give each its own heading, such as [{job.name}."A name"]'
        return None, [Problem(FILE, job.name, wrong)]
    return validation.one(FILE, _heading(job, entry), value, job.table)


def _heading(job: Job, entry: str) -> str:
    return f"{job.name}.{entry}" if entry else job.name
