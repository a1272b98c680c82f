"""What helps while one writes an app: checking blocks, and data to search in."""

from typing import Any

from slack_simulator.blocks import rules
from slack_simulator.interactivity import views
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

_SAMPLES = ("Echo", "Reminders", "Incidents")


def validate_blocks(_caller: Caller, arguments: Arguments) -> Json:
    """Check `blocks`, or those of a `message` or a `view`: exactly one of them."""
    names = [name for name in ("blocks", "message", "view") if arguments.values.get(name)]
    if len(names) != 1:
        raise SlackError("invalid_arguments")
    given: Any = arguments.structure(names[0], "invalid_blocks_format")
    if names[0] == "view" and isinstance(given, dict):
        found = list(views.problems(given, str(given.get("type"))))
    else:
        inside = given.get("blocks") if isinstance(given, dict) else None
        blocks = given if names[0] == "blocks" else inside
        if not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        found = rules.problems(blocks)
    if found:
        messages = {"messages": [f"[ERROR] {problem}" for problem in found]}
        errors = [_error(problem) for problem in found]
        raise SlackError("invalid_blocks", errors=errors, response_metadata=messages)
    return {}


def _error(problem: str) -> Json:
    message, _, pointer = problem.removesuffix("]").partition(" [json-pointer:")
    pointer = pointer.removeprefix("/blocks") or "/"
    return {"code": "failed_constraint", "message": message, "pointer": pointer}


def sample_data(_caller: Caller, arguments: Arguments) -> Json:
    """Return what a search template finds, as titles that contain the `query`."""
    query = arguments.text("query").lower()
    found = [
        {
            "title": f"{name} sample",
            "description": f"An app about {name.lower()}",
            "link": f"https://example.com/samples/{name.lower()}",
            "date_updated": "2025-06-15",
            "external_ref": {"id": name.lower(), "type": "sample"},
            "content": f"How the {name.lower()} sample works",
        }
        for name in _SAMPLES
    ]
    return {"samples": [each for each in found if query in str(each["title"]).lower()]}
