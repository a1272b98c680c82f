"""agents.*: an agent's code channels, with their views, and its sessions.

They are kept, and shown nowhere but in the list of channels.
"""

import re

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import canvases, membership
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

CHANNELS = "code channels"
"""Channel ID → its `views` by their IDs, its `commands` and its properties."""
SESSIONS = "agent sessions"
"""Channel ID and thread → `status` and `title`."""


def create(caller: Caller, arguments: Arguments) -> Json:
    """Create a code channel, named after what it is about."""
    caller.require("code_channels:manage")
    words = re.sub(r"[^\w]+", "-", arguments.required("name", "invalid_name_required").lower())
    name, private = words.strip("-_")[: membership.LONGEST_NAME], arguments.flag("is_private")
    if not name:
        raise SlackError("invalid_name")
    made = caller.workspace.add_channel(
        name, user=caller.actor.id, private=private, first=caller.actor
    )
    caller.workspace.records[CHANNELS][made.id] = {"views": {}, "commands": []}
    return {"channel_id": made.id}


def archive(caller: Caller, arguments: Arguments) -> Json:
    """Archive a code channel."""
    id, _ = _channel(caller, arguments)
    if caller.workspace.conversations[id].is_archived:
        raise SlackError("already_archived")
    caller.workspace.archive_channel(id, user=caller.actor.id)
    return {}


def set_view(caller: Caller, arguments: Arguments) -> Json:
    """Add a view to a code channel, or change the one with this `view_key`."""
    id, channel = _channel(caller, arguments)
    key, kind = arguments.text("view_key"), arguments.required("type")
    known = [each for each in channel["views"].values() if key and each["view_key"] == key]
    view: Json = known[0] if known else {}
    new = {"view_id": caller.workspace.ids.new("Vw0", 10), "view_key": key, "content_version": 0}
    view = {**new, "date_added": int(caller.workspace.clock.now()), **view}
    view |= {"label": arguments.text("name") or kind, "type": kind}
    view["content_version"] += 1
    channel["views"][view["view_id"]] = view
    canvas = arguments.text("canvas_id")
    more = {"canvas_id": canvas} if canvas else {}
    shown = {name: view[name] for name in ("view_id", "content_version", "type")}
    return {"channel_id": id, **shown, **more}


def list_views(caller: Caller, arguments: Arguments) -> Json:
    """Return the views of a code channel."""
    _, channel = _channel(caller, arguments)
    fields = ("view_id", "view_key", "label", "content_version", "date_added")
    return {"views": [{name: each[name] for name in fields} for each in channel["views"].values()]}


def remove_view(caller: Caller, arguments: Arguments) -> Json:
    """Remove a view, by `view_id` or `view_key`, from a code channel."""
    _, channel = _channel(caller, arguments)
    wanted = arguments.text("view_id") or arguments.text("view_key")
    for id, view in channel["views"].items():
        if wanted and wanted in {id, view["view_key"]}:
            del channel["views"][id]
            return {}
    raise SlackError("view_not_found")


def set_commands(caller: Caller, arguments: Arguments) -> Json:
    """Set an agent's slash commands in a code channel."""
    _, channel = _channel(caller, arguments)
    commands = arguments.items("commands", "invalid_arguments")
    if not all(isinstance(each.get("name"), str) for each in commands):
        raise SlackError("invalid_arguments")
    channel["commands"] = commands
    return {}


def set_properties(caller: Caller, arguments: Arguments) -> Json:
    """Set what a code channel shows about itself."""
    id, channel = _channel(caller, arguments)
    for name in ("code_channel", "agent_resource"):
        channel[name] = arguments.structure(name, "invalid_arguments") or channel.get(name)
    return {"channel_id": id}


def get_canvas(caller: Caller, arguments: Arguments) -> Json:
    """Return a canvas of a code channel, in Markdown."""
    caller.require("code_channels:manage")
    file, canvas = canvases.of_call(caller, arguments)
    content = "\n\n".join(canvas["sections"].values())
    shown = {"canvas_id": file.id, "title": file.title, "content": content}
    return {**shown, "comments": [], "has_more_comments": False}


def set_canvas(caller: Caller, arguments: Arguments) -> Json:
    """Replace the content of a code channel's canvas."""
    caller.require("code_channels:manage")
    file, canvas = canvases.of_call(caller, arguments)
    canvases.write(caller, file, canvas, arguments.required("content"))
    return {}


def set_status(caller: Caller, arguments: Arguments) -> Json:
    """Say what an agent does in a session, and begin the session if there is none."""
    key = _session(caller, arguments)
    session = caller.workspace.records[SESSIONS].setdefault(key, {"title": ""})
    session["status"] = status = arguments.required("status")
    session["title"] = arguments.text("title") or session["title"]
    return {"status": status, "agent_status": status, "title": session["title"]}


def rename(caller: Caller, arguments: Arguments) -> Json:
    """Name a session."""
    session = caller.record(SESSIONS, _session(caller, arguments), "session_not_found")
    session["title"] = arguments.required("title")
    return {"title": session["title"]}


def _channel(caller: Caller, arguments: Arguments) -> tuple[str, Json]:
    caller.require("code_channels:manage")
    id = arguments.named("channel_id", "channel_not_found")
    return id, caller.record(CHANNELS, id, "channel_not_found")


def _session(caller: Caller, arguments: Arguments) -> str:
    caller.require("assistant:write")
    conversation = caller.find(arguments.named("channel_id", "channel_not_found"))
    thread = arguments.text("thread_ts")
    if thread not in {*conversation.messages, ""}:
        raise SlackError("thread_not_found")
    return f"{conversation.id} {thread}"
