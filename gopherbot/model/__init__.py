"""Types shared by every part of gopherbot: plain values without behaviour.

A Slack message becomes a `Message`. A rule that fires receives it inside an `Ask` and returns
`Reply` and `React` values, which the executor carries out. A handler reaches the outside world
only through the ports (`model/ports.py`), so tests can call it with plain objects.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

import msgspec

from gopherbot import renamed
from gopherbot.model.ports import Channels as Channels
from gopherbot.model.ports import CodeCheck as CodeCheck
from gopherbot.model.ports import File as File
from gopherbot.model.ports import Files as Files
from gopherbot.model.ports import HasMember as HasMember
from gopherbot.model.ports import HelpDesk as HelpDesk
from gopherbot.model.ports import HelpEntry as HelpEntry
from gopherbot.model.ports import JsonApis as JsonApis
from gopherbot.model.ports import Kind as Kind
from gopherbot.model.ports import NoChannels as NoChannels
from gopherbot.model.ports import NoHelpDesk as NoHelpDesk
from gopherbot.model.ports import NoWeb as NoWeb
from gopherbot.model.ports import Overlooked as Overlooked
from gopherbot.model.ports import Playground as Playground
from gopherbot.model.ports import Shape as Shape


class MentionKind(enum.Enum):
    """What a mention refers to."""

    USER = "user"
    GROUP = "group"
    BROADCAST = "broadcast"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention in a message's text.

    `id` is Slack's id (`U…`, `W…`, `S…`, `C…`). For a broadcast, it is the channel's id.
    """

    kind: MentionKind
    id: str


class Message(msgspec.Struct, frozen=True):
    """A message from a human member, ready for matching."""

    event_id: str
    channel: str
    user: str
    ts: str
    """Slack's timestamp, seconds with six decimals. It identifies the message in its channel."""
    text: str
    """The text for matching: no mentions, stripped, HTML escapes undone. Never send it."""
    raw: str = ""
    """The text exactly as Slack sent it."""
    thread_ts: str | None = None
    mentions: tuple[Mention, ...] = ()
    files: tuple[File, ...] = ()
    code_languages: tuple[str, ...] = ()
    """The language the author chose for each code block, in order; "" if none."""
    direct: bool = False
    """Whether it was sent in a DM, a group DM or the app home."""
    alone: bool = False
    """Whether nobody but the bot reads it there."""
    bot_users: frozenset[str] = frozenset()
    """The bot's own user ids that are known."""
    edited_ts: str = ""
    """The `ts` of the edit that produced this text; "" if the message wasn't edited."""

    @property
    def id(self) -> str:
        """The message's id, the same in every event about the message.

        A workspace join is identified by the new member, a channel join by its event.
        """
        if self.ts:
            return f"{self.channel}:{self.ts}"
        return f"join:{self.user}" if self.user and not self.channel else self.event_id

    @property
    def version(self) -> str:
        """The `ts` of the current text, which rises with every edit; "" for a join."""
        return self.edited_ts or self.ts

    @property
    def mentions_bot(self) -> bool:
        """Whether the message mentions the bot anywhere."""
        # Asked for by every rule of every message, nearly always without a mention.
        return bool(self.mentions) and any(
            m.kind is MentionKind.USER and m.id in self.bot_users for m in self.mentions
        )

    @property
    def addressed(self) -> bool:
        """Whether the member is talking to the bot: in a direct conversation or by a mention."""
        return self.direct or self.mentions_bot

    @property
    def mentioned_users(self) -> tuple[str, ...]:
        """The ids of the mentioned users, in order, without duplicates and without the bot."""
        users = (m.id for m in self.mentions if m.kind is MentionKind.USER)
        return tuple(dict.fromkeys(user for user in users if user not in self.bot_users))


@dataclass(frozen=True, slots=True)
class Card:
    """A frame for an attachment that quotes text from elsewhere. The text is shown verbatim."""

    title: str
    link: str = ""
    """The address that the title links to."""
    footer: str = ""


class Audience(enum.StrEnum):
    """Who sees a reply: all in the message's channel, the asker alone there, or the asker by DM."""

    CHANNEL = "channel"
    ASKER_ONLY = "asker only"
    DM = "dm"


@dataclass(frozen=True, slots=True)
class Persona:
    """The name and icon that a reply is posted with, instead of the bot's own."""

    name: str = ""
    icon: str = ""
    """`:emoji:`, or the https address of an image."""


