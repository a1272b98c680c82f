"""Slack's JSON objects for users, conversations, messages and files.

The fields and their order follow https://docs.slack.dev/reference/objects.
"""

import hashlib
from typing import Final

from slack_simulator.blocks import attachments, rich_text
from slack_simulator.workspace.objects import AppIdentity, Conversation, File, Json, Message, User

_BOT_PICTURES: Final = (36, 48, 72)
_PICTURES: Final = (24, 32, 48, 72, 192, 512)
_NEVER_READ: Final = "0000000000.000000"


def user(identity: AppIdentity, person: User) -> Json:
    """Return Slack's user object, including the e-mail address in the profile."""
    return {
        "id": person.id,
        "team_id": identity.team_id,
        "name": person.name,
        "deleted": person.is_deleted,
        "color": "9f69e7",
        "real_name": person.real_name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": _profile(identity, person),
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
        "is_bot": person.bot_id is not None,
        "is_app_user": False,
        "updated": person.updated,
        "is_email_confirmed": person.bot_id is None,
        "who_can_share_contact_card": "EVERYONE",
        "locale": "en-US",
    }


def _profile(identity: AppIdentity, person: User) -> Json:
    first, _, last = person.real_name.partition(" ")
    profile: Json = {
        "title": "",
        "phone": "",
        "skype": "",
        "first_name": first,
        "last_name": last,
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "status_text": "",
        "status_text_canonical": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "huddle_state": "default_unset",
        "huddle_state_expiration_ts": 0,
        "fields": {},
        "avatar_hash": "g" + person.id.lower()[-10:],
        "team": identity.team_id,
    }
    for size in _PICTURES:
        profile[f"image_{size}"] = f"https://avatars.slack-edge.com/{person.id}_{size}.png"
    if person.bot_id is not None:
        profile |= {
            "bot_id": person.bot_id,
            "api_app_id": person.app_id or "",
            "always_active": True,
        }
    else:
        profile["email"] = person.email
    return profile | person.profile


def bot(identity: AppIdentity, person: User) -> Json:
    """Return Slack's bot object, as in bots.info and a message's `bot_profile`."""
    return {
        "id": person.bot_id,
        "app_id": person.app_id or "",
        "user_id": person.id,
        "name": person.name,
        "deleted": False,
        "updated": person.updated,
        "icons": {
            f"image_{size}": f"https://avatars.slack-edge.com/{person.bot_id}_{size}.png"
            for size in _BOT_PICTURES
        },
        "team_id": identity.team_id,
    }


def conversation(identity: AppIdentity, conversation: Conversation, *, viewer: str) -> Json:
    """Return Slack's conversation object as seen by `viewer` (a user ID)."""
    if conversation.kind == "im":
        return _direct_message(conversation, viewer)
    private = conversation.kind in {"group", "mpim"}
    return {
        "id": conversation.id,
        "name": conversation.name,
        "name_normalized": conversation.name,
        "is_channel": conversation.kind == "channel",
        "is_group": conversation.kind == "group",
        "is_im": False,
        "is_mpim": conversation.kind == "mpim",
        "is_private": private,
        "is_general": conversation.is_general,
        "is_archived": conversation.is_archived,
        "is_frozen": False,
        "is_member": viewer in conversation.members,
        "is_shared": bool(conversation.connected_team),
        "is_ext_shared": bool(conversation.connected_team),
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "parent_conversation": None,
        "created": conversation.created,
        "updated": conversation.created * 1000,
        "creator": conversation.creator,
        "unlinked": 0,
        "context_team_id": identity.team_id,
        "shared_team_ids": [
            team for team in (identity.team_id, conversation.connected_team) if team
        ],
        "previous_names": [],
        "topic": _described(conversation, "topic"),
        "purpose": _described(conversation, "purpose"),
        "num_members": len(conversation.members),
        **({"last_read": _NEVER_READ} if viewer in conversation.members else {}),
    }


def _described(conversation: Conversation, what: str) -> Json:
    """Return a topic or purpose, with who set it when, which is nobody if it was never set."""
    value, nobody = getattr(conversation, what), ("", 0)
    made = (conversation.creator, conversation.created) if value else nobody
    creator, last_set = conversation.described.get(what, made)
    return {"value": value, "creator": creator, "last_set": last_set}


def _direct_message(conversation: Conversation, viewer: str) -> Json:
    others = [member for member in conversation.members if member != viewer]
    return {
        "id": conversation.id,
        "created": conversation.created,
        "updated": conversation.created * 1000,
        "is_archived": conversation.is_archived,
        "is_im": True,
        "is_org_shared": False,
        "is_open": True,
        "user": others[0] if others else viewer,
        "last_read": _NEVER_READ,
        "priority": 0,
    }


