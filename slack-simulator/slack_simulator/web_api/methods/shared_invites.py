"""Slack Connect: inviting another workspace to a channel, and what comes of it."""

from slack_simulator.web_api.arguments import Arguments
from slack_simulator.web_api.caller import Caller
from slack_simulator.web_api.methods import connect, membership
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Json


def invite(caller: Caller, arguments: Arguments) -> Json:
    """Invite somebody by an e-mail address, or by the ID of a user of another workspace."""
    caller.require("conversations.connect:write")
    channel = caller.enter(caller.find(arguments.named("channel", "channel_not_found")))
    emails, users = arguments.names("emails"), arguments.names("user_ids")
    if not emails and not users:
        raise SlackError("recipients_not_specified")
    if len(emails) + len(users) > 1:
        raise SlackError("too_many_emails" if len(emails) > 1 else "invalid_arguments")
    if emails and "@" not in emails[0]:
        raise SlackError("invalid_email")
    if channel.kind in {"im", "mpim"}:
        raise SlackError("invalid_channel_type")
    if channel.is_archived or channel.is_general:
        raise SlackError(
            "channel_archived" if channel.is_archived else "cannot_share_mandatory_channel"
        )
    recipient = {"recipient_email": emails[0]} if emails else {"recipient_user_id": users[0]}
    about = connect.of_channel(channel)
    made = connect.invite(caller.workspace, caller.actor, about, recipient, incoming=False)
    return {
        "invite_id": made["invite"]["id"],
        "url": made["invite"]["link"],
        "conf_code": caller.workspace.ids.hex(8),
        "is_legacy_shared_channel": False,
    }


def accept(caller: Caller, arguments: Arguments) -> Json:
    """Accept an invitation. The channel is there at once, and shared when it is approved."""
    caller.require("conversations.connect:write")
    id = _id(caller, arguments)
    if not id:
        raise SlackError("invalid_arguments")
    invitation = connect.pending(caller.workspace, id)
    if invitation["direction"] == "outgoing":
        raise SlackError("invite_from_same_org")
    if "acceptances" in invitation:
        raise SlackError("invite_used")
    name = membership.new_name(arguments, "channel_name")
    private = arguments.flag("is_private")
    made = caller.workspace.add_channel(
        name, user=caller.actor.id, private=private, first=caller.actor
    )
    invitation["channel"] = connect.of_channel(made)
    connect.answer(caller.workspace, id, "accepted", caller.actor)
    answer = {"invite_id": id, "channel_id": made.id, "implicit_approval": False}
    return answer | {"can_open_scdm": True}


def approve(caller: Caller, arguments: Arguments) -> Json:
    """Approve an invitation that was accepted: the channel is shared."""
    caller.require("conversations.connect:manage")
    connect.answer(caller.workspace, _id(caller, arguments), "approved", caller.actor)
    return {}


def decline(caller: Caller, arguments: Arguments) -> Json:
    """Decline an invitation."""
    caller.require("conversations.connect:manage")
    connect.answer(caller.workspace, _id(caller, arguments), "declined", caller.actor)
    return {}


def list_all(caller: Caller, _arguments: Arguments) -> Json:
    """Return the invitations that wait to be accepted or approved."""
    caller.require("conversations.connect:manage")
    invitations = caller.workspace.records[connect.KIND].values()
    return {"invites": [each for each in invitations if each["status"] == "pending"]}


def disconnect(caller: Caller, arguments: Arguments) -> Json:
    """Disconnect a channel from the other workspace."""
    caller.require("admin.conversations:write")
    channel = caller.find(arguments.named("channel_id", "channel_not_found"))
    if not channel.connected_team:
        raise SlackError("no_teams_to_disconnect")
    with caller.workspace.lock:
        connect.share(caller.workspace, channel, caller.actor, shared=False)
    return {}


def _id(caller: Caller, arguments: Arguments) -> str:
    """Return an invitation's ID, which may be that of its channel. Raise `invite_not_found`."""
    given, channel = arguments.text("invite_id"), arguments.text("channel_id")
    if given or not channel:
        return given
    for id, invitation in caller.workspace.records[connect.KIND].items():
        if invitation["channel"]["id"] == channel:
            return id
    raise SlackError("invite_not_found")
