"""usergroups.*: groups of members that can be mentioned."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.user_groups import UserGroup
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def create(caller: Caller, arguments: Arguments) -> Json:
    """Create a user group, without members."""
    caller.require("usergroups:write")
    if not arguments.given("name"):
        raise SlackError("missing_argument")
    group = caller.user_groups.create(
        caller.actor,
        arguments.text("name"),
        arguments.text("handle"),
        description=arguments.text("description"),
        channels=arguments.names("channels"),
    )
    return {"usergroup": caller.user_groups.shape(group)}


def update(caller: Caller, arguments: Arguments) -> Json:
    """Change a user group's `name`, `handle`, `description` or `channels`."""
    fields = ("name", "handle", "description")
    given: Json = {name: arguments.text(name) for name in fields if arguments.given(name)}
    if arguments.given("channels"):
        given["channels"] = list(arguments.names("channels"))
    return _change(caller, arguments, **given)


def enable(caller: Caller, arguments: Arguments) -> Json:
    """Enable a user group."""
    return _change(caller, arguments, disabled_at=0)


def disable(caller: Caller, arguments: Arguments) -> Json:
    """Disable a user group."""
    return _change(caller, arguments, disabled_at=int(caller.workspace.clock.now()))


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return the user groups: the enabled ones, and all with `include_disabled`."""
    caller.require("usergroups:read")
    groups = caller.user_groups.all()
    users = arguments.flag("include_users")
    shown = [
        caller.user_groups.shape(group, users=users)
        for group in groups
        if arguments.flag("include_disabled") or not group.disabled_at
    ]
    return {"usergroups": shown}


def list_users(caller: Caller, arguments: Arguments) -> Json:
    """Return the IDs of a user group's members."""
    caller.require("usergroups:read")
    return {"users": list(_group(caller, arguments).users)}


def update_users(caller: Caller, arguments: Arguments) -> Json:
    """Replace the members of a user group."""
    users = list(arguments.names("users"))
    if not users:
        raise SlackError("no_users_provided")
    if not caller.workspace.users.keys() >= set(users):
        raise SlackError("invalid_users")
    return _change(caller, arguments, users=users)


def _change(caller: Caller, arguments: Arguments, **fields: object) -> Json:
    caller.require("usergroups:write")
    group = caller.user_groups.change(_group(caller, arguments).id, caller.actor, **fields)
    return {"usergroup": caller.user_groups.shape(group)}


def _group(caller: Caller, arguments: Arguments) -> UserGroup:
    return caller.user_groups.get(arguments.required("usergroup", "missing_argument"))
