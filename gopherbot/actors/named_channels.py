"""Tells which of the named channels a message is in, without asking Redis each time."""

from __future__ import annotations

import time
from collections.abc import Iterable

from gopherbot.model import Channels

_FRESH_SECONDS = 60.0
"""How long the ids of the channels are taken to be right."""
_UNKNOWN_SECONDS = 0.1
"""The same while no id is known, because a job has yet to fill the channel cache."""


class NamedChannels:
    """Public channels of these names."""

    def __init__(self, names: Iterable[str], channels: Channels) -> None:
        self._wanted = tuple(names)
        self._channels = channels
        self._names: dict[str, str] = {}
        self._read_at = 0.0

    def name_of(self, channel: str) -> str | None:
        """Return the name of the channel with this id; None if it's none of them."""
        if not self._wanted:
            return None
        fresh = _FRESH_SECONDS if self._names else _UNKNOWN_SECONDS
        if time.monotonic() - self._read_at > fresh:
            ids = {self._channels.id_of(name): name for name in self._wanted}
            self._names = {id: name for id, name in ids.items() if id}
            self._read_at = time.monotonic()
        return self._names.get(channel)
