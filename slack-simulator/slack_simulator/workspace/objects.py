"""The objects of a workspace: people, conversations, messages and files.

They are plain values. shapes.py converts them to Slack's JSON, and workspace.py holds the rules for
changing them.
"""

from collections import deque
from typing import Any, Literal

import msgspec

from slack_simulator.blocks import attachments

Json = dict[str, Any]

#: The values of an event's `channel_type`: public channel, private channel, DM, group DM.
Kind = Literal["channel", "group", "im", "mpim"]

MESSAGES_KEPT = 20_000
EPHEMERALS_KEPT = 1_000


class AppIdentity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The identity of the app under test and of its workspace."""

    team_id: str = "T0WORKSPACE"
    app_id: str = "A0APP"
    verification_token: str = "simulated-verification-token"  # noqa: S105 - it guards nothing
    team_name: str = "Workspace"
    domain: str = "workspace"
    bot_user_id: str = "U0BOT"
    bot_id: str = "B0BOT"
    bot_name: str = "bot"


class User(msgspec.Struct, kw_only=True):
    """A member or a bot. Only bots have a `bot_id`."""

    id: str
    name: str
    real_name: str
    email: str = ""
    bot_id: str | None = None
    app_id: str | None = None
    is_admin: bool = False
    is_guest: bool = False
    is_deleted: bool = False
    is_away: bool = False
    profile: Json = {}
    """Fields of the profile that were set, such as `title` and `status_text`."""
    updated: int = 1_400_000_000


class File(msgspec.Struct, kw_only=True):
    """An uploaded file. The Web API doesn't know it before `visible_at` (monotonic seconds)."""

    id: str
    name: str
    title: str
    mimetype: str
    filetype: str
    pretty_type: str
    content: bytes
    user: str
    created: int
    visible_at: float = 0.0
    channels: list[str] = []
    """The IDs of the conversations it is shared in."""
    more: Json = {}
    """Further fields of Slack's file object, which canvases and remote files have."""


class Draft(msgspec.Struct, kw_only=True):
    """The content of a message before it is posted."""

    text: str = ""
    attachments: list[Json] = []
    blocks: list[Json] = []
    metadata: Json | None = None
    username: str | None = None
    icon_emoji: str | None = None
    icon_url: str | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    files: list[File] = []
    thread_ts: str | None = None
    broadcast: bool = False
    is_about_author: bool = False
    """Whether it is written as `/me` does."""
    client_msg_id: str | None = None
    app: "User | None" = None
    """The bot of the app that posts it, with the bot's token or a member's."""
    execution: str = ""
    """The ID of the workflow step that posts it, if one does."""
    ts: str | None = None
    """Set to backdate or postdate the message; None for the clock's next `ts`."""


class Message(msgspec.Struct, kw_only=True):
    """A message in a conversation. `ephemeral_to` is the only reader of an ephemeral message."""

    ts: str
    channel: str
    text: str
    user: str | None
    bot_id: str | None = None
    app_id: str | None = None
    subtype: str | None = None
    client_msg_id: str | None = None
    username: str | None = None
    icon_emoji: str | None = None
    icon_url: str | None = None
    thread_ts: str | None = None
    parent_user: str | None = None
    attachments: list[Json] = []
    blocks: list[Json] = []
    metadata: Json | None = None
    files: list[File] = []
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    edited: Json | None = None
    ephemeral_to: str | None = None
    execution: str = ""
    more: Json = {}
    """Further fields of Slack's message object, which some subtypes have."""
    reactions: dict[str, list[str]] = {}
    """Emoji name → the users who reacted with it, in order."""
    replies: list[str] = []
    """The `ts` of each reply, oldest first; only a thread's parent has any."""
    reply_users: list[str] = []

    @property
    def all_blocks(self) -> list[Json]:
        """The blocks of the message and of its attachments, also for their buttons and menus."""
        found = list(self.blocks)
        for number, each in enumerate(self.attachments, 1):
            found += [*(each.get("blocks") or ()), *attachments.controls(each, number)]
        return found

    @property
    def is_reply(self) -> bool:
        """Whether the message is a thread reply. A thread's parent isn't one."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def in_history(self) -> bool:
        """Whether the message shows in the channel itself, not only in a thread."""
        return not self.is_reply or self.subtype == "thread_broadcast"


class Conversation(msgspec.Struct, kw_only=True):
    """A channel, private channel, DM or group DM with its messages."""

    id: str
    name: str
    kind: Kind = "channel"
    topic: str = ""
    purpose: str = ""
    described: dict[str, tuple[str, int]] = {}
    """`topic`, `purpose` → who set it and when, in Unix seconds."""
    creator: str = "U0MODERATOR"
    created: int = 1_400_000_000
    is_general: bool = False
    is_archived: bool = False
    connected_team: str = ""
    """The other workspace that the channel is shared with, by Slack Connect."""
    pins: dict[str, Json] = {}
    """`ts` → `created` and `created_by` of each pinned message."""
    bookmarks: dict[str, Json] = {}
    """ID → Slack's bookmark object."""
    members: dict[str, None] = {}
    """The IDs of the members in joining order, used as an ordered set."""
    messages: dict[str, Message] = {}
    """`ts` → message, oldest first, including thread replies."""
    ephemerals: deque[Message] = msgspec.field(
        default_factory=lambda: deque(maxlen=EPHEMERALS_KEPT)
    )

    def add(self, message: Message) -> None:
        """Insert a message in `ts` order and evict the oldest beyond `MESSAGES_KEPT`."""
        out_of_order = bool(self.messages) and message.ts < next(reversed(self.messages))
        self.messages[message.ts] = message
        if out_of_order:
            self.messages = dict(sorted(self.messages.items()))
        while len(self.messages) > MESSAGES_KEPT:
            del self.messages[next(iter(self.messages))]
