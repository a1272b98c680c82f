"""users.profile.*, users.getPresence and .setPresence: what members say about themselves."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json, User

LONGEST_STATUS = 100


def get(caller: Caller, arguments: Arguments) -> Json:
    """Return a member's profile, the bot's own by default."""
    caller.require("users.profile:read")
    return {"profile": _profile(caller, _user(caller, arguments))}


def change(caller: Caller, arguments: Arguments) -> Json:
    """Change a profile: several fields as `profile`, or one as `name` and `value`."""
    caller.require("users.profile:write")
    user = _user(caller, arguments)
    fields = arguments.structure("profile", "invalid_profile")
    if fields is None and arguments.text("name"):
        fields = {arguments.text("name"): arguments.text("value")}
    if not isinstance(fields, dict) or not fields:
        raise SlackError("invalid_profile")
    if len(str(fields.get("status_text", ""))) > LONGEST_STATUS:
        raise SlackError("too_long")
    caller.workspace.change_profile(user, fields)
    return {"username": user.name, "profile": _profile(caller, user)}


def set_photo(caller: Caller, arguments: Arguments) -> Json:
    """Set the member's picture to `image`, a file in the request."""
    caller.require("users.profile:write")
    if not isinstance(arguments.values.get("image"), bytes):
        raise SlackError("no_image_uploaded" if "image" not in arguments.values else "bad_image")
    hash = caller.workspace.ids.hex(12)
    address = f"https://avatars.slack-edge.com/{hash}_{caller.actor.id}"
    pictures = {f"image_{size}": f"{address}_{size}.png" for size in (24, 32, 48, 72, 192, 512)}
    fields: Json = {"avatar_hash": hash, **pictures, "image_original": f"{address}_original.png"}
    caller.workspace.change_profile(caller.actor, fields)
    return {"profile": fields}


def delete_photo(caller: Caller, _arguments: Arguments) -> Json:
    """Return the member's picture to the one that Slack gives."""
    caller.require("users.profile:write")
    actor = caller.actor
    kept = {name: actor.profile[name] for name in actor.profile if not _is_picture(name)}
    actor.profile = {}
    caller.workspace.change_profile(actor, kept)
    return {}


def team_fields(caller: Caller, _arguments: Arguments) -> Json:
    """Return the fields that the workspace added to profiles: none."""
    caller.require("users.profile:read")
    return {"profile": {"fields": [], "sections": []}}


def _is_picture(name: str) -> bool:
    return name.startswith("image_") or name == "avatar_hash"


def get_presence(caller: Caller, arguments: Arguments) -> Json:
    """Return whether a member is `active` or `away`."""
    caller.require("users:read")
    return {"presence": "away" if _user(caller, arguments).is_away else "active"}


def set_presence(caller: Caller, arguments: Arguments) -> Json:
    """Set the bot's presence: `auto` or `away`."""
    caller.require("users:write")
    presence = arguments.text("presence")
    if presence not in {"auto", "away"}:
        raise SlackError("invalid_presence")
    caller.actor.is_away = presence == "away"
    return {}


def _user(caller: Caller, arguments: Arguments) -> User:
    user = caller.workspace.users.get(arguments.text("user") or caller.actor.id)
    if user is None:
        raise SlackError("user_not_found")
    return user


def _profile(caller: Caller, user: User) -> Json:
    profile: Json = shapes.user(caller.identity, user)["profile"]
    if "users:read.email" not in caller.scopes:
        profile.pop("email", None)
    return profile