def message(identity: AppIdentity, post: Message, *, author: User | None, files_url: str) -> Json:
    """Return Slack's message object, as in histories, events and chat.postMessage's response.

    `metadata` is left out because Slack returns it only on request.
    """
    shape: Json = {"type": "message", "ts": post.ts, "text": post.text, "team": identity.team_id}
    optional: Json = {
        "subtype": post.subtype,
        "user": post.user,
        "bot_id": post.bot_id,
        "app_id": post.app_id,
        "username": post.username,
        "client_msg_id": post.client_msg_id,
        "thread_ts": post.thread_ts,
        "parent_user_id": post.parent_user,
        "edited": post.edited,
    }
    shape |= {name: value for name, value in optional.items() if value is not None}
    if post.icon_emoji:
        shape["icons"] = {"emoji": post.icon_emoji}
    elif post.icon_url:
        shape["icons"] = {f"image_{size}": post.icon_url for size in (36, 48, 72)}
    if post.bot_id is not None and author is not None:
        shape["bot_profile"] = bot(identity, author)
    if post.attachments:
        shape["attachments"] = post.attachments
    if post.blocks:
        shape["blocks"] = post.blocks
    if post.files:
        shape["files"] = [file(identity, each, files_url=files_url) for each in post.files]
        shape |= {"upload": False, "display_as_bot": False}
    return shape | post.more | _reactions(post) | _thread(post)


def message_on_page(
    identity: AppIdentity, post: Message, *, author: User | None, files_url: str
) -> Json:
    """Return Slack's message object, in which buttons and menus of attachments are `controls`."""
    shape = message(identity, post, author=author, files_url=files_url)
    if any("actions" in each for each in post.attachments):
        shape["attachments"] = [
            each | {"controls": attachments.controls(each, number)}
            for number, each in enumerate(post.attachments, 1)
        ]
    return shape


def message_for_app(
    identity: AppIdentity, post: Message, *, author: User | None, files_url: str
) -> Json:
    """Return Slack's message object with the block that a member's client sends with a text."""
    shape = message(identity, post, author=author, files_url=files_url)
    if post.client_msg_id and post.text and post.bot_id is None and "blocks" not in shape:
        block_id = hashlib.sha256(post.ts.encode()).hexdigest()[:5]
        shape["blocks"] = [rich_text.of_text(post.text, block_id)]
    return shape


def _reactions(post: Message) -> Json:
    if not post.reactions:
        return {}
    return {
        "reactions": [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in post.reactions.items()
        ]
    }


def _thread(post: Message) -> Json:
    if not post.replies:
        return {}
    return {
        "reply_count": len(post.replies),
        "reply_users_count": len(post.reply_users),
        "reply_users": post.reply_users[:5],
        "latest_reply": post.replies[-1],
        "is_locked": False,
        "subscribed": False,
    }


def file(identity: AppIdentity, upload: File, *, files_url: str) -> Json:
    """Return Slack's file object. Its URLs are under `files_url`."""
    private = f"{files_url}/files-pri/{identity.team_id}-{upload.id}"
    is_text = upload.mimetype.startswith("text/")
    shape: Json = {
        "id": upload.id,
        "created": upload.created,
        "timestamp": upload.created,
        "name": upload.name,
        "title": upload.title,
        "mimetype": upload.mimetype,
        "filetype": upload.filetype,
        "pretty_type": upload.pretty_type,
        "user": upload.user,
        "user_team": identity.team_id,
        "editable": is_text,
        "size": len(upload.content),
        "mode": "snippet" if is_text else "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": True,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{private}/{upload.name}",
        "url_private_download": f"{private}/download/{upload.name}",
        "permalink": f"{files_url}/files/{upload.user}/{upload.id}/{upload.name}",
        "file_access": "visible",
        "channels": [id for id in upload.channels if id.startswith("C")],
        "groups": [id for id in upload.channels if id.startswith("G")],
        "ims": [id for id in upload.channels if id.startswith("D")],
    }
    if is_text:
        text = upload.content.decode("utf-8", "replace")
        lines = text.splitlines()
        preview = "\n".join(lines[:5])[:1000]
        shape |= {
            "preview": preview,
            "lines": len(lines),
            "lines_more": max(0, len(lines) - 5),
            "preview_is_truncated": preview != "\n".join(lines),
        }
    return shape | upload.more
