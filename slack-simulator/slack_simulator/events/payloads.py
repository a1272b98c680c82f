"""Workspace changes as inner events of Slack's Events API.

The shapes follow https://docs.slack.dev/apis/events-api and the reference of each event.
"""

import functools
from collections.abc import Container

from slack_simulator.workspace import posting, shapes
from slack_simulator.workspace.changes import (
    AboutMessage,
    Announced,
    Change,
    ChannelChanged,
    Deleted,
    Edited,
    EmojiChanged,
    JoinedChannel,
    JoinedTeam,
    LeftChannel,
    Posted,
    Reacted,
    Unreacted,
)
from slack_simulator.workspace.objects import AppIdentity, Conversation, Json

#: All events that the simulator sends: the default of an app that declares none.
EVERY_EVENT = frozenset(
    {
        *("app_home_opened", "app_mention", "app_requested", "app_uninstalled"),
        *("assistant_thread_started",),
        *("assistant_thread_context_changed", "channel_archive", "channel_created"),
        *("channel_deleted", "channel_left", "channel_rename", "channel_shared"),
        *("channel_unarchive", "channel_unshared"),
        *("dnd_updated", "dnd_updated_user", "emoji_changed", "entity_details_requested"),
        *("file_change", "file_created", "file_deleted", "file_public", "file_shared"),
        *("function_executed",),
        *("group_archive", "group_deleted", "group_left", "group_rename", "group_unarchive"),
        *("link_shared", "member_joined_channel", "member_left_channel", "message"),
        *("message_metadata_deleted", "message_metadata_posted", "message_metadata_updated"),
        *("pin_added", "pin_removed", "reaction_added", "reaction_removed"),
        *("shared_channel_invite_accepted", "shared_channel_invite_approved"),
        *("shared_channel_invite_declined", "shared_channel_invite_received"),
        *("star_added", "star_removed"),
        *("subteam_created", "subteam_members_changed", "subteam_updated", "team_join"),
        *("tokens_revoked", "user_change", "user_profile_changed", "user_status_changed"),
    }
)


def of_change(
    identity: AppIdentity, change: Change, *, files_url: str, domains: Container[str] = ()
) -> list[Json]:
    """Return the inner events that Slack sends to an app about a change, the main one first.

    Slack sends none for a conversation that the bot isn't in, except when the bot has left it, when
    a public channel is created, renamed, archived, unarchived or deleted, and about links to
    `domains`.
    """
    if isinstance(change, AboutMessage) and change.message.ephemeral_to:
        return []
    return [
        *_seen(identity, change, files_url),
        *_metadata(identity, change),
        *_links(identity, change, domains),
    ]


def _seen(identity: AppIdentity, change: Change, files_url: str) -> list[Json]:
    if isinstance(change, LeftChannel) and change.user.id == identity.bot_user_id:
        return [_bot_left(change)]
    conversation = getattr(change, "conversation", None)
    if isinstance(change, ChannelChanged) and change.conversation.kind == "channel":
        conversation = None
    if isinstance(conversation, Conversation) and identity.bot_user_id not in conversation.members:
        return []
    return _events(change, identity, files_url)


_MENTION = (
    *("user", "bot_id", "ts", "client_msg_id", "text", "team", "thread_ts", "files"),
    *("attachments", "blocks"),
)
_TOLD_BY_SLACK = frozenset({"channel_purpose", "channel_topic"})


@functools.singledispatch
def _events(_change: Change, _identity: AppIdentity, _files_url: str) -> list[Json]:
    return []


@_events.register
def _posted(change: Posted, identity: AppIdentity, files_url: str) -> list[Json]:
    conversation = change.conversation
    event = _in_channel(_message(change, identity, files_url), conversation, change.ts)
    parent = conversation.messages.get(change.message.thread_ts or "")
    if change.message.subtype == "thread_broadcast" and parent is not None:
        event["root"] = shapes.message_for_app(identity, parent, author=None, files_url=files_url)
    # Slack sends app_mention in addition to the message, but never in DMs or for its own messages.
    told = conversation.kind == "im" or change.message.subtype in _TOLD_BY_SLACK
    if told or f"<@{identity.bot_user_id}" not in change.message.text:
        return [event]
    mention = {name: event[name] for name in _MENTION if name in event}
    return [
        event,
        {"type": "app_mention", **mention, "channel": conversation.id, "event_ts": change.ts},
    ]


