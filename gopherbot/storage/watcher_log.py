"""The last announcement of each watcher and its rejections by Slack, for `gopherbot status`.

Two Redis hashes, each with one field per watcher.
"""

from __future__ import annotations

import time

import msgspec
import redis

from gopherbot import shapes
from gopherbot.storage import keys
from gopherbot.storage.client import text


class Announcement(msgspec.Struct, frozen=True):
    """A watcher's last announcement and its time (Unix seconds)."""

    text: str
    at: float


class Rejection(msgspec.Struct, frozen=True):
    """Why Slack rejects a watcher's posts, and since when (Unix seconds)."""

    error: str
    """Slack's error code."""
    channel: str
    """The channel's name."""
    bot: str
    """The bot's name in the workspace."""
    at: float
    since: float


class WatcherLog:
    """Announcements and rejections of an app's watchers. Redis errors pass through."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.announced_key = keys.announcements(app)
        self.rejected_key = keys.rejections(app)

    def announced(self, watcher: str, text: str) -> None:
        """Record that Slack accepted a watcher's post."""
        value = msgspec.json.encode(Announcement(text=text, at=time.time()))
        self.client.hset(self.announced_key, watcher, value)

    def rejected(self, watcher: str, error: str, *, channel: str, bot: str) -> None:
        """Record that Slack rejected a watcher's post."""
        now = time.time()
        before = self._rejection(watcher)
        since = before.since if before and before.error == error else now
        rejection = Rejection(error=error, channel=channel, bot=bot, at=now, since=since)
        self.client.hset(self.rejected_key, watcher, msgspec.json.encode(rejection))

    def ran(self, watcher: str, begun: float) -> None:
        """Delete a rejection that is older than this run, which had none."""
        before = self._rejection(watcher)
        if before and before.at < begun:
            self.client.hdel(self.rejected_key, watcher)

    def announcements(self) -> dict[str, Announcement]:
        """Return the last announcements, by watcher."""
        found = self.client.hgetall(self.announced_key)
        return {text(k): shapes.decode(v, Announcement) for k, v in found.items()}

    def rejections(self) -> dict[str, Rejection]:
        """Return the ongoing rejections, by watcher."""
        found = self.client.hgetall(self.rejected_key)
        return {text(k): shapes.decode(v, Rejection) for k, v in found.items()}

    def _rejection(self, watcher: str) -> Rejection | None:
        value = self.client.hget(self.rejected_key, watcher)
        return shapes.decode(value, Rejection) if value else None
