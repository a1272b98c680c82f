"""The state of each feed between two fetches, in Redis."""

from __future__ import annotations

import msgspec
import redis

from gopherbot import shapes
from gopherbot.storage import keys

KEPT_SECONDS = 31 * 24 * 60 * 60


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
    """The states of an app's feeds, by watcher. Redis errors pass through."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app

    def load(self, watcher: str, url: str) -> FeedState:
        """Return the state of the feed at `url`, or an empty state if none is stored."""
        kept = self.client.get(keys.feed_state(self.app, watcher))
        try:
            state = shapes.decode(kept or b"{}", FeedState)
        except msgspec.MsgspecError:
            state = FeedState()
        return state if state.url == url else FeedState(url=url)

    def save(self, watcher: str, state: FeedState) -> None:
        """Store a state for 31 days."""
        encoded = msgspec.json.encode(state)
        self.client.set(keys.feed_state(self.app, watcher), encoded, ex=KEPT_SECONDS)
