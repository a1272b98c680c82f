"""Refreshes the channel cache every ten minutes: all public channels, page by page."""

from __future__ import annotations

from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_filling

PATIENCE_SECONDS = 60.0
"""The longest rate limit to wait out between two pages. After a longer one, the job starts over."""


def run(context: WorkerContext) -> None:
    """Fill the cache."""
    channel_filling.fill(context, patience=PATIENCE_SECONDS)
