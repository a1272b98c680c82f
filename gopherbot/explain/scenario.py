"""The message to explain: what a member types, and where.

There is no workspace here, so ids are derived from names. What is typed becomes the markup that
Slack sends, by https://docs.slack.dev/messaging/formatting-message-text: links everywhere, mentions
outside code. The simulated Slack, which knows no bot, composes for itself; `tests/test_testing.py`
compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from zlib import crc32

from gopherbot.model import Message
from gopherbot.slack import events, markup

Lookup = Callable[[str], str | None]
"""Return the id of a name, or None if it is unknown."""

# Slack knows every top-level domain. These are common ones, and those that Go code looks like.
_TOP = (
    "com|org|net|edu|gov|info|dev|app|blog|page|io|name|"
    "as|at|be|ch|co|de|do|fm|fr|gg|id|in|is|it|me|nl|py|rs|sh|so|to|tv|uk|us"
)
_HOST = rf"(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP})(?![\w-]|\.\w)"
_INSIDE, _LAST = r"[^\s<>|`]", r"[^\s<>|`.,;:!?)\]'\"]"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

_LINKS = (
    rf"(?P<url>https?://{_INSIDE}*{_LAST})"
    rf"|(?<![\w.@+-])(?P<mail>[\w.+-]{{1,64}}@{_HOST})"
    rf"|(?<![\w.@-])(?P<site>{_HOST}(?::\d{{1,5}})?(?:/(?:{_INSIDE}*{_LAST})?)?)"
    r"|(?P<escape>[&<>])"
)
_MENTIONS = r"(?<![\w.])@(?P<user>[^\W\d_](?:[\w.-]*\w)?)|(?<![\w&])\#(?P<channel>\w(?:[\w-]*\w)?)"
_IN_CODE = re.compile(_LINKS, re.IGNORECASE)
_IN_TEXT = re.compile(f"{_MENTIONS}|{_LINKS}", re.IGNORECASE)
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_BROADCASTS = frozenset({"here", "channel", "everyone"})

ChannelKind = Literal["public", "private", "dm", "group-dm"]

_TYPES: dict[ChannelKind, str] = {
    "public": "channel",
    "private": "group",
    "dm": "im",
    "group-dm": "mpim",
}
_FILETYPES = {"txt": "text"}
"""Slack's file types that differ from the file's extension: https://docs.slack.dev/reference/objects/file-object."""
_MARKUP = re.compile(
    r"<(?:@(?P<user>\w+)|#(?P<channel>\w+)|(?P<link>[a-z]+:[^<>|]*))(?:\|(?P<label>[^<>]*))?>"
)


def compose(typed: str, *, user: Lookup, channel: Lookup) -> str:
    """Return typed text as Slack sends it.

    Escape `&`, `<` and `>`; mark up links, mentions and channels. Leave unknown names unchanged.
    """

    def live(found: re.Match[str]) -> str:
        kind, plain = found.lastgroup, found[0].translate(_ESCAPES)
        if kind == "user":
            if found["user"] in _BROADCASTS:
                return f"<!{found['user']}>"
            id = user(found["user"])
            return f"<@{id}>" if id else plain
        if kind == "channel":
            id = channel(found["channel"])
            return f"<#{id}|{found['channel']}>" if id else plain
        if kind == "escape":
            return plain
        if kind == "url":
            return f"<{plain}>"
        return f"<{'mailto:' if kind == 'mail' else 'http://'}{plain}|{plain}>"

    pieces = _CODE.split(typed)
    # Every second piece is code, captured by the pattern.
    return "".join(
        (_IN_CODE if number % 2 else _IN_TEXT).sub(live, piece)
        for number, piece in enumerate(pieces)
    )


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where a message is written, and how the bot runs."""

    kind: ChannelKind = "public"
    channel: str = "general"
    user: str = "you"
    """The author's name."""
    addressed: bool | None = None
    """Whether the bot is addressed; None leaves it to the text. In a DM it always is."""
    shadow: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    """Files shared with the message: their names and texts."""
    groups: frozenset[str] = frozenset()
    """The ids of the user groups that the author is a member of."""
    bot: str = ""
    """The bot's id in a text as Slack sent it; "" if the text is as a member types it."""

    @property
    def direct(self) -> bool:
        """Return whether every message there is addressed to the bot."""
        return _TYPES[self.kind] in events.DIRECT_CHANNELS


