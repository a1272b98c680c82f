"""What `gopherbot status` shows of the watchers: what each announced last, and what Slack rejects.

One hash each in Redis, with a field for each watcher.
"""

from __future__ import annotations

import time

import msgspec
import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text


class Announcement(msgspec.Struct, frozen=True):
    """What a watcher announced last, and when (Unix seconds)."""

    text: str
    at: float


class Rejection(msgspec.Struct, frozen=True):
    """Slack's word for why it does not take a watcher's posts, and since when (Unix seconds)."""

    error: str
    channel: str
    """The channel's name."""
    bot: str
    """The bot's name there."""
    at: float
    since: float


class WatcherLog:
    """Notes on an app's watchers. Errors of Redis pass through."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.announced_key = keys.announcements(app)
        self.rejected_key = keys.rejections(app)

    def announced(self, watcher: str, text: str) -> None:
        """Note that Slack took a post of a watcher."""
        value = msgspec.json.encode(Announcement(text=text, at=time.time()))
        self.client.hset(self.announced_key, watcher, value)

    def rejected(self, watcher: str, error: str, *, channel: str, bot: str) -> None:
        """Note that Slack did not."""
        now = time.time()
        before = self._rejection(watcher)
        since = before.since if before and before.error == error else now
        rejection = Rejection(error=error, channel=channel, bot=bot, at=now, since=since)
        self.client.hset(self.rejected_key, watcher, msgspec.json.encode(rejection))

    def ran(self, watcher: str, begun: float) -> None:
        """Forget a rejection of before this run: nothing was rejected since."""
        before = self._rejection(watcher)
        if before and before.at < begun:
            self.client.hdel(self.rejected_key, watcher)

    def announcements(self) -> dict[str, Announcement]:
        """Return what each watcher announced last."""
        found = self.client.hgetall(self.announced_key)
        return {text(k): msgspec.json.decode(v, type=Announcement) for k, v in found.items()}

    def rejections(self) -> dict[str, Rejection]:
        """Return what Slack rejects, by watcher."""
        found = self.client.hgetall(self.rejected_key)
        return {text(k): msgspec.json.decode(v, type=Rejection) for k, v in found.items()}

    def _rejection(self, watcher: str) -> Rejection | None:
        value = self.client.hget(self.rejected_key, watcher)
        return msgspec.json.decode(value, type=Rejection) if value else None
