"""users.info, .list and .lookupByEmail, and bots.info: users and bots."""

from slack_simulator.web_api import paging
from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace import shapes
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json, User


def info(caller: Caller, arguments: Arguments) -> Json:
    """Return one user."""
    caller.require("users:read")
    user = caller.workspace.users.get(arguments.named("user", "user_not_found"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": _shape(caller, user, locale=arguments.flag("include_locale"))}


def list_all(caller: Caller, arguments: Arguments) -> Json:
    """Return one page of all users."""
    caller.require("users:read")
    with caller.workspace.lock:
        users = list(caller.workspace.users.values())
    ids = [user.id for user in users]
    limit = arguments.limit(1000, 1000)
    found, following = paging.page(users, ids, "user", arguments.text("cursor"), limit)
    locale = arguments.flag("include_locale")
    members = [_shape(caller, user, locale=locale) for user in found]
    now = int(caller.workspace.clock.now())
    return {"members": members, "cache_ts": now, "response_metadata": {"next_cursor": following}}


def by_email(caller: Caller, arguments: Arguments) -> Json:
    """Return the member with this e-mail address."""
    caller.require("users:read.email")
    wanted = arguments.named("email", "users_not_found").lower()
    with caller.workspace.lock:
        for user in caller.workspace.users.values():
            if wanted == user.email.lower() and not user.is_deleted:
                return {"user": _shape(caller, user)}
    raise SlackError("users_not_found")


def bot_info(caller: Caller, arguments: Arguments) -> Json:
    """Return one bot."""
    caller.require("users:read")
    wanted = arguments.text("bot")
    with caller.workspace.lock:
        users = list(caller.workspace.users.values())
    for user in users:
        if user.bot_id is not None and user.bot_id == wanted:
            return {"bot": shapes.bot(caller.identity, user)}
    raise SlackError("bot_not_found")


def _shape(caller: Caller, user: User, *, locale: bool = False) -> Json:
    shape = shapes.user(caller.identity, user)
    if not locale:
        del shape["locale"]
    if "users:read.email" not in caller.scopes:
        shape["profile"].pop("email", None)
    return shape
