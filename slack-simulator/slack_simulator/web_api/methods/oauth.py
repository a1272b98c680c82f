"""oauth.v2.access and auth.revoke: how an app gets its token, and gives it back."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.objects import Json


def access(caller: Caller, arguments: Arguments) -> Json:
    """Exchange the code of an installation for the tokens of the bot and of the member."""
    installation = caller.installations.exchange(
        arguments.required("code", "invalid_code"), arguments.text("redirect_uri")
    )
    identity = caller.identity
    member: Json = {"id": installation.user}
    if installation.user_scopes:
        member |= {"access_token": installation.user_token, "token_type": "user"}
        member["scope"] = ",".join(installation.user_scopes)
    answer: Json = {
        "app_id": identity.app_id,
        "authed_user": member,
        "team": {"id": identity.team_id, "name": identity.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if installation.scopes:
        answer |= {
            "scope": ",".join(installation.scopes),
            "token_type": "bot",
            "access_token": installation.token,
            "bot_user_id": identity.bot_user_id,
        }
    if "incoming-webhook" in installation.scopes:
        conversation = caller.workspace.conversation(installation.channel)
        answer["incoming_webhook"] = {
            "channel": f"#{conversation.name}",
            "channel_id": conversation.id,
            "configuration_url": f"https://{identity.domain}.slack.com/services/{identity.bot_id}",
            "url": caller.webhooks.new(conversation.id),
        }
    return answer


def revoke(caller: Caller, arguments: Arguments) -> Json:
    """Revoke the token of the call, unless `test` is set."""
    if arguments.flag("test"):
        return {"revoked": False}
    caller.installations.revoked.add(caller.token)
    return {"revoked": True}
