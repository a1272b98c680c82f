"""pins.*: messages pinned to their channel."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json, User
from slack_simulator.workspace.workspace import Workspace

MOST_PINS = 100


def add(caller: Caller, arguments: Arguments) -> Json:
    """Pin a message."""
    caller.require("pins:write")
    _pin(caller.workspace, *_item(caller, arguments), caller.actor)
    return {}


def remove(caller: Caller, arguments: Arguments) -> Json:
    """Remove a pin."""
    caller.require("pins:write")
    _unpin(caller.workspace, *_item(caller, arguments), caller.actor)
    return {}


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return a channel's pinned messages, the newest pin first."""
    caller.require("pins:read")
    conversation = caller.enter(caller.find(arguments.required("channel", "channel_not_found")))
    with caller.workspace.lock:
        pinned = list(conversation.pins)[::-1]
        return {"items": [_shape(caller.workspace, conversation, ts) for ts in pinned]}


def _item(caller: Caller, arguments: Arguments) -> tuple[Conversation, str]:
    conversation = caller.enter(caller.find(arguments.required("channel", "channel_not_found")))
    ts = arguments.text("timestamp")
    if not ts:
        raise SlackError("no_item_specified")
    return conversation, ts


def _pin(workspace: Workspace, conversation: Conversation, ts: str, user: User) -> Announced:
    """Pin a message. Raise `message_not_found`, `already_pinned` or `too_many_pins`."""
    with workspace.lock:
        workspace.message(conversation.id, ts)
        if ts in conversation.pins:
            raise SlackError("already_pinned")
        if len(conversation.pins) >= MOST_PINS:
            raise SlackError("too_many_pins")
        conversation.pins[ts] = {"created": int(workspace.clock.now()), "created_by": user.id}
        return _pinned(workspace, "pin_added", conversation, ts, user)


def _unpin(workspace: Workspace, conversation: Conversation, ts: str, user: User) -> Announced:
    """Remove a pin. Raise `no_pin`."""
    with workspace.lock:
        if ts not in conversation.pins:
            raise SlackError("no_pin")
        change = _pinned(workspace, "pin_removed", conversation, ts, user)
        del conversation.pins[ts]
        return change


def _shape(workspace: Workspace, conversation: Conversation, ts: str) -> Json:
    """Return Slack's item for a pinned message."""
    message = conversation.messages.get(ts)
    author = workspace.users.get(message.user or "") if message else None
    shape: Json = {}
    if message:
        shape = shapes.message_for_app(workspace.identity, message, author=author, files_url="")
    where = {"type": "message", "channel": conversation.id, **conversation.pins[ts]}
    link = workspace.permalink(conversation, ts)
    return where | {"message": shape | {"pinned_to": [conversation.id], "permalink": link}}


def _pinned(
    workspace: Workspace, what: str, conversation: Conversation, ts: str, user: User
) -> Announced:
    event: Json = {
        "type": what,
        "user": user.id,
        "channel_id": conversation.id,
        "item": _shape(workspace, conversation, ts),
        "item_user": workspace.message(conversation.id, ts).user,
        "pin_count": str(len(conversation.pins)),
        "pinned_info": {
            "channel": conversation.id,
            "pinned_by": conversation.pins[ts]["created_by"],
            "pinned_ts": conversation.pins[ts]["created"],
        },
    }
    if what == "pin_removed":
        event["has_pins"] = len(conversation.pins) > 1
    return workspace.tell(
        Announced(what=what, user=user, events=[event], conversation=conversation)
    )
