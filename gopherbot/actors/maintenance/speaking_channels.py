"""The channels in which the bot speaks by itself, and which of them it cannot speak in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gopherbot.actors.watch_tables import Watch
from gopherbot.router import ChannelJoin, Rule
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack.objects import Channel
from gopherbot.storage.channel_cache import UnusableChannel


def spoken_in(watchers: Iterable[Watcher[Watch]], rules: Iterable[Rule]) -> dict[str, list[str]]:
    """Return the channels, by name, that watchers and welcomes name, each with who speaks there."""
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
    """Return those in which the bot is not, or that are not there.

    `channels` are all public ones, as Slack said `at`; a private one is not among them, and no
    watcher finds it. `bot` is its name.
    """
    there = {channel.name: channel.is_member for channel in channels}
    return [
        UnusableChannel(name, who, bot, exists=name in there, at=at)
        for name, who in sorted(speakers.items())
        if not there.get(name)
    ]
