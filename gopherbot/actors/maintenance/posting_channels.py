"""The channels that watchers and welcomes post to, and those of them the bot cannot post to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gopherbot.router import ChannelJoin, Rule
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.objects import Channel
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.table.watches import Watch


def posting_channels(
    watchers: Iterable[Watcher[Watch]], rules: Iterable[Rule]
) -> dict[str, list[str]]:
    """Return the names of those channels, each with the watchers and welcomes that post there."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for watcher in watchers:
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
