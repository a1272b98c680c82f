"""Making, changing and removing channels and emoji. The default actor is a moderator."""

from slack_simulator.workspace.changes import ChannelChanged, EmojiChanged, Posted
from slack_simulator.workspace.directory import Directory
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Message, User

LONGEST_NAME = 80
LONGEST_TOPIC = 250


class Channels(Directory):
    """A directory whose channels can be changed."""

    def add_channel(
        self,
        name: str,
        *,
        archived: bool = False,
        user: str = "moderator",
        purpose: str = "",
        private: bool = False,
        first: User | None = None,
    ) -> Conversation:
        """Create a channel with one member: `first`, or the bot. Raise `name_taken`."""
        with self.lock:
            if self._named(name):
                raise SlackError("name_taken")
            maker = self.user(user)
            conversation = Conversation(
                id=self.ids.new("C0", 7),
                name=name,
                kind="group" if private else "channel",
                purpose=purpose,
                creator=maker.id,
                created=int(self.clock.now()),
                is_archived=archived,
                members={(first or self.bot).id: None},
            )
            self.conversations[conversation.id] = conversation
            self.tell(ChannelChanged(what="created", user=maker, conversation=conversation))
            return conversation

    def rename_channel(self, channel: str, name: str, user: str = "moderator") -> ChannelChanged:
        """Rename a channel. Raise `name_taken`."""
        with self.lock:
            if self._named(name):
                raise SlackError("name_taken")
            conversation = self.conversation(channel)
            conversation.name = name
            change = ChannelChanged(what="rename", user=self.user(user), conversation=conversation)
            return self.tell(change)

    def archive_channel(
        self, channel: str, *, archived: bool = True, user: str = "moderator"
    ) -> ChannelChanged:
        """Archive a channel, or unarchive it with `archived=False`."""
        with self.lock:
            conversation = self.conversation(channel)
            conversation.is_archived = archived
            what = "archive" if archived else "unarchive"
            return self.tell(
                ChannelChanged(what=what, user=self.user(user), conversation=conversation)
            )

    def delete_channel(self, channel: str, user: str = "moderator") -> ChannelChanged:
        """Delete a channel and its messages."""
        with self.lock:
            conversation = self.conversation(channel)
            del self.conversations[conversation.id]
            change = ChannelChanged(what="deleted", user=self.user(user), conversation=conversation)
            return self.tell(change)

    def add_emoji(self, name: str, *, added: bool = True) -> EmojiChanged:
        """Announce a custom emoji as added or removed. `custom_emoji` doesn't change."""
        with self.lock:
            return self.tell(EmojiChanged(name=name, added=added))

    def set_topic(self, channel: str, topic: str, user: str = "moderator") -> Posted:
        """Set a channel's topic. Slack posts a message about it. Raise `too_long`."""
        with self.lock:
            conversation = self._describable(channel, topic)
            conversation.topic = topic
            return self._announce_in(conversation, user, "channel_topic", "topic", topic)

    def set_purpose(self, channel: str, purpose: str, user: str = "moderator") -> Posted:
        """Set a channel's purpose. Slack posts a message about it. Raise `too_long`."""
        with self.lock:
            conversation = self._describable(channel, purpose)
            conversation.purpose = purpose
            return self._announce_in(conversation, user, "channel_purpose", "purpose", purpose)

    def _describable(self, channel: str, text: str) -> Conversation:
        conversation = self.conversation(channel)
        if conversation.is_archived:
            raise SlackError("is_archived")
        if len(text) > LONGEST_TOPIC:
            raise SlackError("too_long")
        return conversation

    def _announce_in(
        self, conversation: Conversation, user: str, subtype: str, what: str, text: str
    ) -> Posted:
        member = self.user(user)
        conversation.described[what] = (member.id, int(self.clock.now()))
        line = Message(
            ts=self.clock.next(),
            channel=conversation.id,
            text=f"<@{member.id}> set the channel {what}: {text}",
            user=member.id,
            subtype=subtype,
            more={what: text},
        )
        conversation.add(line)
        return self.tell(Posted(message=line, conversation=conversation, author=member))
