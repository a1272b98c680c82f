"""Announces new channels, archived channels and new emoji, those of a minute in one post.

If a watcher is configured, the actor of an event records the change. Once a minute, the watcher
announces all recorded changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers.announcer import Announcer, cut
from gopherbot.model import Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack import events, markup
from gopherbot.slack.errors import CHANNEL_GONE, Rejected
from gopherbot.storage.watcher_state import PendingBatch
from gopherbot.table.watches import Watch

MOST_LINES = 20
LONGEST_PURPOSE = 200

Line = Callable[[WorkerContext, str], str]
"""Returns the line that announces the change of `name`; "" if it is not worth announcing now."""

log = logs.get_logger(__name__)


class EmojiEvent(msgspec.Struct):
    """The fields that are read of https://docs.slack.dev/reference/events/emoji_changed."""

    subtype: str | None = None
    name: str | None = None
    event_ts: str | None = None


def handle_emoji(context: WorkerContext, envelope: bytes) -> None:
    found = events.decode(envelope, EmojiEvent)
    logs.bind(event_id=found.event_id)
    if found.event.subtype == "add" and found.event.name:
        when = events.moment(found.event.event_ts, found.event_time)
        note(context, "emoji_added", found.event.name, when)


def note(context: WorkerContext, watcher: str, name: str, when: float) -> None:
    """Record a change of `name` at `when` (Slack's Unix seconds), if this watcher runs."""
    if any(each.name == watcher for each in context.content.watchers):
        _gathered(context, watcher).add(name, f"{when:.6f}")


def forget(context: WorkerContext, watcher: str, name: str) -> None:
    """Drop the recorded change of `name`, which was undone."""
    if any(each.name == watcher for each in context.content.watchers):
        _gathered(context, watcher).forget(name)


def channel_created(context: WorkerContext, watcher: Watcher[Watch]) -> None:
    """Announce the channels created since the last run, with creator and purpose."""
    tell(context, watcher, _new_channel)


def channel_archived(context: WorkerContext, watcher: Watcher[Watch]) -> None:
    tell(context, watcher, lambda _, id: f":file_cabinet: {markup.channel(id)} was archived")


def emoji_added(context: WorkerContext, watcher: Watcher[Watch]) -> None:
    tell(context, watcher, _new_emoji)


def tell(context: WorkerContext, watcher: Watcher[Watch], line: Line) -> None:
    """Announce the changes recorded since the last run, one line each."""
    gathered = _gathered(context, watcher.name)
    taken = gathered.take()
    if not taken:
        return
    announcer = Announcer.find(context, watcher)
    # If Slack resends an event that was already announced, its time identifies it.
    by_id = {f"{name}@{when}": name for name, when in sorted(taken.items(), key=lambda i: i[1])}
    new = announcer.seen.unseen(by_id)
    lines = [text for text in (line(context, by_id[id]) for id in new) if text]
    if lines:
        shown, more = lines[:MOST_LINES], len(lines) - MOST_LINES
        text = "\n".join([*shown, f"… and {more} more"] if more > 0 else shown)
        batch = hashlib.sha256("\n".join(new).encode()).hexdigest()[:24]
        announcer.announce(batch, Reply(text))
        if not announcer.seen.seen_at(batch):
            return  # Slack rejected the post. The next run, in a minute, retries.
    announcer.seen.remember(*by_id)
    gathered.done()


def _gathered(context: WorkerContext, watcher: str) -> PendingBatch:
    return PendingBatch(context.redis, context.settings.identity.app, watcher)


def _new_channel(context: WorkerContext, id: str) -> str:
    try:
        channel = context.slack.channel(id)
    except Rejected as rejection:
        if rejection.error in CHANNEL_GONE:
            return ""
        log.warning("cannot look up new channel", call=str(rejection))
        return f":new: {markup.channel(id)}"
    if channel is None:
        return ""  # It has been archived since.
    maker = f" by {markup.user(channel.creator)}" if channel.creator else ""
    # Slack stores purposes with escapes and with links as markup.
    purpose = " ".join(markup.unescape(channel.purpose).split())
    why = f": {markup.escape(cut(purpose, LONGEST_PURPOSE))}" if purpose else ""
    return f":new: {markup.channel(id)}{maker}{why}"


def _new_emoji(_context: WorkerContext, name: str) -> str:
    shown = markup.escape(name)
    return f"New emoji: :{shown}: `:{shown}:`"
