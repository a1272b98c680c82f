"""The types of Slack's events, and their conversion to `Message`s. Pure.

Shapes: https://docs.slack.dev/apis/events-api/ and
https://docs.slack.dev/reference/events/message. The gateway has already checked the envelope.
Everything below `event` is checked here, when an actor reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Set
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from gopherbot import decoding
from gopherbot.errors import Unreadable
from gopherbot.model import File, Message
from gopherbot.slack.markup import parse

T = TypeVar("T")

EVENT_PATH = "/slack/event"
"""Where Slack posts events to."""
INTERACTIVITY_PATH = "/slack/interactivity"
"""Where Slack posts what members do with shortcuts, modals and buttons to."""
_ALONE = frozenset({"im", "app_home"})
DIRECT_CHANNELS = _ALONE | {"mpim"}
READ_SUBTYPES = frozenset({None, "", "thread_broadcast", "file_share"})
"""The subtypes of messages that members write."""
SLACKBOT = "USLACKBOT"
_TIMESTAMP = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


class Authorization(msgspec.Struct):
    """A user that an event was delivered to."""

    user_id: str | None = None
    is_bot: bool | None = None


class Envelope(msgspec.Struct, Generic[T]):
    """The envelope around an event of type `T`. The gateway requires an `event_time`."""

    event_id: str
    event: T
    event_time: int = 0
    authorizations: list[Authorization] | None = None


class _Dated(msgspec.Struct):
    channel: object = None
    ts: object = None


class AnyEvent(_Dated):
    """The fields of an event of any type that say what it is about."""

    type: str = ""
    deleted_ts: object = None
    message: _Dated | None = None
    item: _Dated | None = None


class AnyEnvelope(msgspec.Struct):
    """The envelope around an event that is only reported. Nothing else in it is checked."""

    event_id: str
    event: AnyEvent


class FileShared(msgspec.Struct):
    """One of a message's files. Slack may omit any field."""

    id: str | None = None
    name: str | None = None
    mimetype: str | None = None
    filetype: str | None = None
    size: int | None = None
    url_private_download: str | None = None
    created: float | None = None


class MessageEvent(msgspec.Struct):
    """An event of type `message`."""

    ts: object = None
    subtype: str | None = None
    user: str | None = None
    bot_id: str | None = None
    channel: str | None = None
    channel_type: str | None = None
    text: str | None = None
    thread_ts: str | None = None
    files: list[FileShared] | None = None
    blocks: msgspec.Raw = msgspec.Raw(b"")


class BlockElement(msgspec.Struct):
    """A part of a block. For a code block, Slack may give the language."""

    type: str = ""
    language: str | None = None


class Block(msgspec.Struct):
    """A layout block of a message. Text written by members is in `rich_text` blocks."""

    type: str = ""
    elements: list[BlockElement] = []


class Edited(msgspec.Struct):
    """Who edited a message. Its time is not read, since the event's `ts` is more precise."""

    user: str | None = None


class ChangedMessage(MessageEvent):
    """A message after or before a change."""

    edited: Edited | None = None


class ChangeEvent(msgspec.Struct):
    """An event of type `message` and subtype `message_changed` or `message_deleted`."""

    ts: object = None
    subtype: str | None = None
    channel: str | None = None
    channel_type: str | None = None
    message: ChangedMessage | None = None
    previous_message: ChangedMessage | None = None
    deleted_ts: str | None = None

    @property
    def is_deletion(self) -> bool:
        return self.subtype == "message_deleted" or self.leaves_tombstone

    @property
    def leaves_tombstone(self) -> bool:
        """Whether the message was deleted, but not the replies in its thread."""
        return self.message is not None and self.message.subtype == "tombstone"


class ReactionItem(msgspec.Struct):
    """The item that a member reacted to."""

    type: str | None = None
    channel: str | None = None
    ts: str | None = None


class ReactionEvent(msgspec.Struct):
    """An event of type `reaction_added`."""

    user: str | None = None
    reaction: str | None = None
    item: ReactionItem | None = None
    item_user: str | None = None


class JoinedMember(msgspec.Struct):
    """The member who joined the workspace. The profile is not read."""

    id: str
    is_bot: bool | None = None


class TeamJoinEvent(msgspec.Struct):
    """An event of type `team_join`."""

    user: JoinedMember
    type: str = "team_join"


class ChannelJoinEvent(msgspec.Struct):
    """An event of type `member_joined_channel`."""

    user: str
    channel: str


def decode(raw: bytes, event: type[T]) -> Envelope[T]:
    """Return the envelope around an event of this type.

    Raise `Unreadable`, which names the field but not its value.
    """
    shape: Any = Envelope[event]  # type: ignore[valid-type]
    try:
        found: Envelope[T] = decoding.decode(raw, shape)
    except decoding.UNREADABLE as error:
        raise Unreadable(f"cannot read this {event.__name__}: {error}") from None
    return found


def about(event: AnyEvent) -> tuple[str, str]:
    """Return the channel and `ts` of the message that an event is about, "" for what it lacks.

    An edit or a deletion has a `ts` of its own, and a reaction names its item.
    """
    if event.item:
        found = event.item.channel, event.item.ts
    else:
        found = event.channel, (event.message and event.message.ts) or event.deleted_ts or event.ts
    channel, ts = (each if isinstance(each, str) else "" for each in found)
    return channel, ts


