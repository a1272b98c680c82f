"""Fills the channel cache from Slack, every ten minutes and for actors that need it at once.

The same list of channels shows to which of them the bot can't post.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.router import ChannelJoin, Rule
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.errors import SlackError
from gopherbot.slack.objects import Channel
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.table.watches import Watch

MAX_WAIT_SECONDS = 60.0
"""The longest rate limit to wait out between two pages. After a longer one, the job starts over."""

log = logs.get_logger(__name__)


def run(context: WorkerContext) -> None:
    """Fill the cache, and forget what's too old of quiet help channels."""
    fill(context, max_wait=MAX_WAIT_SECONDS)
    context.help_desk.forget_old()


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


def posting_channels(
    watchers: Iterable[Watcher[Watch]], rules: Iterable[Rule]
) -> dict[str, list[str]]:
    """Return the names of those channels, each with the watchers and welcomes that post there."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for watcher in watchers:
        if watcher.watch.is_private:
            continue
        found[watcher.watch.channel].append(watcher.name)
    for rule in rules:
        if isinstance(rule, ChannelJoin):
            found[rule.trigger].append("the welcome")
    return dict(found)


def unusable(
    speakers: dict[str, list[str]], channels: Iterable[Channel], bot: str, *, at: float = 0.0
) -> list[UnusableChannel]:
    """Return the channels that do not exist or that the bot, named `bot`, has not joined.

    `channels` are all public channels as of `at` (Unix seconds). Watchers cannot post to private
    ones.
    """
    there = {channel.name: channel.is_member for channel in channels}
    return [
        UnusableChannel(name, who, bot, exists=name in there, at=at)
        for name, who in sorted(speakers.items())
        if not there.get(name)
    ]
