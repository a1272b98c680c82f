"""calls.*: calls of other services, which a block of type `call` shows in a message."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

KIND = "calls"
_WORDS = ("title", "join_url", "desktop_app_join_url", "external_display_id")


def add(caller: Caller, arguments: Arguments) -> Json:
    """Register a call. A bot has to say who made it, as `created_by`."""
    caller.require("calls:write")
    unique, _ = arguments.required("external_unique_id"), arguments.required("join_url")
    if caller.actor.bot_id is not None and not arguments.text("created_by"):
        raise SlackError("invalid_created_by")
    now = int(caller.workspace.clock.now())
    call: Json = {
        "id": caller.workspace.ids.new("R0"),
        "date_start": arguments.whole("date_start", now),
        "external_unique_id": unique,
        **{name: arguments.text(name) for name in _WORDS if arguments.text(name)},
        "users": arguments.items("users", "invalid_arguments"),
        "channels": [],
    }
    caller.workspace.records[KIND][call["id"]] = call
    return {"call": call}


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return a call."""
    caller.require("calls:read")
    return {"call": _call(caller, arguments)}


def update(caller: Caller, arguments: Arguments) -> Json:
    """Change a call's title or addresses."""
    caller.require("calls:write")
    call = _call(caller, arguments)
    call |= {name: arguments.text(name) for name in _WORDS[:3] if arguments.text(name)}
    return {"call": call}


def end(caller: Caller, arguments: Arguments) -> Json:
    """End a call."""
    caller.require("calls:write")
    call = _call(caller, arguments)
    duration = arguments.whole("duration", 0)
    ends = call["date_start"] + duration if duration else int(caller.workspace.clock.now())
    call["date_end"] = ends
    return {}


def add_participants(caller: Caller, arguments: Arguments) -> Json:
    """Add participants: `users` with a `slack_id` or an `external_id`."""
    caller.require("calls:write")
    call = _call(caller, arguments)
    call["users"] += [each for each in _users(arguments) if each not in call["users"]]
    return {"call": call}


def remove_participants(caller: Caller, arguments: Arguments) -> Json:
    """Remove participants."""
    caller.require("calls:write")
    call, gone = _call(caller, arguments), [_id(each) for each in _users(arguments)]
    call["users"] = [each for each in call["users"] if _id(each) not in gone]
    return {"call": call}


def _call(caller: Caller, arguments: Arguments) -> Json:
    return caller.record(KIND, arguments.text("id"), "invalid_call_id")


def _users(arguments: Arguments) -> list[Json]:
    users = arguments.items("users", "invalid_arguments")
    if not users:
        raise SlackError("invalid_arguments")
    return users


def _id(user: Json) -> object:
    return user.get("slack_id") or user.get("external_id")
