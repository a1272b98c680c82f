"""auth.test and api.test: the caller's identity, and a check that the API answers."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def api_test(_caller: Caller, arguments: Arguments) -> Json:
    """Return the arguments, or raise the error given in them."""
    args = {name: value for name, value in arguments.values.items() if name != "token"}
    if error := arguments.text("error"):
        raise SlackError(error, args=args)
    return {"args": args}


def auth_test(caller: Caller, _arguments: Arguments) -> Json:
    """Return the app's own identity."""
    identity = caller.identity
    return {
        "url": f"https://{identity.domain}.slack.com/",
        "team": identity.team_name,
        "user": identity.bot_name,
        "team_id": identity.team_id,
        "user_id": identity.bot_user_id,
        "bot_id": identity.bot_id,
        "is_enterprise_install": False,
    }