def _without_old_flags(keywords: dict[str, Any]) -> None:
    """Replace the flags that `Reply` had before `to` and `persona`."""
    for flag, audience in (("ephemeral", Audience.ASKER_ONLY), ("dm", Audience.DM)):
        if keywords.pop(flag, False):
            renamed.warn(
                f"Reply(…, {flag}=True)", f"Reply(…, to=Audience.{audience.name})", stacklevel=4
            )
            if keywords.setdefault("to", audience) is not audience:
                raise ValueError(f"a reply can't be both {flag} and to {keywords['to']}")
    if keywords.keys() & {"username", "icon"}:
        renamed.warn(
            "Reply(…, username=…, icon=…)", "Reply(…, persona=Persona(name, icon))", stacklevel=4
        )
        name, icon = keywords.pop("username", ""), keywords.pop("icon", "")
        keywords["persona"] = Persona(name, icon) if name or icon else None
    if "to_asker" in keywords:
        renamed.warn("Reply(…, to_asker=…)", "Reply(…, mention_asker=…)", stacklevel=4)
        keywords["mention_asker"] = keywords.pop("to_asker")


class Use(enum.StrEnum):
    """What became of an answer, a suggestion or a term: counted without names."""

    SHOWN = "shown"
    SHARED = "shared"
    """Its asker had the private answer posted for all."""
    SUGGESTED = "suggested"
    TAKEN_BACK = "taken back"


@renamed.arguments(_without_old_flags)
@dataclass(frozen=True, slots=True)
class Reply:
    """Something to say. `text` is Slack mrkdwn: escape a member's text with
    `gopherbot.slack.markup.escape`.
    """

    text: str
    attachment: str = ""
    """A longer text, sent as an attachment below `text`."""
    card: Card | None = None
    """A title above the attachment and a footer below it."""
    mentions: bool = False
    """Start with mentions of the users that the message mentions, so that Slack pings them."""
    mention_asker: bool = False
    """Start with a mention of the asker."""
    to: Audience = Audience.CHANNEL
    unfurl: bool = False
    """Let Slack show previews of links and media."""
    persona: Persona | None = None
    once_a_day: bool = False
    """Show it to a member only if the same rule showed none in the last day. For the asker only."""
    shared: Reply | None = None
    """What is posted for all to see if the asker shares a reply that only the asker sees."""
    share_button: bool = False
    """Offer a button for that. It takes `text` of at most 3,000 characters."""
    uses: tuple[tuple[Use, str], ...] = field(default=(), compare=False)
    """What to count once Slack has it: a use, and a name of the content, never a member's words.
    If there's nothing, the trigger of the command or prefix counts as shown."""

    def __post_init__(self) -> None:
        """Raise `TypeError` if a text isn't a string, `ValueError` for what Slack would drop."""
        for text in (self.text, self.attachment):
            if not isinstance(text, str):
                raise TypeError(f'Reply was given {text!r} for a text: write f"…{{value}}…"')
        private = ("shared", "share_button", "once_a_day")
        for name in ("unfurl", "persona") if self.to is Audience.ASKER_ONLY else private:
            if getattr(self, name):
                raise ValueError(f"a reply to the {self.to} can't have {name!r}: drop one of them")


@dataclass(frozen=True, slots=True)
class React:
    """An emoji to add to the message; `emoji` is the name without colons."""

    emoji: str


Effect = Reply | React
Effects = Effect | Iterable[Effect] | None
"""What a handler may return."""


class HelpIndex(Protocol):
    """All commands and prefixes."""

    def entries(self) -> Sequence[HelpEntry]:
        """Return the commands, sorted, then the prefixes."""

    def answer(self, text: str, ask: Ask) -> Effects:
        """Return what a command or a prefix answers to this text; None if it's neither."""


class NoHelp:
    """An empty help index."""

    def entries(self) -> Sequence[HelpEntry]:
        return ()

    def answer(self, text: str, ask: Ask) -> Effects:
        return None


@dataclass(frozen=True, slots=True)
class Ask:
    """A handler's input: the message, the text after a prefix, and the ports.

    For a join, the message has no text. It holds the member and the channel ("" for the workspace).
    """

    message: Message
    argument: str = ""
    channels: Channels = field(default_factory=NoChannels)
    random: Random = field(default_factory=Random)
    playground: Playground = field(default_factory=NoWeb)
    files: Files = field(default_factory=NoWeb)
    apis: JsonApis = field(default_factory=NoWeb)
    help: HelpIndex = field(default_factory=NoHelp)
    help_desk: HelpDesk = field(default_factory=NoHelpDesk)
    in_group: HasMember = lambda group, user: False
    found_nothing: Callable[[Iterable[str]], None] = lambda words: None
    """Counts words for which there's no answer."""

    @property
    def web(self) -> Any:
        """The old name of `playground` and `files`."""
        renamed.warn("ask.web", "ask.playground and ask.files")
        return self.playground
