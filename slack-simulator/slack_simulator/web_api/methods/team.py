"""auth.test, team.info and emoji.list: the caller's identity, and facts about the workspace."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json

_ICONS = "https://a.slack-edge.com/80588/img/avatars-teams/ava_0001"


def api_test(_caller: Caller, arguments: Arguments) -> Json:
    """Return the arguments, or raise the error given in them."""
    args = {name: value for name, value in arguments.values.items() if name != "token"}
    if error := arguments.text("error"):
        raise SlackError(error, args=args)
    return {"args": args}


def auth_test(caller: Caller, _arguments: Arguments) -> Json:
    """Return whom the token acts for: the bot, or a member."""
    identity, actor = caller.identity, caller.actor
    answer: Json = {
        "url": f"https://{identity.domain}.slack.com/",
        "team": identity.team_name,
        "user": actor.name,
        "team_id": identity.team_id,
        "user_id": actor.id,
        "is_enterprise_install": False,
    }
    return answer | ({"bot_id": actor.bot_id} if actor.bot_id else {})


def team_info(caller: Caller, _arguments: Arguments) -> Json:
    """Return the workspace."""
    caller.require("team:read")
    identity = caller.identity
    team = {
        "id": identity.team_id,
        "name": identity.team_name,
        "url": f"https://{identity.domain}.slack.com/",
        "domain": identity.domain,
        "email_domain": f"{identity.domain}.example",
        "icon": {
            "image_default": True,
            **{f"image_{size}": f"{_ICONS}_{size}.png" for size in (34, 44, 68, 88, 102, 132, 230)},
        },
        "avatar_base_url": "https://ca.slack-edge.com/",
        "is_verified": False,
    }
    return {"team": team}


def emoji_list(caller: Caller, _arguments: Arguments) -> Json:
    """Return the workspace's custom emoji."""
    caller.require("emoji:read")
    emoji = {
        name: f"https://emoji.slack-edge.com/{caller.identity.team_id}/{name}/0.png"
        for name in sorted(caller.workspace.custom_emoji)
    }
    return {"emoji": emoji, "cache_ts": f"{caller.workspace.clock.now():.6f}"}
