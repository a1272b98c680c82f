"""The types that every part of gopherbot shares. They hold values and do nothing.

A Slack message becomes a `Message`; a rule that fires gets it inside an `Ask` and answers with
`Reply` and `React` values; the executor carries those out. What a handler may need from outside
reaches it through the ports below, so a test calls a handler with plain objects.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol


class MentionKind(enum.Enum):
    """What a piece of Slack markup points at."""

    USER = "user"
    GROUP = "group"
    BROADCAST = "broadcast"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention that was found in a message's text.

    `id` is Slack's id (`U…`, `W…`, `S…`, `C…`); for a broadcast it is the channel's id.
    """

    kind: MentionKind
    id: str


@dataclass(frozen=True, slots=True)
class File:
    """A file shared with a message, as far as Slack told; every field may be empty."""

    id: str = ""
    name: str = ""
    mimetype: str = ""
    filetype: str = ""
    size: int = 0
    url_private_download: str = ""
    created: float = 0.0
    """When it was shared, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message by a human member, ready for matching."""

    event_id: str
    channel: str
    user: str
    ts: str
    """Slack's time stamp, seconds with six decimals; also the message's id within its channel."""
    text: str
    """Without mentions, stripped, HTML escapes undone: for matching, never for sending."""
    raw: str = ""
    """The text exactly as Slack sent it."""
    thread_ts: str | None = None
    mentions: tuple[Mention, ...] = ()
    files: tuple[File, ...] = ()
    code_languages: tuple[str, ...] = ()
    """What the author marked each code block as, in order; "" for one that isn't marked."""
    direct: bool = False
    """In a DM, a group DM or the app home."""
    bot_users: frozenset[str] = frozenset()
    """The bot's own user ids, as far as they are known."""
    edited_ts: str = ""
    """When this text was written, as a `ts`, if it is not the message's first."""

    @property
    def id(self) -> str:
        """What names the message, whatever event tells of it.

        A join of the workspace is named by who joined, any other by its event.
        """
        if self.ts:
            return f"{self.channel}:{self.ts}"
        return f"join:{self.user}" if self.user and not self.channel else self.event_id

    @property
    def version(self) -> str:
        """The `ts` of its text: of two texts the newer one has the higher. "" for a join."""
        return self.edited_ts or self.ts

    @property
    def mentions_bot(self) -> bool:
        """Whether the bot is mentioned anywhere in the message."""
        return any(m.kind is MentionKind.USER and m.id in self.bot_users for m in self.mentions)

    @property
    def addressed(self) -> bool:
        """Whether the member speaks to the bot, rather than beside it."""
        return self.direct or self.mentions_bot

    @property
    def mentioned_users(self) -> tuple[str, ...]:
        """The ids of the users mentioned, in order, each once, without the bot."""
        users = (m.id for m in self.mentions if m.kind is MentionKind.USER)
        return tuple(dict.fromkeys(user for user in users if user not in self.bot_users))


@dataclass(frozen=True, slots=True)
class Card:
    """What frames an attachment of somebody else's text, which is then shown as it is written."""

    title: str
    link: str = ""
    """Where the title leads."""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """Something to say. `text` is Slack mrkdwn; text that came from a member goes through
    `mentions.escape` first.
    """

    text: str
    attachment: str = ""
    """A longer text, sent as an attachment below `text`."""
    card: Card | None = None
    """A title above the attachment and a line below it."""
    mentions: bool = False
    """Put the users that the message mentions in front, so that they are pinged."""
    to_asker: bool = False
    """Put the asker in front."""
    ephemeral: bool = False
    """Only the asker sees it."""
    dm: bool = False
    """Goes to the asker's DM instead of the message's channel."""
    unfurl: bool = False
    """Let Slack show cards for links and media."""
    username: str = ""
    """Post under this name instead of the bot's own."""
    icon: str = ""
    """Post with this picture: `:emoji:`, or the https address of an image."""


@dataclass(frozen=True, slots=True)
class React:
    """An emoji to add to the message; `emoji` is the name without colons."""

    emoji: str


Effect = Reply | React
Effects = Effect | Iterable[Effect] | None
"""What a handler may return."""


class Kind(enum.Enum):
    """The kinds of rule, in the order in which they act."""

    REACTION = "reaction"
    CONTAINS = "contains"
    PREFIX = "prefix"
    COMMAND = "command"
    DYNAMIC = "dynamic"
    TEAM_JOIN = "team_join"
    CHANNEL_JOIN = "channel_join"
    WATCHER = "watcher"


class Channels(Protocol):
    """Looks channels up by the name that content uses."""

    def id_of(self, name: str) -> str | None:
        """Return the id of the public channel with this name (no `#`), or None."""
        ...


class WebFetcher(Protocol):
    """The services outside Slack that a handler may use.

    Both raise `errors.ServiceError`; reading a file also `errors.RetryLater` for what may pass.
    """

    def share_code(self, code: str) -> str:
        """Store Go code in the Playground. Return the address that shows it."""
        ...

    def read_file(self, file: File) -> str:
        """Return the text of a file that a member shared."""
        ...


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One line of help: a command or a prefix."""

    kind: Kind
    trigger: str
    aliases: tuple[str, ...]
    help: str
    also: tuple[str, ...] = ()
    """Other names that work but aren't listed."""


class HelpIndex(Protocol):
    """Every command and prefix there is."""

    def entries(self) -> Sequence[HelpEntry]:
        """Return the commands, sorted, then the prefixes."""
        ...


class NoChannels:
    """Knows no channel: what a test or `gopherbot explain` uses when it has no Slack."""

    def id_of(self, name: str) -> str | None:
        return None


class NoWeb:
    """Reaches nothing outside: the default of an `Ask` in tests."""

    def share_code(self, code: str) -> str:
        raise RuntimeError("this Ask has no web port")

    def read_file(self, file: File) -> str:
        raise RuntimeError("this Ask has no web port")


class NoHelp:
    """An empty help index."""

    def entries(self) -> Sequence[HelpEntry]:
        return ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a handler gets: the message, what follows a prefix, and ways to the outside.

    For a join, the message holds the member and the channel joined ("" for the team), and no text.
    """

    message: Message
    argument: str = ""
    channels: Channels = field(default_factory=NoChannels)
    random: Random = field(default_factory=Random)
    web: WebFetcher = field(default_factory=NoWeb)
    help: HelpIndex = field(default_factory=NoHelp)
