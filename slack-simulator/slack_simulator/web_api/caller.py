"""The app that calls the Web API, with its permissions and its view of the workspace."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

import msgspec

from slack_simulator.interactivity.interactivity import Interactivity
from slack_simulator.interactivity.webhooks import Webhooks
from slack_simulator.socket_mode.socket_mode import SocketMode
from slack_simulator.web_api.installations import Installations
from slack_simulator.web_api.schedule import Schedule
from slack_simulator.web_api.uploads import Uploads
from slack_simulator.web_api.user_groups import UserGroups
from slack_simulator.workspace import shapes
from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import AppIdentity, Conversation, Json, Message, User
from slack_simulator.workspace.workspace import Workspace

STEP_TOKEN = "xwfp-"  # noqa: S105 - it guards nothing
"""What the token of a workflow step begins with; the ID of its execution follows."""

#: All bot scopes that the methods here ask for: the default of an app that declares none. Without
#: chat:write.public, which would hide that the bot has to join a channel before it posts there.
EVERY_SCOPE = (
    *("app_mentions:read", "assistant:write", "bookmarks:read", "bookmarks:write"),
    *("calls:read", "calls:write", "canvases:read", "canvases:write"),
    *("channels:history", "channels:join", "channels:manage", "channels:read"),
    *("chat:write", "chat:write.customize", "code_channels:manage", "commands"),
    *("conversations.connect:manage", "conversations.connect:write", "dnd:read", "emoji:read"),
    *("files:read", "files:write", "groups:history", "groups:read", "groups:write"),
    *("im:history", "im:read", "im:write", "incoming-webhook", "links:read", "links:write"),
    *("metadata.message:read", "mpim:history", "mpim:read", "mpim:write"),
    *("pins:read", "pins:write", "reactions:read", "reactions:write"),
    *("remote_files:read", "remote_files:share", "remote_files:write", "team:read"),
    *("usergroups:read", "usergroups:write", "users.profile:read", "users.profile:write"),
    *("users:read", "users:read.email", "users:write"),
)

#: All scopes for tokens of members, likewise.
EVERY_USER_SCOPE = (
    *(*EVERY_SCOPE, "admin.apps:read", "admin.apps:write", "admin.conversations:write"),
    *("channels:write", "dnd:write"),
    *("identity.basic", "identity.email", "openid", "reminders:read", "reminders:write"),
    *("search:read", "stars:read", "stars:write"),
)

#: What a member's token has in place of a bot's scope.
_USER_SCOPE = {"channels:join": "channels:write", "channels:manage": "channels:write"}

#: The scope prefix of each kind of conversation, as in channels:read and groups:history.
SCOPE_FAMILY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the methods read and change. `executions` are the steps under way, by ID."""

    identity: AppIdentity
    workspace: Workspace
    user_groups: UserGroups
    schedule: Schedule
    uploads: Uploads
    installations: Installations
    interactivity: Interactivity
    webhooks: Webhooks
    socket_mode: SocketMode
    executions: dict[str, Json]
    uninstall: Callable[[], None]


class Caller(Backend, frozen=True, kw_only=True):
    """An app as a caller, with its token and scopes at the time of the call.

    `actor` is its bot, or the member whose token it is.
    """

    actor: User
    token: str
    scopes: AbstractSet[str]
    files_url: str

    @property
    def bot(self) -> User:
        """The user of the app's bot."""
        return self.workspace.users[self.identity.bot_user_id]

    def require(self, scope: str) -> None:
        """Raise `missing_scope`, with Slack's details, unless the scope is granted."""
        if self.actor.bot_id is None:
            scope = _USER_SCOPE.get(scope, scope)
        if scope not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=scope, provided=provided)

    def require_for(self, conversation: Conversation, right: str) -> None:
        """Raise `missing_scope` without `right` (read, history) for this kind of conversation."""
        self.require(f"{SCOPE_FAMILY[conversation.kind]}:{right}")

    def sees(self, conversation: Conversation) -> bool:
        """Return whether the conversation is visible to the caller."""
        return conversation.kind == "channel" or self.actor.id in conversation.members

    def find(self, channel: str) -> Conversation:
        """Return a conversation by its ID. Raise `channel_not_found` if it isn't visible."""
        conversation = self.workspace.conversations.get(channel)
        if conversation is None or not self.sees(conversation):
            raise SlackError("channel_not_found")
        return conversation

    def enter(self, conversation: Conversation) -> Conversation:
        """Return `conversation`. Raise `not_in_channel` if the caller isn't a member."""
        if self.actor.id not in conversation.members:
            raise SlackError("not_in_channel")
        return conversation

    def enter_to_post(self, conversation: Conversation) -> Conversation:
        """Return `conversation`. Raise `not_in_channel` if the caller may not post there."""
        if conversation.kind == "channel" and "chat:write.public" in self.scopes:
            return conversation
        return self.enter(conversation)

    @property
    def execution(self) -> str:
        """The ID of the workflow step whose token it is; empty for other tokens."""
        return self.token.removeprefix(STEP_TOKEN) if self.token.startswith(STEP_TOKEN) else ""

    def record(self, kind: str, id: str, missing: str) -> Json:
        """Return one of the workspace's records. Raise `missing` if there is none."""
        found = self.workspace.records[kind].get(id)
        if found is None:
            raise SlackError(missing)
        return found

    def tell(self, event: Json, conversation: Conversation | None = None) -> None:
        """Send an event about what the caller did to the apps that may see it."""
        with self.workspace.lock:
            what = str(event["type"])
            change = Announced(
                what=what, user=self.actor, events=[event], conversation=conversation
            )
            self.workspace.tell(change)

    def message(self, post: Message, *, metadata: bool = False) -> Json:
        """Return a message as Slack shows it to this app, with its metadata on request."""
        author = self.workspace.users.get(post.user or "") or (
            self.bot if post.bot_id == self.bot.bot_id else None
        )
        shape = shapes.message_for_app(self.identity, post, author=author, files_url=self.files_url)
        if metadata and post.metadata is not None:
            shape["metadata"] = post.metadata
        return shape
