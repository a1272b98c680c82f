"""Keeps the channel cache: all public channels, page by page, every ten minutes."""

from __future__ import annotations

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.errors import RetryLater
from gopherbot.slack.client import Retryable, SlackError

PATIENCE_SECONDS = 60.0
"""How long a rate limit between two pages is waited for; after a longer one it begins anew."""

log = logs.get_logger(__name__)


def run(context: WorkerContext) -> None:
    """Fill the cache. If Slack fails on the way, what there was is kept."""
    fill(context, patience=PATIENCE_SECONDS)


def fill(context: WorkerContext, *, patience: float) -> None:
    """Fill the cache, waiting up to `patience` seconds at a rate limit. Raises `RetryLater`."""
    pages = context.slack.public_channels(patience=patience)
    try:
        names = {channel.id: channel.name for page in pages for channel in page}
    except SlackError as error:
        log.warning("channel cache not filled", error=str(error))
        raise RetryLater(
            str(error), delay=error.retry_after if isinstance(error, Retryable) else None
        ) from None
    written = context.channels.fill(names)
    log.info("channel cache filled", channels=len(names), written=written)
