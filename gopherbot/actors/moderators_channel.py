"""The moderators' channel, looked at before each post: it must be private, with the bot in it.

The id that its name first resolved to is kept, so renaming the channel and reusing its name doesn't
divert what is meant for the moderators.
"""

from __future__ import annotations

import redis

from gopherbot.slack.client import Slack
from gopherbot.slack.errors import Rejected
from gopherbot.storage import keys
from gopherbot.storage.client import text

_LOOKUP = "conversations.info"


class ModeratorsChannel:
    """A private channel, by the name or the id that `moderation.toml` has."""

    def __init__(self, slack: Slack, client: redis.Redis, app: str, name: str) -> None:
        self.slack = slack
        self.client = client
        self.name = name
        self._key = keys.moderators_channel(app, name)

    def id(self) -> str:
        """Return the channel's id if what only moderators may read can be posted there.

        Raise `Rejected`, with an error code, or another `SlackError`.
        """
        known = self.client.get(self._key)
        id = text(known) if known else self._found()
        channel = self.slack.channel(id)
        if channel is None:
            raise Rejected(_LOOKUP, "is_archived")
        if not channel.is_private:
            raise Rejected(_LOOKUP, "not_private")
        if not channel.is_member:
            raise Rejected(_LOOKUP, "not_in_channel")
        if channel.is_shared:
            raise Rejected(_LOOKUP, "is_shared")
        return id

    def _found(self) -> str:
        for channel in self.slack.private_channels():
            if self.name in (channel.name, channel.id):
                self.client.set(self._key, channel.id, nx=True)
                kept = self.client.get(self._key)
                return text(kept) if kept else channel.id
        raise Rejected("conversations.list", "channel_not_found")
