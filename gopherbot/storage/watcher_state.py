"""What watchers remember in Redis: what they announced, have collected, read and failed at.

Redis errors pass through.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import redis

from gopherbot import decoding
from gopherbot.storage import keys
from gopherbot.storage.client import text

REPORTS, WAVES = "reports", "waves"
"""The name under which a rejection of the card of a member's report is recorded."""
KEPT_SECONDS = 31 * 24 * 60 * 60
_TAKE_BATCH = Path(__file__).with_name("take_batch.lua").read_text()


class SeenItems:
    """The items that one watcher has handled, each remembered for 31 days: it announces each once.

    The key is a sorted set of items by the Unix time at which they were handled. An extra member
    marks that the watcher has run, even if it found no items.
    """

    _BEGUN = "begun"

    def __init__(self, client: redis.Redis, app: str, watcher: str) -> None:
        self.client = client
        self.key = keys.seen_items(app, watcher)

    def is_first_run(self) -> bool:
        """Return whether this watcher has never run. Renew the key's expiry if it has."""
        return not self.client.expire(self.key, KEPT_SECONDS)

    def begin(self, *known: str) -> None:
        """Record that this watcher has run, and mark the `known` items as handled."""
        self.remember(self._BEGUN, *known)

    def unseen(self, items: Iterable[str]) -> list[str]:
        """Return the items that are not remembered, in the given order."""
        wanted = list(items)
        if not wanted:
            return []
        scores = self.client.zmscore(self.key, wanted)
        return [item for item, score in zip(wanted, scores, strict=True) if score is None]

    def all(self) -> set[str]:
        """Return all remembered items."""
        return {text(item) for item in self.client.zrange(self.key, 0, -1)} - {self._BEGUN}

    def seen_at(self, item: str) -> float | None:
        """Return when an item was handled (Unix seconds), or None."""
        score = self.client.zscore(self.key, item)
        return None if score is None else float(score)

    def remember(self, *items: str) -> None:
        """Mark items as handled now. Drop those older than 31 days."""
        if not items:
            return
        now = time.time()
        with self.client.pipeline(transaction=True) as pipe:
            pipe.zadd(self.key, dict.fromkeys(items, now))
            pipe.zremrangebyscore(self.key, 0, now - KEPT_SECONDS)
            pipe.expire(self.key, KEPT_SECONDS)
            pipe.execute()


class PendingBatch:
    """Workspace events of one kind, collected for one post: the time of each, by name.

    A batch that was taken does not change until it is done, so a retry after a crash announces the
    same events.
    """

    KEPT_SECONDS = 24 * 60 * 60

    def __init__(self, client: redis.Redis, app: str, kind: str) -> None:
        self.client = client
        self.waiting = keys.gathered(app, kind)
        self.taken = keys.gathered_batch(app, kind)
        self._take = client.register_script(_TAKE_BATCH)

    def add(self, name: str, value: str) -> None:
        """Add an event. Replace one of the same name that is still waiting."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hset(self.waiting, name, value)
            pipe.expire(self.waiting, self.KEPT_SECONDS)
            pipe.execute()

    def forget(self, name: str) -> None:
        """Remove an event that is still waiting."""
        self.client.hdel(self.waiting, name)

    def take(self) -> dict[str, str]:
        """Return the current batch. Start one from the waiting events if there is none."""
        flat = self._take(keys=[self.waiting, self.taken])
        return {text(k): text(v) for k, v in zip(flat[::2], flat[1::2], strict=True)}

    def done(self) -> None:
        """Delete the current batch, once it has been announced."""
        self.client.delete(self.taken)


class AccountsOfADay(msgspec.Struct, frozen=True):
    """The workspace's accounts, in numbers."""

    day: str
    """The date, in ISO format."""
    people: int
    """All accounts of people there ever were."""
    deactivated: int
    apps: list[str]
    """The ids of the accounts of apps in use."""


class Accounts:
    """The accounts of the last day that was told, kept for 31 days."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.key = keys.accounts(app)

    def last(self) -> AccountsOfADay | None:
        kept = self.client.get(self.key)
        try:
            return decoding.decode(kept, AccountsOfADay) if kept else None
        except msgspec.MsgspecError:
            return None

    def save(self, accounts: AccountsOfADay) -> None:
        self.client.set(self.key, msgspec.json.encode(accounts), ex=KEPT_SECONDS)


class FeedState(msgspec.Struct, frozen=True):
    """The state of a feed after its last fetch. Times are Unix seconds."""

    url: str = ""
    """The address of the feed. A new address means a new feed."""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    """Of the last document that was handled completely or could not be parsed."""
    unreadable: bool = False
    """Whether that document could not be parsed."""
    tried_at: float = 0.0
    """When that document was last parsed in vain. It is tried again, as the bot may be at fault."""
    failing: bool = False
    """Whether the last fetch gave no items because of a failed download or parse."""
    ttl: float = 0.0
    """Seconds for which the publisher asks readers to cache that document."""
    not_before: float = 0.0
    """The earliest time at which the publisher allows another request."""
    read_at: float = 0.0
    """When the feed was last read completely or reported as unchanged; 0 for a new address."""
    newest: float = 0.0
    """The date of the newest item that has been handled, if items have dates."""


class FeedStates:
    """The states of an app's feeds between two fetches, by watcher."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app

    def load(self, watcher: str, url: str) -> FeedState:
        """Return the state of the feed at `url`, or an empty state if none is stored."""
        kept = self.client.get(keys.feed_state(self.app, watcher))
        try:
            state = decoding.decode(kept or b"{}", FeedState)
        except msgspec.MsgspecError:
            state = FeedState()
        return state if state.url == url else FeedState(url=url)

    def save(self, watcher: str, state: FeedState) -> None:
        encoded = msgspec.json.encode(state)
        self.client.set(keys.feed_state(self.app, watcher), encoded, ex=KEPT_SECONDS)


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

    @classmethod
    def read(cls, value: bytes | str | None) -> Rejection | None:
        """Return a stored rejection, or None."""
        return decoding.decode(value, cls) if value else None


class WatcherLog:
    """The last announcement and rejection of each of an app's watchers, for `gopherbot status`."""

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
        return {text(k): decoding.decode(v, Announcement) for k, v in found.items()}

    def rejections(self) -> dict[str, Rejection]:
        """Return the ongoing rejections, by watcher."""
        found = self.client.hgetall(self.rejected_key)
        return {text(k): decoding.decode(v, Rejection) for k, v in found.items()}

    def _rejection(self, watcher: str) -> Rejection | None:
        return Rejection.read(self.client.hget(self.rejected_key, watcher))