def change(event: AnyEvent) -> str:
    """Return what the event reports of its message: "edit", "deletion", "reaction"; else ""."""
    if event.type.startswith("reaction_"):
        return "reaction"
    if event.type == "message" and event.deleted_ts:
        return "deletion"
    return "edit" if event.type == "message" and event.message else ""


def seconds(ts: object) -> float | None:
    """Return a `ts` in Unix seconds; None if it is malformed."""
    return float(ts) if isinstance(ts, str) and _TIMESTAMP.fullmatch(ts) else None


def moment(event_ts: str | None, event_time: int) -> float:
    """Return when an event happened, in Unix seconds: `event_ts` if usable, else `event_time`."""
    return float(event_ts) if event_ts and _TIMESTAMP.fullmatch(event_ts) else float(event_time)


def to_message(envelope: Envelope[MessageEvent], bot_users: Set[str]) -> Message | None:
    """Return the message to match, or None if it is not a message from a human member.

    `bot_users` are the bot's own user ids that are known.
    """
    event = envelope.event
    if event.subtype not in READ_SUBTYPES or not event.user or not event.channel:
        return None
    # Ignore all bots, not only this one: two bots that answer each other would never stop.
    if event.bot_id or event.user in bot_users or event.user == SLACKBOT:
        return None
    text, mentions = parse(event.text or "", event.channel)
    return Message(
        event_id=envelope.event_id,
        channel=event.channel,
        user=event.user,
        ts=str(event.ts),
        text=text,
        raw=event.text or "",
        thread_ts=event.thread_ts or None,
        mentions=mentions,
        files=tuple(_to_file(file, event.ts) for file in event.files or ()),
        code_languages=_code_languages(event.blocks),
        direct=event.channel_type in DIRECT_CHANNELS,
        alone=event.channel_type in _ALONE,
        bot_users=frozenset(bot_users),
    )


def to_edited(envelope: Envelope[ChangeEvent], bot_users: Set[str]) -> Message | None:
    """Return an edited message with its new text, or None if its author did not change the text.

    Slack sends the same event when it unfurls links, when it detects a message's language, and when
    replies arrive.
    """
    change = envelope.event
    now, before = change.message, change.previous_message
    if now is None or seconds(change.ts) is None or seconds(now.ts) is None:
        return None
    if now.edited is None or now.edited.user != now.user or (before and before.text == now.text):
        return None
    now.channel, now.channel_type = change.channel, change.channel_type
    _clear_own_thread(now)
    message = to_message(Envelope(envelope.event_id, now), bot_users)
    return message and replace(message, edited_ts=str(change.ts))


def _clear_own_thread(message: ChangedMessage) -> None:
    """Remove the thread of its parent, which is no reply in it."""
    if message.thread_ts == message.ts:
        message.thread_ts = None


def to_current(
    found: Mapping[str, Any], channel: str, event_id: str, bot_users: Set[str], now: float
) -> Message | None:
    """Return a message as Slack's history has it; None if it's no human member's or can't be read.

    `event_id` is that of what it was read for, and `now` when it was read, in Unix seconds.
    """
    blocks = decoding.without_lone_surrogates(json.dumps(found.get("blocks") or []).encode())
    try:
        read = decoding.convert({**found, "blocks": msgspec.Raw(blocks)}, ChangedMessage)
    except msgspec.ValidationError:
        return None
    read.channel = channel
    _clear_own_thread(read)
    message = to_message(Envelope(event_id, read), bot_users)
    return replace(message, edited_ts=f"{now:.6f}") if message and read.edited else message


def to_deleted(envelope: Envelope[ChangeEvent]) -> Message | None:
    """Return a deleted message with its channel, `ts` and author if known, but no text."""
    change = envelope.event
    before = change.previous_message or ChangedMessage()
    ts = change.message.ts if change.message and change.leaves_tombstone else change.deleted_ts
    if not change.channel or seconds(change.ts) is None or seconds(ts) is None:
        return None
    return Message(
        event_id=envelope.event_id,
        channel=change.channel,
        user=before.user or "",
        ts=str(ts),
        text="",
        thread_ts=before.thread_ts if before.thread_ts != ts else None,
        edited_ts=str(change.ts),
    )


def _code_languages(blocks: msgspec.Raw) -> tuple[str, ...]:
    """Return the language of each code block; "" for a block without one.

    Blocks are optional here: if they cannot be read, return no languages.
    https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    if b"rich_text_preformatted" not in bytes(blocks):
        return ()
    try:
        found = decoding.decode(blocks, list[Block])
    except decoding.UNREADABLE:
        return ()
    return tuple(
        (element.language or "").strip().casefold()
        for block in found
        if block.type == "rich_text"
        for element in block.elements
        if element.type == "rich_text_preformatted"
    )


def _to_file(file: FileShared, ts: object) -> File:
    return File(
        id=file.id or "",
        name=file.name or "",
        mimetype=file.mimetype or "",
        filetype=file.filetype or "",
        size=file.size or 0,
        url_private_download=file.url_private_download or "",
        created=file.created or seconds(ts) or 0.0,
    )
