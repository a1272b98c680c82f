"""reactions.*: the bot adds, removes and reads reactions."""

from slack_simulator.web_api import paging
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json, Message
from slack_simulator.workspace.timestamps import to_micros


def add(caller: Caller, arguments: Arguments) -> Json:
    """Add a reaction. The emoji's name has no colons."""
    caller.require("reactions:write")
    conversation, ts = _item(caller, arguments)
    name = arguments.required("name", "invalid_name")
    caller.workspace.react(caller.enter(conversation).id, ts, name, caller.actor.id)
    return {}


def remove(caller: Caller, arguments: Arguments) -> Json:
    """Remove one of the bot's reactions. Raise `no_reaction`."""
    caller.require("reactions:write")
    conversation, ts = _item(caller, arguments)
    name = arguments.required("name", "invalid_name")
    caller.workspace.unreact(caller.enter(conversation).id, ts, name, caller.actor.id)
    return {}


def get(caller: Caller, arguments: Arguments) -> Json:
    """Return the message with all its reactions."""
    caller.require("reactions:read")
    conversation, ts = _item(caller, arguments)
    post = caller.workspace.message(conversation.id, ts)
    return _shape(caller, conversation, post)


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of what a member, by default the bot, has reacted to, the newest first."""
    caller.require("reactions:read")
    user = arguments.text("user") or caller.actor.id
    with caller.workspace.lock:
        found: list[Json] = [
            _shape(caller, conversation, message)
            for conversation in caller.workspace.conversations.values()
            if caller.sees(conversation)
            for message in reversed(conversation.messages.values())
            if any(user in users for users in message.reactions.values())
        ]
    ids = [item["message"]["ts"] for item in found]
    limit = arguments.limit(100, 1000)
    items, following = paging.page(found, ids, "reaction", arguments.text("cursor"), limit)
    return {"items": list(items), "response_metadata": {"next_cursor": following}}


def _shape(caller: Caller, conversation: Conversation, post: Message) -> Json:
    link = caller.workspace.permalink(conversation, post.ts)
    message = caller.message(post) | {"permalink": link}
    return {"type": "message", "channel": conversation.id, "message": message}


def _item(caller: Caller, arguments: Arguments) -> tuple[Conversation, str]:
    channel, ts = arguments.text("channel"), arguments.text("timestamp")
    if not channel or not ts:
        raise SlackError("no_item_specified")
    try:
        to_micros(ts)
    except ValueError:
        raise SlackError("bad_timestamp") from None
    return caller.find(channel), ts
