"""stars.*: what a member has saved for later: messages, files and channels."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def add(caller: Caller, arguments: Arguments) -> Json:
    """Save an item. Raise `already_starred`."""
    caller.require("stars:write")
    key, item = _item(caller, arguments)
    if key in _stars(caller):
        raise SlackError("already_starred")
    _stars(caller)[key] = item | {"date_create": int(caller.workspace.clock.now())}
    caller.tell({"type": "star_added", "user": caller.actor.id, "item": item})
    return {}


def remove(caller: Caller, arguments: Arguments) -> Json:
    """Save an item no longer. Raise `not_starred`."""
    caller.require("stars:write")
    key, item = _item(caller, arguments)
    if _stars(caller).pop(key, None) is None:
        raise SlackError("not_starred")
    caller.tell({"type": "star_removed", "user": caller.actor.id, "item": item})
    return {}


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of the saved items, the newest first."""
    caller.require("stars:read")
    items = list(_stars(caller).values())[::-1]
    count, page = arguments.whole("count", 100), arguments.whole("page", 1)
    paging = {"count": count, "total": len(items), "page": page, "pages": -(-len(items) // count)}
    return {"items": items[(page - 1) * count : page * count], "paging": paging}


def _stars(caller: Caller) -> Json:
    return caller.workspace.records["stars"].setdefault(caller.actor.id, {})


def _item(caller: Caller, arguments: Arguments) -> tuple[str, Json]:
    """Return what is saved: a key for it, and Slack's item."""
    channel, ts, file_id = (arguments.text(name) for name in ("channel", "timestamp", "file"))
    if file_id:
        file = caller.workspace.files.get(file_id)
        if file is None:
            raise SlackError("file_not_found")
        shape = shapes.file(caller.identity, file, files_url=caller.files_url)
        return file_id, {"type": "file", "file": shape}
    if not channel:
        raise SlackError("no_item_specified")
    conversation = caller.find(channel)
    if not ts:
        return channel, {"type": "channel", "channel": conversation.id}
    message = caller.message(caller.workspace.message(conversation.id, ts))
    message["permalink"] = caller.workspace.permalink(conversation, ts)
    return f"{channel} {ts}", {"type": "message", "channel": conversation.id, "message": message}
