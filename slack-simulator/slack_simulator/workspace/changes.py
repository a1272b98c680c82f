"""The changes that can happen in a workspace. Its observer receives each of them.

The observer turns a change into a feed entry and events for the bot. It stores the IDs of those
events in `event_ids`, the main event first.
"""

import msgspec

from slack_simulator.workspace.objects import Conversation, Json, Message, User


class Change(msgspec.Struct, kw_only=True):
    """A change in the workspace."""

    event_ids: list[str] = []
    happened: str = ""
    """When, as an `event_ts`; set when the change is reported."""

    @property
    def event_id(self) -> str | None:
        """The ID of the main event that was sent to the bot; None if no event was sent."""
        return self.event_ids[0] if self.event_ids else None


class AboutMessage(Change, kw_only=True):
    """A change to one message, made by `author`."""

    message: Message
    conversation: Conversation
    author: User

    @property
    def ts(self) -> str:
        """The message's `ts`."""
        return self.message.ts

    @property
    def channel(self) -> str:
        """The ID of the message's conversation."""
        return self.conversation.id


class Posted(AboutMessage, kw_only=True):
    """A message was posted for everyone in the conversation."""


class EphemeralPosted(AboutMessage, kw_only=True):
    """A message was posted that only `message.ephemeral_to` sees."""


class Edited(AboutMessage, kw_only=True):
    """A message was edited. `before` is the old message, `at` the `ts` of the edit.

    Deleting the parent of a thread is an edit too: it turns the parent into a tombstone.
    """

    before: Message
    at: str


class Deleted(AboutMessage, kw_only=True):
    """A message was deleted. `at` is the `ts` of the deletion."""

    at: str


class Reacted(AboutMessage, kw_only=True):
    """`author` added a reaction to a message."""

    emoji: str


class Unreacted(AboutMessage, kw_only=True):
    """`author` removed a reaction from a message."""

    emoji: str


class JoinedTeam(Change, kw_only=True):
    """A new member joined the workspace."""

    user: User


class JoinedChannel(Change, kw_only=True):
    """A member joined a channel, invited by `inviter` (an ID) if that is set.

    `ts` is that of Slack's message about it in the channel.
    """

    user: User
    conversation: Conversation
    ts: str
    inviter: str | None = None


class LeftChannel(Change, kw_only=True):
    """A member left a channel. `ts` is that of Slack's message about it in the channel."""

    user: User
    conversation: Conversation
    ts: str


class ChannelChanged(Change, kw_only=True):
    """A public channel was created, renamed, archived, unarchived or deleted.

    Slack notifies every app, including those not in the channel. `what` is the end of the event's
    type: created, rename, archive, unarchive, deleted.
    """

    what: str
    user: User
    conversation: Conversation


class EmojiChanged(Change, kw_only=True):
    """A custom emoji was added, or removed if `added` is false."""

    name: str
    added: bool = True


class Announced(Change, kw_only=True):
    """Something beside messages changed: a pin, a bookmark, a file, a profile, a user group.

    `what` names the change, usually as its main event does. `events` are the inner events without
    `event_ts`, the main one first. Without `conversation`, every app gets them.
    """

    what: str
    user: User
    events: list[Json] = []
    conversation: Conversation | None = None


class Opened(Change, kw_only=True):
    """A DM or group DM was opened for the first time."""

    conversation: Conversation
