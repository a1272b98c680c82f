"""dnd.*: whether members want to be disturbed. Nobody has regular hours for it here."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

KIND = "snoozes"
LONGEST = 24 * 60
"""Minutes."""
_HOURS: Json = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return when a member, the caller by default, isn't to be disturbed."""
    caller.require("dnd:read")
    return _HOURS | _snooze(caller, _member(caller, arguments.text("user") or caller.actor.id))


def team_info(caller: Caller, arguments: Arguments) -> Json:
    """Return the same for several members, without their snoozes."""
    caller.require("dnd:read")
    users = arguments.names("users")
    return {"users": {_member(caller, user): _HOURS for user in users}}


def snooze(caller: Caller, arguments: Arguments) -> Json:
    """Snooze the member's notifications for `num_minutes`."""
    caller.require("dnd:write")
    minutes = arguments.whole("num_minutes", 0)
    if not minutes:
        raise SlackError("missing_duration")
    if minutes > LONGEST:
        raise SlackError("too_long")
    until = int(caller.workspace.clock.now()) + 60 * minutes
    caller.workspace.records[KIND][caller.actor.id] = {"until": until}
    return _changed(caller)


def end_snooze(caller: Caller, _arguments: Arguments) -> Json:
    """End the member's snooze. Raise `snooze_not_active`."""
    caller.require("dnd:write")
    if not _snooze(caller, caller.actor.id)["snooze_enabled"]:
        raise SlackError("snooze_not_active")
    del caller.workspace.records[KIND][caller.actor.id]
    _changed(caller)
    return _HOURS | {"snooze_enabled": False}


def end(caller: Caller, _arguments: Arguments) -> Json:
    """End Do Not Disturb."""
    caller.require("dnd:write")
    caller.workspace.records[KIND].pop(caller.actor.id, None)
    _changed(caller)
    return {}


def _member(caller: Caller, user: str) -> str:
    if user not in caller.workspace.users:
        raise SlackError("user_not_found")
    return user


def _snooze(caller: Caller, user: str) -> Json:
    now = int(caller.workspace.clock.now())
    until = caller.workspace.records[KIND].get(user, {}).get("until", 0)
    if until <= now:
        return {"snooze_enabled": False}
    times = {"snooze_endtime": until, "snooze_remaining": until - now}
    return {"snooze_enabled": True, **times, "snooze_is_indefinite": False}


def _changed(caller: Caller) -> Json:
    """Tell the apps. Return the member's snooze."""
    snooze, about = _snooze(caller, caller.actor.id), {"user": caller.actor.id}
    times = {"snooze_endtime": 0, "snooze_remaining": 0} | snooze
    times.pop("snooze_is_indefinite", None)
    caller.tell({"type": "dnd_updated", **about, "dnd_status": _HOURS | times})
    caller.tell({"type": "dnd_updated_user", **about, "dnd_status": _HOURS})
    return snooze
