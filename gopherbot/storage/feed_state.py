"""What is remembered of a feed between two readings, in Redis."""

from __future__ import annotations

import msgspec
import redis

from gopherbot.storage import keys

KEPT_SECONDS = 31 * 24 * 60 * 60


class FeedState(msgspec.Struct, frozen=True):
    """How a feed was found last. Times are Unix seconds."""

    url: str = ""
    """Where it was read: at another address it is another feed."""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    """Of the document all of whose items were dealt with, or that could not be read."""
    unreadable: bool = False
    """Whether that document could not be read."""
    failing: bool = False
    """Whether the last reading gave no items: the feed could not be had, or not be read."""
    ttl: float = 0.0
    """For how many seconds the publisher asks readers to be content with that document."""
    not_before: float = 0.0
    """When the publisher lets us come back."""
    read_at: float = 0.0
    """When it was last read, or found as it was."""


class FeedStates:
    """The states of an app's feeds, by watcher. Errors of Redis pass through."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.app = app

    def load(self, watcher: str, url: str) -> FeedState:
        """Return the state of a feed at this address; a new one if nothing is known."""
        kept = self.client.get(keys.feed_state(self.app, watcher))
        try:
            state = msgspec.json.decode(kept or b"{}", type=FeedState)
        except msgspec.MsgspecError:
            state = FeedState()
        return state if state.url == url else FeedState(url=url)

    def save(self, watcher: str, state: FeedState) -> None:
        """Remember a state for 31 days."""
        encoded = msgspec.json.encode(state)
        self.client.set(keys.feed_state(self.app, watcher), encoded, ex=KEPT_SECONDS)
