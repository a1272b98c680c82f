"""Makes the simulated Slack the workspace of another community's content: its channels, its bot."""

from __future__ import annotations

import re

from gopherbot.rulebook.content_files import BUILT_IN, Data
from slack_simulator import Simulator

_KEPT = frozenset({"general", "random"})
"""What every workspace of Slack's has, under whatever name."""
_REFERENCE = re.compile(r"\{#([a-z0-9_-]+)\}")


def furnish(slack: Simulator, data: Data) -> None:
    """Give the workspace the channels that the content names, and archive the Gophers' others.

    With the Gophers' own content everything is there already.
    """
    if data.folder.resolve() == BUILT_IN.resolve():
        return
    wanted = _KEPT.union(channels(data))
    places = list(slack.workspace.conversations.values())
    there = {place.name for place in places if place.kind == "channel" and not place.is_archived}
    for name in sorted(wanted - there):
        slack.workspace.add_channel(name)
    for name in there - wanted:
        slack.workspace.archive_channel(name)


def channels(data: Data) -> set[str]:
    """Give the names of all channels that the content speaks of."""
    watchers = (data.watchers.gerrit, data.watchers.gotime_live, data.watchers.gotime_social)
    found = {*data.channels, *data.welcome.joins, data.resources.channel}
    found.update(watcher.channel for watcher in watchers if watcher)
    found.update(name for text in data.texts() for name in _REFERENCE.findall(text.text))
    return found - {""}
