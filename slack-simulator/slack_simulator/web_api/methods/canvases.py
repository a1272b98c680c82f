"""canvases.*: documents in Markdown, each a list of sections."""

import re

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import File, Json

KIND = "canvases"
"""Canvas ID → its `sections` by their IDs, and who may do what."""
_CANVAS: Json = {
    "filetype": "quip",
    "pretty_type": "Canvas",
    "mimetype": "application/vnd.slack-docs",
    "mode": "quip",
    "is_external": False,
    "editable": True,
}


def create(caller: Caller, arguments: Arguments) -> Json:
    """Create a canvas by itself, or as a tab of `channel_id`."""
    caller.require("canvases:write")
    file = _new(caller, arguments)
    if arguments.text("channel_id"):
        file.channels.append(caller.enter(caller.find(arguments.text("channel_id"))).id)
    return {"canvas_id": file.id}


def create_in_channel(caller: Caller, arguments: Arguments) -> Json:
    """Create the canvas of a channel. Raise `channel_canvas_already_exists`."""
    caller.require("canvases:write")
    channel = arguments.named("channel_id", "channel_not_found")
    conversation = caller.enter(caller.find(channel))
    of_channels = caller.workspace.records["channel canvases"]
    if of_channels.get(conversation.id, {}).get("id") in caller.workspace.files:
        raise SlackError("channel_canvas_already_exists")
    file = _new(caller, arguments)
    file.channels.append(conversation.id)
    of_channels[conversation.id] = {"id": file.id}
    return {"canvas_id": file.id}


def edit(caller: Caller, arguments: Arguments) -> Json:
    """Make one change: insert, replace or delete a section, or rename the canvas."""
    caller.require("canvases:write")
    file, canvas = of_call(caller, arguments)
    changes = arguments.items("changes", "invalid_arguments")
    if len(changes) != 1:
        raise SlackError("invalid_arguments")
    change = changes[0]
    if change.get("operation") == "rename":
        file.title = _markdown(change, "title_content")
    else:
        canvas["sections"] = _changed(caller, canvas["sections"], change)
    _write(file, canvas)
    caller.workspace.file_event("file_change", file, caller.actor)
    return {}


def delete(caller: Caller, arguments: Arguments) -> Json:
    """Delete a canvas."""
    caller.require("canvases:write")
    file, _ = of_call(caller, arguments)
    del caller.workspace.records[KIND][file.id]
    caller.workspace.delete_file(file, caller.actor)
    return {}


def look_up_sections(caller: Caller, arguments: Arguments) -> Json:
    """Return the sections of certain types, or that contain a text."""
    caller.require("canvases:read")
    _, canvas = of_call(caller, arguments)
    criteria = arguments.structure("criteria", "invalid_arguments") or {}
    types, text = criteria.get("section_types", []), criteria.get("contains_text", "")
    if not types and not text:
        raise SlackError("invalid_arguments")
    found = [
        {"id": id}
        for id, section in canvas["sections"].items()
        if text.lower() in section.lower() and (not types or _is_any(section, types))
    ]
    return {"sections": found}


def set_access(caller: Caller, arguments: Arguments) -> Json:
    """Give channels or users access to a canvas."""
    level = arguments.text("access_level")
    if level not in {"read", "write", "owner"}:
        raise SlackError("invalid_parameters")
    canvas = _shared(caller, arguments)
    canvas["access"] |= dict.fromkeys(_who(arguments), level)
    return {}


def remove_access(caller: Caller, arguments: Arguments) -> Json:
    """Take a canvas from channels or users."""
    canvas = _shared(caller, arguments)
    for one in _who(arguments):
        canvas["access"].pop(one, None)
    return {}


def _new(caller: Caller, arguments: Arguments) -> File:
    title = arguments.text("title") or "Untitled"
    content = arguments.structure("document_content", "invalid_arguments") or {}
    file = caller.workspace.add_file(title, b"", caller.actor)
    file.more = dict(_CANVAS)
    sections = _sections(caller, str(content.get("markdown", "")))
    canvas: Json = {"sections": sections, "access": {caller.actor.id: "owner"}}
    caller.workspace.records[KIND][file.id] = canvas
    _write(file, canvas)
    return file


def of_call(caller: Caller, arguments: Arguments) -> tuple[File, Json]:
    """Return the canvas that a call is about. Raise `canvas_not_found`."""
    id = arguments.named("canvas_id", "canvas_not_found")
    canvas = caller.record(KIND, id, "canvas_not_found")
    return caller.workspace.files[id], canvas


def _shared(caller: Caller, arguments: Arguments) -> Json:
    caller.require("canvases:write")
    return of_call(caller, arguments)[1]


def _who(arguments: Arguments) -> list[str]:
    """Return the IDs of the channels or users that the access is about: not of both."""
    channels, users = (_ids(arguments, name) for name in ("channel_ids", "user_ids"))
    if bool(channels) == bool(users):
        raise SlackError("invalid_parameters")
    return channels or users


def _ids(arguments: Arguments, name: str) -> list[str]:
    value = arguments.values.get(name)
    if isinstance(value, str) and value.startswith("["):
        value = arguments.structure(name, "invalid_arguments")
        return [str(each) for each in value]
    return list(arguments.names(name))


def _sections(caller: Caller, markdown: str) -> Json:
    parts = [part for part in re.split(r"\n\s*\n|\n(?=#)", markdown) if part.strip()]
    return {f"temp:C:{caller.workspace.ids.hex(28)}": part for part in parts}


def _changed(caller: Caller, sections: Json, change: Json) -> Json:
    """Return the sections after a change. Raise `canvas_editing_failed`."""
    operation, at = change.get("operation"), change.get("section_id")
    if at is not None and at not in sections:
        raise SlackError("canvas_editing_failed")
    if operation == "delete" and at:
        return {id: section for id, section in sections.items() if id != at}
    new = _sections(caller, _markdown(change, "document_content"))
    match operation:
        case "insert_at_start":
            return {**new, **sections}
        case "insert_at_end":
            return {**sections, **new}
        case "replace" if at is None:
            return new
    if at is None or operation not in {"insert_before", "insert_after", "replace"}:
        raise SlackError("canvas_editing_failed")
    changed: Json = {}
    for id, section in sections.items():
        if id == at:
            kept = {} if operation == "replace" else {id: section}
            changed |= {**new, **kept} if operation == "insert_before" else {**kept, **new}
        else:
            changed[id] = section
    return changed


def _markdown(change: Json, name: str) -> str:
    content = change.get(name)
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise SlackError("canvas_editing_failed")
    return str(content.get("markdown", ""))


def _is_any(section: str, types: list[str]) -> bool:
    level = len(section) - len(section.lstrip("#"))
    return 0 < level <= 3 and bool({f"h{level}", "any_header"} & set(types))


def write(caller: Caller, file: File, canvas: Json, markdown: str) -> None:
    """Replace the content of a canvas."""
    canvas["sections"] = _sections(caller, markdown)
    _write(file, canvas)


def _write(file: File, canvas: Json) -> None:
    file.content = "\n\n".join(canvas["sections"].values()).encode()
