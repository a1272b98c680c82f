"""The private channels that the bot is in, listed at most once in five minutes."""

from __future__ import annotations

import time

from gopherbot.slack.client import Slack

_KEPT_SECONDS = 5 * 60


class PrivateChannels:
    """Finds private channels by name. The channel cache holds public ones only."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._ids: dict[str, str] = {}
        self._read_at = 0.0

    def id_of(self, name: str) -> str | None:
        """Return the id of the private channel with this name or id, if the bot is in it.

        Raise `SlackError`.
        """
        if name not in self._ids or time.monotonic() - self._read_at > _KEPT_SECONDS:
            found = self._slack.private_channels()
            self._ids = {key: each.id for each in found for key in (each.name, each.id)}
            self._read_at = time.monotonic()
        return self._ids.get(name)
