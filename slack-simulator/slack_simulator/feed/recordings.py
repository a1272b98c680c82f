"""What the bot did: its API calls, posts and reactions in the feed, as values for tests."""

from collections.abc import Iterator
from typing import Self

import msgspec

from slack_simulator.feed.feed import Entry
from slack_simulator.workspace.objects import Json

_NO_POSTS = frozenset({"channel_topic", "channel_purpose"})
"""Slack's own messages about what the bot did."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One Web API call. `http_status` is None if the connection was cut.

    `error` is Slack's error code and `fault` the kind of the fault that was applied; both may be
    empty. `seconds` is the time it took here, and `at` the response's time in seconds since 1970.
    """

    seq: int
    at: float
    method: str
    arguments: Json
    http_status: int | None
    error: str
    fault: str
    seconds: float

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the call recorded in an `api_call` entry."""
        return cls(
            seq=entry.seq,
            at=entry.at,
            method=entry["method"],
            arguments=entry["arguments"],
            http_status=entry["http_status"],
            error=entry["error"],
            fault=entry["fault"],
            seconds=entry["seconds"],
        )


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the bot. `channel` is an ID; `user` is the reader of an ephemeral message."""

    seq: int
    at: float
    monotonic: float
    channel: str
    channel_name: str
    ts: str
    text: str
    thread_ts: str | None
    ephemeral: bool
    user: str | None
    username: str | None
    icons: Json
    blocks: list[Json]
    attachments: list[Json]
    metadata: Json | None
    unfurl_links: bool | None
    unfurl_media: bool | None

    @property
    def words(self) -> str:
        """All that the post says: its text, and that of its blocks and attachments."""
        return "\n".join([self.text, *texts_in(self.blocks), *texts_in(self.attachments)])

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the post recorded in a `message` or `ephemeral` entry."""
        message = entry["message"]
        return cls(
            seq=entry.seq,
            at=entry.at,
            monotonic=entry.monotonic,
            channel=entry["channel"],
            channel_name=entry["channel_name"],
            ts=message["ts"],
            text=message["text"],
            thread_ts=message.get("thread_ts"),
            ephemeral=entry.kind == "ephemeral",
            user=entry.get("user"),
            username=message.get("username"),
            icons=message.get("icons", {}),
            blocks=message.get("blocks", []),
            attachments=message.get("attachments", []),
            metadata=message.get("metadata"),
            unfurl_links=entry["unfurl_links"],
            unfurl_media=entry["unfurl_media"],
        )


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """One reaction of the bot to the message `ts` in `channel` (an ID)."""

    seq: int
    at: float
    channel: str
    ts: str
    emoji: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the reaction recorded in a `reaction` entry."""
        return cls(
            seq=entry.seq,
            at=entry.at,
            channel=entry["channel"],
            ts=entry["ts"],
            emoji=entry["emoji"],
        )


def texts_in(shape: object) -> Iterator[str]:
    """Yield the texts in blocks or attachments, in the order in which they are shown."""
    if isinstance(shape, list):
        for each in shape:
            yield from texts_in(each)
    elif isinstance(shape, dict):
        for name, value in shape.items():
            if name in _SHOWN and isinstance(value, str):
                yield value
            else:
                yield from texts_in(value)


_SHOWN = frozenset({"text", "title", "pretext", "footer", "fallback", "value"})


def is_post(entry: Entry) -> bool:
    """Return whether the entry is a post of the bot, ephemeral or not."""
    is_message = entry.kind in {"message", "ephemeral"} and bool(entry["by_bot"])
    return is_message and entry["message"].get("subtype") not in _NO_POSTS


def is_reaction(entry: Entry) -> bool:
    """Return whether the entry is a reaction of the bot."""
    return entry.kind == "reaction" and bool(entry["by_bot"])
