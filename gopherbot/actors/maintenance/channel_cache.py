"""Keeps the channel cache: all public channels, page by page, every ten minutes."""

from __future__ import annotations

from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_filling

PATIENCE_SECONDS = 60.0
"""How long a rate limit between two pages is waited for; after a longer one it starts over."""


def run(context: WorkerContext) -> None:
    """Fill the cache."""
    channel_filling.fill(context, patience=PATIENCE_SECONDS)
