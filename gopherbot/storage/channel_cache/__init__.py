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
    """A channel in which the bot is to speak by itself, and cannot."""

    name: str
    who: list[str]
    """The watchers and welcomes that name it."""
    bot: str
    """The bot's name."""
    exists: bool
    """Whether there is such a public channel; the bot is not in it then."""
    at: float = 0.0
    """When Slack was asked (Unix seconds)."""

    @property
    def problem(self) -> str:
        """Return what is wrong, in words."""
        where = "where it isn't a member" if self.exists else "which isn't a public channel"
        return f"@{self.bot} is to speak in #{self.name} ({', '.join(self.who)}), {where}"

    @property
    def remedy(self) -> str:
        """Return what to type."""
        if self.exists:
            return f"write `/invite @{self.bot}` in #{self.name}"
        files = "welcome.toml" if self.who == ["the welcome"] else "watchers.toml"
        return f"create or unarchive #{self.name}, or name another channel in {files}"


class ChannelCache:
    """Public channels, kept for 14 days after they were last written."""

    KEPT_SECONDS = 14 * _DAY
    RENEW_SECONDS = 3 * _DAY
    CHANGES_KEPT_SECONDS = 60 * 60
    """How long a change is remembered: longer than Slack sends events again."""
    CLOCK_SKEW_SECONDS = 30
    """How far Slack's clock and ours may differ."""

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
        """Return whether it has ever been filled."""
        return bool(self.client.exists(self.by_name))

    def fill(self, names: Mapping[str, str], *, begun: float | None = None) -> bool:
        """Replace all channels with these (id → name). Return whether anything was written.

        `begun` is when Slack was first asked for them (Unix seconds): what `change` learned since
        is newer. Nothing is written unless a channel changed or the cache will expire within 3
        days.
        """
        since = (time.time() if begun is None else begun) - self.CLOCK_SKEW_SECONDS
        pairs = [piece for pair in names.items() for piece in pair]
        limits: list[str | int] = [f"{since:.6f}", self.KEPT_SECONDS, self.RENEW_SECONDS]
        return bool(self._fill(keys=self._keys, args=[*limits, *pairs]))

    def note_unusable(self, channels: Sequence[UnusableChannel]) -> None:
        """Replace what `status` shows of channels in which the bot cannot speak."""
        self.client.set(self.unusable, msgspec.json.encode(channels), ex=self.KEPT_SECONDS)

    def change(self, id: str, name: str | None, *, when: float) -> bool:
        """Give one channel this name, or forget it (None). Return whether that is news.

        `when` is Slack's time of the change (Unix seconds): one that comes after a later change of
        the same channel, because Slack sent it again, is ignored.
        """
        change = [id, name or "", f"{when:.6f}"]
        return bool(self._change(keys=self._keys, args=[*change, self.CHANGES_KEPT_SECONDS]))