def _metadata(identity: AppIdentity, change: Change) -> list[Json]:
    """Return the event about what an app attached to a message for other apps, if any."""
    if not isinstance(change, Posted | Edited | Deleted):
        return []
    if identity.bot_user_id not in change.conversation.members:
        return []
    message, now = change.message, change.message.metadata
    before = change.before.metadata if isinstance(change, Edited) else now
    if (now or before) is None or (isinstance(change, Edited) and now == before):
        return []
    event: Json = {
        "app_id": message.app_id,
        "bot_id": message.bot_id,
        "user_id": change.author.id,
        "team_id": identity.team_id,
        "channel_id": change.channel,
        "message_ts": change.ts,
        "event_ts": change.happened,
    }
    if isinstance(change, Posted):
        return [{"type": "message_metadata_posted", "metadata": now} | event]
    event["previous_metadata"] = before
    if isinstance(change, Edited) and now is not None:
        return [{"type": "message_metadata_updated", "metadata": now} | event]
    at = change.at
    return [{"type": "message_metadata_deleted", "deleted_ts": at} | event]


def _links(identity: AppIdentity, change: Change, domains: Container[str]) -> list[Json]:
    """Return the event about the links in a member's message to an app's domains, if any."""
    if not isinstance(change, Posted) or change.author.bot_id is not None:
        return []
    message = change.message
    is_member = identity.bot_user_id in change.conversation.members
    is_visible = is_member or change.conversation.kind == "channel"
    links = posting.links(message.text, domains) if is_visible else []
    event: Json = {
        "type": "link_shared",
        "channel": message.channel,
        "is_bot_user_member": is_member,
        "user": change.author.id,
        "message_ts": message.ts,
        "unfurl_id": f"{message.channel}.{message.ts}",
        "source": "conversations_history",
        "links": links,
        "event_ts": change.happened,
    }
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    return [event | thread] if links else []


@_events.register
def _edited(change: Edited, identity: AppIdentity, files_url: str) -> list[Json]:
    before = shapes.message_for_app(identity, change.before, author=None, files_url=files_url)
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "ts": change.at,
        "message": _message(change, identity, files_url),
        "previous_message": before,
    }
    return [_in_channel(event, change.conversation, change.at)]


@_events.register
def _deleted(change: Deleted, identity: AppIdentity, files_url: str) -> list[Json]:
    event = {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "ts": change.at,
        "deleted_ts": change.ts,
        "previous_message": _message(change, identity, files_url),
    }
    return [_in_channel(event, change.conversation, change.at)]


@_events.register
def _reacted(change: Reacted, _identity: AppIdentity, _files_url: str) -> list[Json]:
    return [{"type": "reaction_added", **_reaction(change)}]


@_events.register
def _unreacted(change: Unreacted, _identity: AppIdentity, _files_url: str) -> list[Json]:
    return [{"type": "reaction_removed", **_reaction(change)}]


def _reaction(change: Reacted | Unreacted) -> Json:
    return {
        "user": change.author.id,
        "reaction": change.emoji,
        "item": {"type": "message", "channel": change.channel, "ts": change.ts},
        "item_user": change.message.user,
        "event_ts": change.happened,
    }


@_events.register
def _joined_channel(change: JoinedChannel, identity: AppIdentity, _files_url: str) -> list[Json]:
    by = {"inviter": change.inviter} if change.inviter else {}
    return [
        _membership("member_joined_channel", change, identity) | by,
        _line(change, identity) | by,
    ]


@_events.register
def _left_channel(change: LeftChannel, identity: AppIdentity, _files_url: str) -> list[Json]:
    # The message is the main event: few apps subscribe to the other.
    return [_line(change, identity), _membership("member_left_channel", change, identity)]


