"""What the bot did: its API calls, posts and reactions in the feed, as values for tests."""

from typing import Self

import msgspec

from slack_simulator.feed.feed import Entry
from slack_simulator.workspace.objects import Json


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
    attachments: list[Json]
    metadata: Json | None
    unfurl_links: bool | None
    unfurl_media: bool | None

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


def is_post(entry: Entry) -> bool:
    """Return whether the entry is a post of the bot, ephemeral or not."""
    return entry.kind in {"message", "ephemeral"} and bool(entry["by_bot"])


def is_reaction(entry: Entry) -> bool:
    """Return whether the entry is a reaction of the bot."""
    return entry.kind == "reaction" and bool(entry["by_bot"])
