"""The app that calls the Web API: what it may do and see."""

from collections.abc import Set as AbstractSet

import msgspec

from slack_simulator.interactivity.interactivity import Interactivity
from slack_simulator.socket_mode.socket_mode import SocketMode
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import AppIdentity, Conversation, Json, Message, User
from slack_simulator.workspace.workspace import Workspace

#: What the app under test is granted unless told otherwise: the scopes its documentation asks for.
DEFAULT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "files:read",
    "groups:history",
    "im:history",
    "im:write",
    "metadata.message:read",
    "mpim:history",
    "reactions:read",
    "reactions:write",
    "users:read",
)

#: What the scopes of a kind of conversation are called: channels:read, groups:history and so on.
SCOPE_FAMILY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls: always the bot under test, with the scopes it has at the moment."""

    workspace: Workspace
    scopes: AbstractSet[str]
    files_url: str
    interactivity: Interactivity
    socket_mode: SocketMode

    @property
    def identity(self) -> AppIdentity:
        """The app's and the workspace's ids."""
        return self.workspace.identity

    @property
    def bot(self) -> User:
        """The bot's own user."""
        return self.workspace.bot

    def require(self, scope: str) -> None:
        """`missing_scope`, as Slack words it, unless the scope was granted."""
        if scope not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=scope, provided=provided)

    def require_for(self, place: Conversation, right: str) -> None:
        """`missing_scope` unless granted `right` (read, history) for this kind of conversation."""
        self.require(f"{SCOPE_FAMILY[place.kind]}:{right}")

    def sees(self, place: Conversation) -> bool:
        """Whether the bot can know that this conversation exists."""
        return place.kind == "channel" or self.bot.id in place.members

    def find(self, channel: str) -> Conversation:
        """Return a conversation by its id. Raise `channel_not_found` if the bot cannot see it."""
        place = self.workspace.conversations.get(channel)
        if place is None or not self.sees(place):
            raise SlackError("channel_not_found")
        return place

    def enter(self, place: Conversation) -> Conversation:
        """Return the same conversation if the bot is in it. Else raise `not_in_channel`."""
        if self.bot.id not in place.members:
            raise SlackError("not_in_channel")
        return place

    def message(self, post: Message, *, metadata: bool = False) -> Json:
        """Return a message as Slack shows it to this app, with its metadata if that is asked."""
        author = self.workspace.users.get(post.user or "") or (
            self.bot if post.bot_id == self.bot.bot_id else None
        )
        shape = shapes.message(self.identity, post, author=author, files_url=self.files_url)
        if metadata and post.metadata is not None:
            shape["metadata"] = post.metadata
        return shape
