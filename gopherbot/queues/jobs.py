"""Which periodic jobs have something to do: a watcher without its table in the content has not.

The scheduler asks too, and loads nothing of the content but the headings of one file.
"""

from __future__ import annotations

from pathlib import Path

from gopherbot.actors import table
from gopherbot.actors.table import Job
from gopherbot.errors import ContentError
from gopherbot.rulebook import toml


def wanted(content: Path) -> tuple[Job, ...]:
    """Give the jobs to run for a content folder. Raises `ContentError` if it cannot be told."""
    tables, problems = toml.read(content / "watchers.toml")
    if problems:
        raise ContentError(problems)
    return tuple(job for job in table.JOBS if not job.watcher or job.name in tables)
