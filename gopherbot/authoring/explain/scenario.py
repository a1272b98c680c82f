"""The message to explain: what a member types, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

from gopherbot.authoring.explain.names import Names
from gopherbot.model import Message
from gopherbot.slack import events, markup

ChannelKind = Literal["public", "private", "dm", "group-dm"]

_TYPES: dict[ChannelKind, str] = {
    "public": "channel",
    "private": "group",
    "dm": "im",
    "group-dm": "mpim",
}
_FILETYPES = {"txt": "text"}
"""Slack's file types that differ from the file's extension: https://api.slack.com/types/file."""


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

    @property
    def direct(self) -> bool:
        """Return whether every message there is addressed to the bot."""
        return _TYPES[self.kind] in events.DIRECT_CHANNELS


def channel_type(kind: ChannelKind) -> str:
    """Return what Slack calls such a channel in an event."""
    return _TYPES[kind]


def message(text: str, scenario: Scenario, names: Names, event_id: str) -> Message:
    """Return the message that the bot sees when a member types this text there."""
    sent, bot = names.sent(text), markup.user(names.bot_id)
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
    envelope = events.MessageEnvelope(event_id, event)
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
