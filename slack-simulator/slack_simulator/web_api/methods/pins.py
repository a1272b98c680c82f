"""pins.*: messages pinned to their channel."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import pins
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json


def add(caller: Caller, arguments: Arguments) -> Json:
    """Pin a message."""
    caller.require("pins:write")
    pins.pin(caller.workspace, *_item(caller, arguments), caller.bot)
    return {}


def remove(caller: Caller, arguments: Arguments) -> Json:
    """Remove a pin."""
    caller.require("pins:write")
    pins.unpin(caller.workspace, *_item(caller, arguments), caller.bot)
    return {}


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return a channel's pinned messages, the newest pin first."""
    caller.require("pins:read")
    conversation = caller.enter(caller.find(arguments.required("channel", "channel_not_found")))
    with caller.workspace.lock:
        pinned = list(conversation.pins)[::-1]
        return {"items": [pins.item(caller.workspace, conversation, ts) for ts in pinned]}


def _item(caller: Caller, arguments: Arguments) -> tuple[Conversation, str]:
    conversation = caller.enter(caller.find(arguments.required("channel", "channel_not_found")))
    ts = arguments.text("timestamp")
    if not ts:
        raise SlackError("no_item_specified")
    return conversation, ts
