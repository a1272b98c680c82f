"""What can happen in a workspace. Every one is told to the workspace's observer.

The observer turns a change into entries of the feed and into events for the bot; it leaves the
ids of those events in `event_ids`, the event of the change itself first.
"""

import msgspec

from slack_simulator.workspace.objects import Conversation, Message, User


class Change(msgspec.Struct, kw_only=True):
    """Something that happened."""

    event_ids: list[str] = []

    @property
    def event_id(self) -> str | None:
        """The id of the event that tells the bot of it; None if the bot is not told."""
        return self.event_ids[0] if self.event_ids else None


class AboutMessage(Change, kw_only=True):
    """Something that happened to one message; `author` is who did it."""

    message: Message
    conversation: Conversation
    author: User

    @property
    def ts(self) -> str:
        """The message's `ts`."""
        return self.message.ts

    @property
    def channel(self) -> str:
        """The id of the conversation it is in."""
        return self.conversation.id


class Posted(AboutMessage, kw_only=True):
    """A message everyone in the conversation sees."""


class EphemeralPosted(AboutMessage, kw_only=True):
    """A message that only `message.ephemeral_to` sees."""


class Edited(AboutMessage, kw_only=True):
    """A message was changed; `before` is what stood there, `at` the `ts` of the change.

    The parent of a thread that is deleted is changed, too: into a tombstone.
    """

    before: Message
    at: str


class Deleted(AboutMessage, kw_only=True):
    """A message was taken away; `at` is the `ts` of that."""

    at: str


class Reacted(AboutMessage, kw_only=True):
    """`author` put an emoji on a message."""

    emoji: str


class Unreacted(AboutMessage, kw_only=True):
    """`author` took an emoji off a message."""

    emoji: str


class JoinedTeam(Change, kw_only=True):
    """Someone new came to the workspace."""

    user: User


class JoinedChannel(Change, kw_only=True):
    """A member came to a channel; `ts` is that of Slack's own line about it there."""

    user: User
    conversation: Conversation
    ts: str


class ChannelChanged(Change, kw_only=True):
    """A public channel came, went or got another name; every app hears of it, in it or not.

    `what` is the end of the event's type: created, rename, archive, unarchive, deleted.
    """

    what: str
    user: User
    conversation: Conversation


class EmojiChanged(Change, kw_only=True):
    """A custom emoji was added, or with `added` false taken away."""

    name: str
    added: bool = True


class Opened(Change, kw_only=True):
    """A DM or group DM was opened for the first time."""

    conversation: Conversation