class Names:
    """The channels and members of a simulated workspace. Also the port through which content
    looks up channels.
    """

    def __init__(self, bot: str, channels: Iterable[str]) -> None:
        self.bot = bot
        self.bot_id = _id("U", bot)
        self._ids = {name: _id("C", name) for name in channels}
        self._names = {id: f"#{name}" for name, id in self._ids.items()} | {self.bot_id: f"@{bot}"}

    def id_of(self, name: str) -> str | None:
        """Return the id of a known channel, or None."""
        return self._ids.get(name)

    def channel(self, name: str) -> str:
        """Return the id of the channel that a message is in, which is known from now on."""
        return self._remember(self._ids.setdefault(name, _id("C", name)), f"#{name}")

    def user(self, name: str) -> str:
        if name.casefold() in (self.bot.casefold(), "gopherbot"):
            return self.bot_id
        return self._remember(_id("U", name), f"@{name}")

    def sent(self, typed: str) -> str:
        """Return what Slack sends when a member types this."""
        return compose(typed, user=self.user, channel=self.id_of)

    def read(self, text: str) -> str:
        """Return what members read when the bot sends this."""
        return markup.unescape(_MARKUP.sub(self._shown, text))

    def known(self) -> dict[str, str]:
        """Return every name used so far, without its `@` or `#`, by id."""
        return {id: name[1:] for id, name in self._names.items()}

    def _shown(self, match: re.Match[str]) -> str:
        if id := match["user"] or match["channel"]:
            return self._names.get(id, match[0])
        return f"{match['label']} ({match['link']})" if match["label"] else match["link"]

    def _remember(self, id: str, name: str) -> str:
        self._names.setdefault(id, name)
        return id


def channel_type(kind: ChannelKind) -> str:
    """Return what Slack calls such a channel in an event."""
    return _TYPES[kind]


def message(text: str, scenario: Scenario, names: Names, event_id: str) -> Message:
    """Return the message that the bot sees when a member types this text there."""
    bot = markup.user(names.bot_id)
    sent = text.replace(markup.user(scenario.bot), bot) if scenario.bot else names.sent(text)
    if scenario.addressed is False:
        sent = sent.replace(bot, "")
    elif scenario.addressed and bot not in sent:
        sent = f"{bot} {sent}"
    event = events.MessageEvent(
        # Random choices are seeded by the message, which its timestamp identifies.
        ts=f"1700000000.{crc32(event_id.encode()) % 10**6:06d}",
        user=names.user(scenario.user),
        channel=names.channel(scenario.channel),
        channel_type=_TYPES[scenario.kind],
        text=sent,
        files=[_file(name, content) for name, content in scenario.files.items()],
    )
    envelope = events.Envelope(event_id, event)
    seen = events.to_message(envelope, frozenset({names.bot_id}))
    if seen is None:
        raise ValueError("the bot does not read its own messages")
    return seen


def _file(name: str, content: str) -> events.FileShared:
    ending = name.rpartition(".")[2]
    return events.FileShared(
        id=name,
        name=name,
        mimetype="text/plain",
        filetype=_FILETYPES.get(ending, ending),
        size=len(content.encode()),
        url_private_download=f"https://files.slack.com/files-pri/T0-F0/download/{name}",
    )


@lru_cache
def _id(letter: str, name: str) -> str:
    """Return an id that looks like Slack's; a name that is an id already is returned as is."""
    if re.fullmatch(rf"[{letter}G][A-Z0-9]{{8,}}", name):
        return name
    return letter + re.sub("[^A-Z0-9]", "", name.upper()) + "0"
