"""The payloads that Slack sends when a member interacts with an app.

The shapes follow https://docs.slack.dev/interactivity/handling-user-interaction and the reference
of each payload.
"""

from slack_simulator.workspace.objects import AppIdentity, Conversation, Json, User


def common(identity: AppIdentity, kind: str, user: User) -> Json:
    """Return the fields that all interactions share."""
    return {
        "type": kind,
        "token": identity.verification_token,
        "api_app_id": identity.app_id,
        "team": {"id": identity.team_id, "domain": identity.domain},
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": identity.team_id,
        },
        "enterprise": None,
        "is_enterprise_install": False,
    }


def slash_command(
    identity: AppIdentity, user: User, conversation: Conversation, command: str, text: str
) -> Json:
    """Return the form of a slash command, without `trigger_id` and `response_url`."""
    return {
        "token": identity.verification_token,
        "team_id": identity.team_id,
        "team_domain": identity.domain,
        "channel_id": conversation.id,
        "channel_name": _name(conversation),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": identity.app_id,
        "is_enterprise_install": "false",
    }


def channel(conversation: Conversation) -> Json:
    """Return a conversation's reference in an interaction."""
    return {"id": conversation.id, "name": _name(conversation)}


def _name(conversation: Conversation) -> str:
    """Return the name of a conversation; a private one's stays hidden."""
    hidden = {"im": "directmessage", "group": "privategroup"}
    return hidden.get(conversation.kind, conversation.name)