def _membership(kind: str, change: JoinedChannel | LeftChannel, identity: AppIdentity) -> Json:
    return {
        "type": kind,
        "user": change.user.id,
        "channel": change.conversation.id,
        "channel_type": change.conversation.id[0],
        "team": identity.team_id,
        "event_ts": change.ts,
    }


def _line(change: JoinedChannel | LeftChannel, identity: AppIdentity) -> Json:
    """Return the event of the message that Slack posts about it in the channel."""
    message = change.conversation.messages[change.ts]
    fields = ("subtype", "ts", "user", "text")
    line = {"type": "message", "team": identity.team_id}
    line |= {name: getattr(message, name) for name in fields}
    return _in_channel(line, change.conversation, change.ts)


def _bot_left(change: LeftChannel) -> Json:
    return {
        "type": f"{change.conversation.kind}_left",
        "channel": change.conversation.id,
        "actor_id": change.user.id,
        "event_ts": change.ts,
    }


@_events.register
def _joined_team(change: JoinedTeam, identity: AppIdentity, _files_url: str) -> list[Json]:
    user = shapes.user(identity, change.user)
    times = {"cache_ts": int(float(change.happened)), "event_ts": change.happened}
    return [{"type": "team_join", "user": user, **times}]


@_events.register
def _channel_changed(change: ChannelChanged, identity: AppIdentity, _files_url: str) -> list[Json]:
    conversation = change.conversation
    if change.what == "created" and conversation.kind == "group":
        return []
    event: Json = {"type": f"{_channel_kind(conversation)}_{change.what}"}
    event["event_ts"] = change.happened
    if change.what in ("created", "rename"):
        shape = shapes.conversation(identity, conversation, viewer=identity.bot_user_id)
        fields = _CREATED if change.what == "created" else _RENAMED
        return [event | {"channel": {name: shape[name] for name in fields}}]
    return [event | {"channel": conversation.id} | _actor(change)]


_RENAMED = ("id", "name", "name_normalized", "created", "is_channel", "is_mpim")
_CREATED = (
    *(*_RENAMED, "creator", "is_shared", "is_org_shared", "context_team_id", "is_archived"),
    *("is_frozen", "is_general", "is_group", "is_private", "is_ext_shared", "is_im"),
    "is_pending_ext_shared",
)


def _actor(change: ChannelChanged) -> Json:
    """Return who archived, unarchived or deleted a channel, as its event says it."""
    user, at = change.user.id, int(float(change.happened))
    match change.conversation.kind, change.what:
        case _, "archive":
            return {"user": user, "is_moved": 0}
        case "group", "deleted":
            return {"actor_id": user, "date_deleted": at}
        case "group", "unarchive":
            return {"actor_id": user}
        case _, "unarchive":
            return {"user": user}
    return {}


def _channel_kind(conversation: Conversation) -> str:
    return "group" if conversation.kind == "group" else "channel"


@_events.register
def _announced(change: Announced, _identity: AppIdentity, _files_url: str) -> list[Json]:
    return [event | {"event_ts": change.happened} for event in change.events]


@_events.register
def _emoji_changed(change: EmojiChanged, _identity: AppIdentity, _files_url: str) -> list[Json]:
    event = {"type": "emoji_changed", "event_ts": change.happened}
    if change.added:
        value = f"https://emoji.slack-edge.com/T0/{change.name}/0.png"
        return [event | {"subtype": "add", "name": change.name, "value": value}]
    return [event | {"subtype": "remove", "names": [change.name]}]


def _message(change: AboutMessage, identity: AppIdentity, files_url: str) -> Json:
    message = change.message
    shape = shapes.message_for_app(identity, message, author=change.author, files_url=files_url)
    return shape | ({"metadata": message.metadata} if message.metadata else {})


def _in_channel(event: Json, conversation: Conversation, event_ts: str) -> Json:
    return event | {
        "channel": conversation.id,
        "event_ts": event_ts,
        "channel_type": conversation.kind,
    }
