"""What the watchers of the workspace's own life share: gathering, and telling of it together.

An event's actor notes what happened, if a watcher is there for it; once a minute the watcher tells
of all that was noted, in one post.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watch_tables import Watch
from gopherbot.actors.watchers.announcer import Announcer
from gopherbot.model import Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack import events
from gopherbot.storage.gathered import Gathered

MOST_LINES = 20

Line = Callable[[WorkerContext, str], str]
"""Says what happened to the thing of this name; "" if it is not worth telling any more."""

log = logs.get_logger(__name__)


class EmojiEvent(msgspec.Struct):
    """https://docs.slack.dev/reference/events/emoji_changed, as far as it is read."""

    subtype: str | None = None
    name: str | None = None
    event_ts: str | None = None


class EmojiEnvelope(msgspec.Struct):
    """The envelope around it."""

    event_id: str
    event_time: int
    event: EmojiEvent


def handle_emoji(context: WorkerContext, envelope: bytes) -> None:
    """Note an emoji that was added."""
    found = events.decode(envelope, EmojiEnvelope)
    logs.bind(event_id=found.event_id)
    if found.event.subtype == "add" and found.event.name:
        when = events.moment(found.event.event_ts, found.event_time)
        note(context, "emoji_added", found.event.name, when)


def note(context: WorkerContext, watcher: str, name: str, when: float) -> None:
    """Note what happened to a thing, and when (Slack's Unix seconds), if somebody tells of it."""
    if any(each.name == watcher for each in context.content.watchers):
        _gathered(context, watcher).add(name, f"{when:.6f}")


def forget(context: WorkerContext, watcher: str, name: str) -> None:
    """Tell of a thing no more: it was undone."""
    if any(each.name == watcher for each in context.content.watchers):
        _gathered(context, watcher).forget(name)


def tell(context: WorkerContext, watcher: Watcher[Watch], line: Line) -> None:
    """Post what was noted since the last time, a line for each thing."""
    gathered = _gathered(context, watcher.name)
    taken = gathered.take()
    if not taken:
        return
    announcer = Announcer.find(context, watcher)
    if not announcer:
        return
    # An event that Slack sends again, after it was told of, is the same by its time.
    by_id = {f"{name}@{when}": name for name, when in sorted(taken.items(), key=lambda i: i[1])}
    new = announcer.seen.unseen(by_id)
    lines = [text for text in (line(context, by_id[id]) for id in new) if text]
    if lines:
        shown, more = lines[:MOST_LINES], len(lines) - MOST_LINES
        text = "\n".join([*shown, f"… and {more} more"] if more > 0 else shown)
        batch = hashlib.sha256("\n".join(sorted(by_id)).encode()).hexdigest()[:24]
        announcer.announce(batch, Reply(text))
        if not announcer.seen.seen_at(batch):
            return  # Slack rejects it: the next minute tries again.
    announcer.seen.remember(*by_id)
    gathered.done()


def _gathered(context: WorkerContext, watcher: str) -> Gathered:
    return Gathered(context.redis, context.settings.identity.app, watcher)
