"""The workspace at one moment, for the page and for other processes."""

from slack_simulator.control import settings
from slack_simulator.parts import Parts
from slack_simulator.workspace import shapes
from slack_simulator.workspace.objects import Conversation, Json, Message

MESSAGES_SHOWN = 200


def snapshot(parts: Parts) -> Json:
    """Everything there is. `seq` is the feed's position: what came later is told there."""
    identity, workspace = parts.identity, parts.workspace
    with workspace.lock:
        return {
            "ok": True,
            "seq": parts.feed.seq,
            "team": {"id": identity.team_id, "name": identity.team_name},
            "bot": {"id": identity.bot_user_id, "name": identity.bot_name},
            "settings": settings.current(parts),
            "faults": parts.faults.list(),
            "suggestions": list(parts.suggestions),
            "users": [shapes.user(identity, user) for user in workspace.users.values()],
            "channels": [_channel(parts, c) for c in workspace.conversations.values()],
        }


def _channel(parts: Parts, place: Conversation) -> Json:
    said = [*place.messages.values(), *place.ephemerals]
    said.sort(key=lambda message: message.ts)
    shape = shapes.conversation(parts.identity, place, viewer=parts.identity.bot_user_id)
    messages = [_message(parts, message) for message in said[-MESSAGES_SHOWN:]]
    return shape | {
        "name": place.name,
        "kind": place.kind,
        "members": list(place.members),
        "messages": messages,
    }


def _message(parts: Parts, post: Message) -> Json:
    workspace = parts.workspace
    author = workspace.users.get(post.user or "")
    shape = shapes.message(parts.identity, post, author=author, files_url=parts.web_api.files_url)
    # What the feed tells of a message beside Slack's shape.
    if post.metadata is not None:
        shape["metadata"] = post.metadata
    shape["unfurl_links"] = post.unfurl_links
    if post.ephemeral_to is not None:
        shape |= {"is_ephemeral": True, "ephemeral_to": post.ephemeral_to}
    return shape
