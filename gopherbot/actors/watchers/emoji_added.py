"""Announces new emoji."""

from __future__ import annotations

from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers import community
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack import markup
from gopherbot.table.watches import Watch


def run(context: WorkerContext, watcher: Watcher[Watch]) -> None:
    """Announce the emoji added since the last run."""
    community.tell(context, watcher, _line)


def _line(_context: WorkerContext, name: str) -> str:
    shown = markup.escape(name)
    return f"New emoji: :{shown}: `:{shown}:`"
