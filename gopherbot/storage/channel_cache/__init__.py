"""The channel cache: Slack's public channels in Redis, by id and by name."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import redis

from gopherbot.storage import keys
from gopherbot.storage.client import text

_DAY = 24 * 60 * 60
_HERE = Path(__file__).parent


class UnusableChannel(msgspec.Struct, frozen=True):
    """A channel that the bot must post to, but cannot."""

    name: str
    who: list[str]
    """The watchers and welcomes that post there."""
    bot: str
    """The bot's name."""
    exists: bool
    """Whether the public channel exists. If so, the bot is not a member."""
    at: float = 0.0
    """Time of the check (Unix seconds)."""

    @property
    def problem(self) -> str:
        """Return a description of the problem."""
        where = " but isn't a member" if self.exists else ", which isn't a public channel"
        return f"@{self.bot} should post in #{self.name} ({', '.join(self.who)}){where}"

    @property
    def remedy(self) -> str:
        """Return what the operator must do."""
        if self.exists:
            return f"write `/invite @{self.bot}` in #{self.name}"
        files = "welcome.toml" if self.who == ["the welcome"] else "watchers.toml"
        return f"create or unarchive #{self.name}, or name another channel in {files}"


class ChannelCache:
    """Public channels, kept for 14 days after the last write."""

    KEPT_SECONDS = 14 * _DAY
    RENEW_SECONDS = 3 * _DAY
    CHANGES_KEPT_SECONDS = 60 * 60
    """How long a change is remembered: longer than Slack retries events."""
    CLOCK_SKEW_SECONDS = 30
    """Maximum difference between Slack's clock and ours."""

    def __init__(self, client: redis.Redis, app: str) -> None:
        self.client = client
        self.by_id = keys.channels_by_id(app)
        self.by_name = keys.channels_by_name(app)
        self.unusable = keys.unusable_channels(app)
        self._keys = [self.by_id, self.by_name, keys.channel_changes(app)]
        self._fill = client.register_script((_HERE / "fill_channels.lua").read_text())
        self._change = client.register_script((_HERE / "change_channel.lua").read_text())

    def id_of(self, name: str) -> str | None:
        """Return the id of the channel with this name, or None."""
        id = self.client.hget(self.by_name, name)
        return text(id) if id else None

    def name_of(self, id: str) -> str | None:
        """Return the name of the channel with this id, or None."""
        name = self.client.hget(self.by_id, id)
        return text(name) if name else None

    def is_filled(self) -> bool:
        """Return whether the cache has been filled."""
        return bool(self.client.exists(self.by_name))

    def fill(self, names: Mapping[str, str], *, begun: float | None = None) -> bool:
        """Replace all channels with `names` (id → name). Return whether anything was written.

        `begun` is when the listing began (Unix seconds); changes recorded since are newer and take
        precedence. Nothing is written unless a channel changed or the cache expires within 3 days.
        """
        since = (time.time() if begun is None else begun) - self.CLOCK_SKEW_SECONDS
        pairs = [piece for pair in names.items() for piece in pair]
        limits: list[str | int] = [f"{since:.6f}", self.KEPT_SECONDS, self.RENEW_SECONDS]
        return bool(self._fill(keys=self._keys, args=[*limits, *pairs]))

    def note_unusable(self, channels: Sequence[UnusableChannel]) -> None:
        """Replace the list of unusable channels, which `status` shows."""
        self.client.set(self.unusable, msgspec.json.encode(channels), ex=self.KEPT_SECONDS)

    def change(self, id: str, name: str | None, *, when: float) -> bool:
        """Record the name of one channel, or remove it (None). Return whether that is news.

        `when` is Slack's time of the change (Unix seconds). A change that is older than the last
        one of the same channel, such as a redelivery, is ignored.
        """
        change = [id, name or "", f"{when:.6f}"]
        return bool(self._change(keys=self._keys, args=[*change, self.CHANGES_KEPT_SECONDS]))
