"""Workspace changes as feed entries; feed.py lists the kinds and their facts."""

import functools
from collections.abc import Container

from slack_simulator.workspace import shapes
from slack_simulator.workspace.changes import (
    AboutMessage,
    Announced,
    Change,
    ChannelChanged,
    Deleted,
    Edited,
    EmojiChanged,
    EphemeralPosted,
    JoinedChannel,
    JoinedTeam,
    LeftChannel,
    Opened,
    Posted,
    Reacted,
    Unreacted,
)
from slack_simulator.workspace.objects import AppIdentity, Json


def entry(
    identity: AppIdentity, change: Change, *, files_url: str, apps: Container[str]
) -> tuple[str, Json]:
    """Return the kind and the facts of a change's feed entry. `apps` are IDs."""
    facts = _facts(change, identity, files_url)
    if isinstance(change, AboutMessage | Announced | LeftChannel):
        app = _app(change)
        known = app in apps
        facts |= {"by_bot": known, "app": app if known else None}
    if change.event_ids:
        facts["event_ids"] = change.event_ids
    return _KINDS[type(change)], facts


def _app(change: AboutMessage | Announced | LeftChannel) -> str:
    """Return the ID of the app that did it, with its bot's token or a member's; else nothing."""
    if isinstance(change, Posted | EphemeralPosted):
        return change.message.app_id or ""
    actor = change.author if isinstance(change, AboutMessage) else change.user
    return actor.app_id or ""


_KINDS: dict[type[Change], str] = {
    Posted: "message",
    EphemeralPosted: "ephemeral",
    Edited: "message_changed",
    Deleted: "message_deleted",
    Reacted: "reaction",
    Unreacted: "reaction_removed",
    JoinedTeam: "team_join",
    JoinedChannel: "channel_join",
    LeftChannel: "channel_leave",
    ChannelChanged: "channel_changed",
    EmojiChanged: "emoji_changed",
    Opened: "dm_opened",
    Announced: "announced",
}


@functools.singledispatch
def _facts(change: Change, _identity: AppIdentity, _files_url: str) -> Json:
    raise TypeError(f"the feed has no entry for {type(change).__name__}")


@_facts.register
def _(change: Posted, identity: AppIdentity, files_url: str) -> Json:
    return _said(change, identity, files_url)


@_facts.register
def _(change: EphemeralPosted, identity: AppIdentity, files_url: str) -> Json:
    return _said(change, identity, files_url) | {"user": change.message.ephemeral_to}


@_facts.register
def _(change: Edited, identity: AppIdentity, files_url: str) -> Json:
    return _said(change, identity, files_url) | {"user": change.author.id}


@_facts.register
def _(change: Deleted, _identity: AppIdentity, _files_url: str) -> Json:
    return _where(change) | {"ts": change.ts, "user": change.author.id}


@_facts.register
def _(change: Reacted | Unreacted, _identity: AppIdentity, _files_url: str) -> Json:
    what = {"ts": change.ts, "emoji": change.emoji, "user": change.author.id}
    return _where(change) | what


@_facts.register
def _(change: JoinedTeam, identity: AppIdentity, _files_url: str) -> Json:
    return {"user": shapes.user(identity, change.user)}


@_facts.register
def _(change: JoinedChannel | LeftChannel, _identity: AppIdentity, _files_url: str) -> Json:
    conversation = change.conversation
    where = {"channel": conversation.id, "channel_name": conversation.name}
    return where | {"user": change.user.id, "ts": change.ts}


@_facts.register
def _(change: ChannelChanged, _identity: AppIdentity, _files_url: str) -> Json:
    conversation = change.conversation
    where = {
        "channel": conversation.id,
        "channel_name": conversation.name,
        "is_archived": conversation.is_archived,
    }
    return where | {"what": change.what, "user": change.user.id}


@_facts.register
def _(change: EmojiChanged, _identity: AppIdentity, _files_url: str) -> Json:
    return {"emoji": change.name, "added": change.added}


@_facts.register
def _(change: Opened, _identity: AppIdentity, _files_url: str) -> Json:
    return {"channel": change.conversation.id, "members": list(change.conversation.members)}


@_facts.register
def _(change: Announced, _identity: AppIdentity, _files_url: str) -> Json:
    conversation = change.conversation
    where: Json = {}
    if conversation:
        where = {"channel": conversation.id, "channel_name": conversation.name}
    if conversation and change.what == "bookmarks":
        where["bookmarks"] = list(conversation.bookmarks.values())
    return {"what": change.what, "events": change.events, "user": change.user.id, **where}


def _where(change: AboutMessage) -> Json:
    return {"channel": change.channel, "channel_name": change.conversation.name}


def _said(change: AboutMessage, identity: AppIdentity, files_url: str) -> Json:
    post = change.message
    message = shapes.message_on_page(identity, post, author=change.author, files_url=files_url)
    if post.metadata is not None:
        message["metadata"] = post.metadata
    unfurl = {"unfurl_links": post.unfurl_links, "unfurl_media": post.unfurl_media}
    return _where(change) | {"message": message} | unfurl
