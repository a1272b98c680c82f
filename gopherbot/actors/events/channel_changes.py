"""Updates the channel cache between two fills, when a channel is added, removed or renamed.

Slack may send an event twice or out of order. The cache keeps the latest change of each channel, by
Slack's own time. https://docs.slack.dev/reference/events/channel_rename
"""

from __future__ import annotations

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers import community
from gopherbot.slack import events
from gopherbot.slack.errors import CHANNEL_GONE, Rejected


class ChangedChannel(msgspec.Struct):
    """A channel that was created or renamed."""

    id: str
    name: str


class ChannelEvent(msgspec.Struct):
    """Any of the events. If a channel is archived, restored or deleted, `channel` is its id."""

    type: str
    channel: ChangedChannel | str
    event_ts: str | None = None


def handle(context: WorkerContext, envelope: bytes) -> None:
    """Apply one change to the cache."""
    found = events.decode(envelope, ChannelEvent)
    logs.bind(event_id=found.event_id)
    channel, when = found.event.channel, events.moment(found.event.event_ts, found.event_time)
    name: str | None
    if isinstance(channel, ChangedChannel):
        id, name = channel.id, channel.name
    elif found.event.type == "channel_unarchive":
        id, name = channel, _name_of_restored(context, channel)
    else:
        id, name = channel, None
    before = context.channels.name_of(id)
    news = context.channels.change(id, name, when=when)
    logs.bind(channel=id, news=news)
    _record(context, found.event.type, id, when)
    if found.event.type == "channel_rename" and news and before and before != name:
        community.note(context, "channel_renamed", f"{id} {before}", when)


def _record(context: WorkerContext, event: str, id: str, when: float) -> None:
    """Record the change for the watcher that announces it, or drop an outdated record."""
    match event:
        case "channel_created":
            community.note(context, "channel_created", id, when)
        case "channel_archive":
            community.note(context, "channel_archived", id, when)
        case "channel_unarchive" | "channel_deleted":
            community.forget(context, "channel_archived", id)


def _name_of_restored(context: WorkerContext, id: str) -> str | None:
    """Return the name of a restored channel, which the event lacks; None if it is gone again.

    Raise `SlackError`.
    """
    try:
        channel = context.slack.channel(id)
    except Rejected as rejection:
        if rejection.error in CHANNEL_GONE:
            return None
        raise
    return channel.name if channel else None
