"""Snapshots of the workspace, for the page and other processes."""

from slack_simulator import trace_file
from slack_simulator.apps import named
from slack_simulator.components import Components
from slack_simulator.control import settings
from slack_simulator.http import page_files
from slack_simulator.http.messages import Response
from slack_simulator.workspace import shapes
from slack_simulator.workspace.objects import Conversation, Json, Message

MESSAGES_SHOWN = 200
"""How many messages of a conversation are in the state, and in an answer with older ones."""


def snapshot(components: Components) -> Json:
    """Return the whole state. `seq` is its position in the feed, which has all later changes."""
    identity, workspace = components.identity, components.workspace
    with workspace.lock:
        return {
            "ok": True,
            "seq": components.feed.seq,
            "started": components.feed.started,
            "team": {"id": identity.team_id, "name": identity.team_name},
            "bot": {"id": identity.bot_user_id, "name": identity.bot_name},
            "emoji": page_files.emoji_addresses(components.setup.custom_emoji),
            "page": components.setup.page,
            "app": named.offers(components),
            "apps": [named.described(app) for app in components.shared.apps.values()],
            "views": [
                {"user": view.user, "view": view.shape}
                for app in components.shared.apps.values()
                for view in app.interactivity.views.all()
            ],
            "extensions": components.extensions.names(),
            "settings": settings.current(components),
            "faults": components.faults.list(),
            "suggestions": list(components.suggestions),
            "users": [shapes.user(identity, user) for user in workspace.users.values()],
            "channels": [_channel(components, c) for c in workspace.conversations.values()],
        }


def _channel(components: Components, conversation: Conversation) -> Json:
    shape = shapes.conversation(
        components.identity, conversation, viewer=components.identity.bot_user_id
    )
    return shape | {
        "name": conversation.name,
        "kind": conversation.kind,
        "members": list(conversation.members),
        "pins": list(conversation.pins),
        "bookmarks": list(conversation.bookmarks.values()),
        **_newest(components, conversation),
    }


def messages(components: Components, channel: str, before: str) -> Json:
    """Return the newest messages of a channel that are older than a `ts`."""
    with components.workspace.lock:
        conversation = components.workspace.conversation(channel)
        return {"ok": True, **_newest(components, conversation, before)}


def _newest(components: Components, conversation: Conversation, before: str = "") -> Json:
    said = [*conversation.messages.values(), *conversation.ephemerals]
    older = sorted(
        (message for message in said if not before or message.ts < before),
        key=lambda message: message.ts,
    )
    shown = [_message(components, message) for message in older[-MESSAGES_SHOWN:]]
    return {"messages": shown, "has_more": len(older) > len(shown)}


def _message(components: Components, post: Message) -> Json:
    workspace = components.workspace
    author = workspace.users.get(post.user or "")
    shape = shapes.message_on_page(
        components.identity, post, author=author, files_url=components.web_api.files_url
    )
    # The fields that feed entries add to Slack's shape.
    if post.metadata is not None:
        shape["metadata"] = post.metadata
    shape["unfurl_links"] = post.unfurl_links
    if post.ephemeral_to is not None:
        shape |= {"is_ephemeral": True, "ephemeral_to": post.ephemeral_to}
    return shape


def file(components: Components, id: str) -> Response:
    """Return the content of an uploaded file, which a browser may show but not run."""
    found = components.workspace.files.get(id)
    if found is None:
        raise ValueError(f"there is no file {id or '(no id)'}")
    headers = {
        "Content-Type": f"{found.mimetype}; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox allow-downloads",
    }
    return Response(headers=headers, body=found.content)


def trace(components: Components) -> Response:
    """Return everything that happened as a web page of one file, to be saved."""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Disposition": 'attachment; filename="slack-trace.html"',
    }
    return Response(headers=headers, body=trace_file.page(components).encode())


def exchange(components: Components, number: str) -> Json:
    """Return a raw request and its response. Raise `ValueError` if they aren't kept."""
    found = components.feed.exchanges.get(int(number)) if number.isdecimal() else None
    if found is None:
        raise ValueError(f"exchange {number or '(no id)'} isn't kept any longer, or never existed")
    return found.as_dict()
