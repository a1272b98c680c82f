"""files.remote.*: files that stay with another service, and are shared by their address."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Draft, File, Json


def add(caller: Caller, arguments: Arguments) -> Json:
    """Add a file by the app's own ID for it, or change the one that has it."""
    caller.require("remote_files:write")
    external_id, title = arguments.required("external_id"), arguments.required("title")
    arguments.required("external_url")
    known = _find(caller, external_id)
    file = known or caller.workspace.add_file(title, b"", caller.actor)
    file.more |= {
        "mode": "external",
        "is_external": True,
        "external_type": "app",
        "external_id": external_id,
        "app_id": caller.identity.app_id,
        "editable": False,
    }
    return _fill(caller, file, arguments)


def update(caller: Caller, arguments: Arguments) -> Json:
    """Change a file's title, address or type."""
    caller.require("remote_files:write")
    return _fill(caller, _file(caller, arguments), arguments)


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return a file."""
    caller.require("remote_files:read")
    return _answer(caller, _file(caller, arguments))


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return the app's files, in a `channel` if given, the newest first."""
    caller.require("remote_files:read")
    channel = arguments.text("channel")
    files = [each for each in _all(caller)[::-1] if not channel or channel in each.channels]
    shown = [_answer(caller, each)["file"] for each in files]
    return {"files": shown, "response_metadata": {"next_cursor": ""}}


def share(caller: Caller, arguments: Arguments) -> Json:
    """Share a file in `channels`."""
    caller.require("remote_files:share")
    file = _file(caller, arguments)
    channels = arguments.names("channels")
    if not channels:
        raise SlackError("invalid_arguments")
    for conversation in [caller.enter(caller.find(channel)) for channel in channels]:
        caller.workspace.post(conversation, caller.actor, Draft(files=[file], app=caller.bot))
    return _answer(caller, file)


def remove(caller: Caller, arguments: Arguments) -> Json:
    """Remove a file, also from the messages that share it."""
    caller.require("remote_files:write")
    caller.workspace.delete_file(_file(caller, arguments), caller.actor)
    return {}


def _all(caller: Caller) -> list[File]:
    own = caller.identity.app_id
    return [file for file in caller.workspace.files.values() if file.more.get("app_id") == own]


def _find(caller: Caller, external_id: str) -> File | None:
    return next((each for each in _all(caller) if each.more["external_id"] == external_id), None)


def _file(caller: Caller, arguments: Arguments) -> File:
    id, external_id = arguments.text("file"), arguments.text("external_id")
    for file in _all(caller):
        if id == file.id or external_id == file.more["external_id"]:
            return file
    raise SlackError("file_not_found")


def _fill(caller: Caller, file: File, arguments: Arguments) -> Json:
    file.title = arguments.text("title") or file.title
    if url := arguments.text("external_url"):
        file.more |= {"external_url": url, "url_private": url}
    if kind := arguments.text("filetype"):
        file.more |= {"filetype": kind, "pretty_type": kind.capitalize()}
    return _answer(caller, file)


def _answer(caller: Caller, file: File) -> Json:
    return {"file": shapes.file(caller.identity, file, files_url=caller.files_url)}
