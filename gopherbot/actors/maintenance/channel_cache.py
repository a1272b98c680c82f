"""Fills the channel cache from Slack, every ten minutes and for actors that need it at once."""

from __future__ import annotations

import time

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance.posting_channels import posting_channels, unusable
from gopherbot.slack.errors import SlackError

MAX_WAIT_SECONDS = 60.0
"""The longest rate limit to wait out between two pages. After a longer one, the job starts over."""

log = logs.get_logger(__name__)


def run(context: WorkerContext) -> None:
    """Fill the cache."""
    fill(context, max_wait=MAX_WAIT_SECONDS)


def fill(context: WorkerContext, *, max_wait: float) -> None:
    """Fill the cache, waiting out rate limits of up to `max_wait` seconds.

    Raise `SlackError`; the cache then keeps its previous content.
    """
    begun = time.time()
    pages = context.slack.public_channels(max_wait=max_wait)
    try:
        channels = [channel for page in pages for channel in page]
    except SlackError as error:
        log.warning("channel cache not filled", error=str(error))
        raise
    written = context.channels.fill({each.id: each.name for each in channels}, begun=begun)
    # In shadow mode, the bot posts to none of them.
    watchers, rules = context.content.watchers, context.rules.rules
    speakers = {} if context.settings.shadow else posting_channels(watchers, rules)
    bot = context.content.workspace.bot
    context.channels.note_unusable(unusable(speakers, channels, bot, at=begun))
    log.info("channel cache filled", channels=len(channels), written=written)


def ensure_filled(context: WorkerContext) -> None:
    """Fill the cache now if it has never been filled, because a member is waiting for an answer.

    Failures are only logged. Answers then omit channels, or name them without a link.
    """
    if context.channels.is_filled():
        return
    try:
        fill(context, max_wait=0)
    except SlackError as error:
        log.warning("answering without channels", error=str(error))
