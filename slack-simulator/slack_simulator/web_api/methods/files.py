"""files.info: the data and text of a file."""

import time

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return a file, with its text if it has any. Raise `file_not_found`, also while hidden."""
    caller.require("files:read")
    file = caller.workspace.files.get(arguments.required("file", "file_not_found"))
    if file is None or time.monotonic() < file.visible_at:
        raise SlackError("file_not_found")
    shape = shapes.file(caller.identity, file, files_url=caller.files_url)
    text = file.content.decode("utf-8", "replace") if file.mimetype.startswith("text/") else ""
    content = {"content": text, "is_truncated": False} if text else {}
    return {"file": shape, **content, "comments": [], "response_metadata": {"next_cursor": ""}}
