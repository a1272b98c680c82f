"""The users and conversations of a workspace, and the changes to both.

Parameters that name a channel or a user accept an ID or a name.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from slack_simulator import composing
from slack_simulator.workspace.changes import (
    Change,
    JoinedChannel,
    JoinedTeam,
    LeftChannel,
    Opened,
)
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.objects import AppIdentity, Conversation, Message, User
from slack_simulator.workspace.setup import WorkspaceSetup, seed
from slack_simulator.workspace.timestamps import Clock

_CHANNELS = {"channel", "group"}
AnyChange = TypeVar("AnyChange", bound=Change)


class Directory:
    """The users and the conversations of a workspace.

    All methods are thread-safe. `observe` is called under the lock, so that it receives changes in
    the order in which they happened.
    """

    def __init__(
        self, setup: WorkspaceSetup, observe: Callable[[Change], None], clock: Clock, ids: Ids
    ) -> None:
        self.setup = setup
        self.identity = setup.identity
        self.lock = threading.RLock()
        self.users = {user.id: user for user in seed.users(setup)}
        self.conversations = {
            conversation.id: conversation for conversation in seed.conversations(setup)
        }
        self.clock = clock
        self.ids = ids
        self._observe = observe

    # Lookups.

    @property
    def bot(self) -> User:
        """The user of the bot under test."""
        return self.users[self.identity.bot_user_id]

    def user(self, name: str) -> User:
        """Return the user with this ID or name. Raise `user_not_found`."""
        with self.lock:
            known = self.users.get(name)
            known = known or next((u for u in self.users.values() if u.name == name), None)
        if known is None:
            raise SlackError("user_not_found")
        return known

    def conversation(self, name: str) -> Conversation:
        """Return the conversation with this ID, name or `#name`. Raise `channel_not_found`."""
        with self.lock:
            found = self.conversations.get(name) or self._named(name.removeprefix("#"))
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def _named(self, name: str) -> Conversation | None:
        return next((c for c in self.conversations.values() if c.name == name and name), None)

    def compose(self, typed: str) -> str:
        """Return what Slack sends when a member types this."""
        with self.lock:
            users = {user.name: user.id for user in self.users.values()}
            channels = {each.name: each.id for each in self.conversations.values()}
        return composing.compose(typed, user=users.get, channel=channels.get)

    def typed(self, text: str) -> str:
        """Return what a member typed for this text to be sent."""
        with self.lock:
            users = {user.id: user.name for user in self.users.values()}
            channels = {each.id: each.name for each in self.conversations.values()}
        return composing.typed(text, user=users.get, channel=channels.get)

    # Joining, leaving and opening conversations.

    def join_team(self, name: str = "") -> JoinedTeam:
        """Add a new member to the workspace and, as Slack does, to #general.

        `name` defaults to the setup's. A name that is taken gets a number. The e-mail address is
        made from the name.
        """
        name = name or self.setup.page.new_member
        with self.lock:
            taken = {user.name for user in self.users.values()}
            unique, count = name, 1
            while unique in taken:
                count += 1
                unique = f"{name}{count}"
            user = User(
                id=self.ids.new("U0"),
                name=unique,
                real_name=unique.capitalize(),
                email=f"{unique}@{self.identity.domain}.example",
                updated=int(self.clock.now()),
            )
            self.users[user.id] = user
            for conversation in self.conversations.values():
                if conversation.is_general:
                    conversation.members[user.id] = None
            return self.tell(JoinedTeam(user=user))

    def add_bot(self, identity: AppIdentity, channels: Iterable[str] | None) -> User:
        """Add another app's bot, in `channels` or where the first one is. Raise `ValueError`."""
        with self.lock:
            if identity.bot_user_id in self.users:
                raise ValueError(f"there is a {identity.bot_name} in the workspace already")
            everywhere = [each for each in self.conversations.values() if each.kind in _CHANNELS]
            joined = (
                [each for each in everywhere if self.bot.id in each.members]
                if channels is None
                else [self.conversation(name) for name in channels]
            )
            bot = self.users[identity.bot_user_id] = seed.bot(identity)
            for conversation in joined:
                conversation.members[bot.id] = None
            return bot

    def join_channel(
        self, channel: str = "newbies", user: str = "newcomer", *, inviter: str = ""
    ) -> JoinedChannel:
        """Add a member to a channel, perhaps invited. One who is in it silently leaves first."""
        with self.lock:
            conversation, member = self.conversation(channel), self.user(user)
            if conversation.is_archived:
                raise SlackError("is_archived")
            conversation.members.pop(member.id, None)
            conversation.members[member.id] = None
            by = self.user(inviter).id if inviter else None
            ts = self._add_line(conversation, member, "channel_join", "has joined the channel")
            return self.tell(
                JoinedChannel(user=member, conversation=conversation, ts=ts, inviter=by)
            )

    def leave_channel(self, channel: str = "newbies", user: str = "newcomer") -> LeftChannel | None:
        """Remove a member (or the bot) from a channel. Return None if it wasn't in it."""
        with self.lock:
            conversation, member = self.conversation(channel), self.user(user)
            if member.id not in conversation.members:
                return None
            del conversation.members[member.id]
            ts = self._add_line(conversation, member, "channel_leave", "has left the channel")
            return self.tell(LeftChannel(user=member, conversation=conversation, ts=ts))

    def _add_line(self, conversation: Conversation, member: User, subtype: str, did: str) -> str:
        """Add Slack's message about a member to a channel. Return its `ts`."""
        line = Message(
            ts=self.clock.next(),
            channel=conversation.id,
            text=f"<@{member.id}> {did}",
            user=member.id,
            subtype=subtype,
        )
        conversation.add(line)
        return line.ts

    def open_dm(self, user: User, opener: User | None = None) -> Conversation:
        """Return a member's DM with the bot or `opener`, opening it if needed.

        Raise `cannot_dm_bot`.
        """
        if user.bot_id is not None:
            raise SlackError("cannot_dm_bot")
        return self.open_group_dm([user], opener)

    def open_group_dm(self, users: Iterable[User], opener: User | None = None) -> Conversation:
        """Return the direct conversation of exactly these members and the bot, or `opener`."""
        members = dict.fromkeys([(opener or self.bot).id, *(user.id for user in users)])
        kinds = {"im", "mpim"}
        with self.lock:
            for conversation in self.conversations.values():
                if conversation.kind in kinds and conversation.members.keys() == members.keys():
                    return conversation
            conversation = self._new_direct(members)
            self.conversations[conversation.id] = conversation
            self.tell(Opened(conversation=conversation))
            return conversation

    def _new_direct(self, members: dict[str, None]) -> Conversation:
        names = [self.users[member].name for member in members]
        one_to_one = len(members) <= 2
        return Conversation(
            id=self.ids.new("D0" if one_to_one else "G0", 7),
            name="" if one_to_one else f"mpdm-{'--'.join(names)}-1",
            kind="im" if one_to_one else "mpim",
            members=members,
        )

    def tell(self, change: AnyChange) -> AnyChange:
        """Report a change to the observer. The caller holds the lock."""
        change.happened = self.clock.stamp()
        self._observe(change)
        return change
