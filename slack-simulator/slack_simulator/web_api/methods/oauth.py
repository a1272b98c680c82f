"""oauth.v2.access and auth.revoke: how an app gets its token, and gives it back."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.workspace.objects import Json


def access(caller: Caller, arguments: Arguments) -> Json:
    """Exchange the code of an installation for tokens, or a refresh token for a new one."""
    if arguments.text("grant_type") == "refresh_token":
        grant = caller.installations.refresh(arguments.text("refresh_token"))
        return {**_app(caller), **grant.shape}
    installation = caller.installations.exchange(
        arguments.required("code", "invalid_code"), arguments.text("redirect_uri")
    )
    identity = caller.identity
    member: Json = {"id": installation.user}
    if installation.user_scopes:
        member |= caller.installations.grant(installation.user_scopes, installation.user).shape
    answer: Json = {**_app(caller), "authed_user": member}
    if installation.scopes:
        answer |= caller.installations.grant(installation.scopes).shape
        answer["bot_user_id"] = identity.bot_user_id
    if "incoming-webhook" in installation.scopes:
        conversation = caller.workspace.conversation(installation.channel)
        answer["incoming_webhook"] = {
            "channel": f"#{conversation.name}",
            "channel_id": conversation.id,
            "configuration_url": f"https://{identity.domain}.slack.com/services/{identity.bot_id}",
            "url": caller.webhooks.new(conversation.id),
        }
    return answer


def _app(caller: Caller) -> Json:
    identity = caller.identity
    return {
        "app_id": identity.app_id,
        "team": {"id": identity.team_id, "name": identity.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def revoke(caller: Caller, arguments: Arguments) -> Json:
    """Revoke the token of the call, unless `test` is set."""
    if arguments.flag("test"):
        return {"revoked": False}
    caller.installations.revoked.add(caller.token)
    return {"revoked": True}
