"""reminders.*: what members want to be reminded of, by their tokens."""

import re

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

KIND = "reminders"
_DAY = 24 * 60 * 60
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": _DAY, "week": 7 * _DAY}
_IN = re.compile(rf"in (\d+) ({'|'.join(_SECONDS)})s?")


def add(caller: Caller, arguments: Arguments) -> Json:
    """Add a reminder. `time` is in Unix seconds, in seconds from now, or as in `in 5 minutes`."""
    caller.require("reminders:write")
    text, recurrence = arguments.required("text"), arguments.structure("recurrence", "cannot_parse")
    reminder: Json = {
        "id": caller.workspace.ids.new("Rm0"),
        "creator": caller.actor.id,
        "user": caller.actor.id,
        "text": text,
        "recurring": recurrence is not None,
    }
    if recurrence is None:
        moment = _moment(arguments.required("time"), caller.workspace.clock.now())
        reminder |= {"time": moment, "complete_ts": 0}
    else:
        reminder["recurrence"] = recurrence
    caller.workspace.records[KIND][reminder["id"]] = reminder
    return {"reminder": {name: value for name, value in reminder.items() if name != "recurrence"}}


def complete(caller: Caller, arguments: Arguments) -> Json:
    """Mark a reminder as done. Raise `cannot_complete_recurring`."""
    caller.require("reminders:write")
    reminder = _own(caller, arguments)
    if reminder["recurring"]:
        raise SlackError("cannot_complete_recurring")
    reminder["complete_ts"] = int(caller.workspace.clock.now())
    return {}


def delete(caller: Caller, arguments: Arguments) -> Json:
    """Delete a reminder."""
    caller.require("reminders:write")
    del caller.workspace.records[KIND][_own(caller, arguments)["id"]]
    return {}


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return a reminder."""
    caller.require("reminders:read")
    reminder = _own(caller, arguments)
    return {"reminder": {name: value for name, value in reminder.items() if name != "recurrence"}}


def list_all(caller: Caller, _arguments: Arguments) -> Json:
    """Return the member's reminders."""
    caller.require("reminders:read")
    reminders = caller.workspace.records[KIND].values()
    return {"reminders": [each for each in reminders if each["user"] == caller.actor.id]}


def _own(caller: Caller, arguments: Arguments) -> Json:
    reminder = caller.record(KIND, arguments.required("reminder", "not_found"), "not_found")
    if reminder["user"] != caller.actor.id:
        raise SlackError("not_found")
    return reminder


def _moment(text: str, now: float) -> int:
    """Return a time in Unix seconds. Raise `cannot_parse` or `time_in_past`."""
    if text.isdecimal():
        moment = int(text) if int(text) > _DAY else int(now) + int(text)
    elif said := _IN.fullmatch(text.strip().lower()):
        moment = int(now) + int(said[1]) * _SECONDS[said[2]]
    else:
        raise SlackError("cannot_parse")
    if moment <= now:
        raise SlackError("time_in_past")
    return moment
