"""Slack Connect, behind its methods: channels that are shared with another workspace.

There is one other workspace, and nobody in it: `Components` has what its members would do.
"""

from typing import Final, Literal

from slack_simulator.workspace import shapes
from slack_simulator.workspace.changes import Announced
from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.objects import Conversation, Json, User
from slack_simulator.workspace.workspace import Workspace

KIND: Final = "shared invites"
"""Invitation ID → the object that conversations.listConnectInvites returns."""
SECONDS_VALID: Final = 14 * 24 * 60 * 60
PARTNER: Final = User(
    id="U0PARTNER", name="pat", real_name="Pat Partner", email="pat@partner.example"
)
_TEAM: Final = ("T0PARTNER", "Partner", "partner")

Answer = Literal["accepted", "approved", "declined"]


def invite(
    workspace: Workspace, by: User, channel: Json, recipient: Json, *, incoming: bool
) -> Json:
    """Keep an invitation and return it. `incoming` is one from the other workspace."""
    now, id = int(workspace.clock.now()), workspace.ids.new("I0", 10)
    details = {
        "id": id,
        "date_created": now,
        "date_invalid": now + SECONDS_VALID,
        "inviting_team": _team(workspace, ours=not incoming),
        "inviting_user": _user(workspace, by),
        "link": f"https://join.slack.com/share/{id}",
        **recipient,
    }
    invitation: Json = {
        "direction": "incoming" if incoming else "outgoing",
        "status": "pending",
        "date_last_updated": now,
        "invite_type": "channel",
        "invite": details,
        "channel": channel,
    }
    workspace.records[KIND][id] = invitation
    if incoming:
        _tell(workspace, by, "received", invitation)
    return invitation


def pending(workspace: Workspace, id: str) -> Json:
    """Return an open invitation.

    Raise `invite_not_found`, `already_approved` or `inactive_invite`.
    """
    found = workspace.records[KIND].get(id)
    if found is None:
        raise SlackError("invite_not_found")
    if found["status"] != "pending":
        approved = found["status"] == "approved"
        raise SlackError("already_approved" if approved else "inactive_invite")
    return found


def answer(workspace: Workspace, id: str, what: Answer, by: User) -> Json:
    """Accept, approve or decline an invitation as `by`. Return it.

    A channel is shared once its invitation has been accepted and then approved. Raise
    `approval_not_found` for one that is approved before it was accepted, or as `pending` does.
    """
    with workspace.lock:
        invitation = pending(workspace, id)
        team = _team(workspace, ours=by is not PARTNER)
        invitation["date_last_updated"] = now = int(workspace.clock.now())
        if what == "accepted":
            invitation["acceptances"] = [
                {
                    "approval_status": "pending_approval",
                    "date_accepted": now,
                    "date_last_updated": now,
                    "accepting_team": team,
                    "accepting_user": _user(workspace, by),
                    "reviews": [],
                }
            ]
            more: Json = {"approval_required": True, "accepting_user": _user(workspace, by)}
        else:
            if what == "approved" and "acceptances" not in invitation:
                raise SlackError("approval_not_found")
            invitation["status"] = "approved" if what == "approved" else "revoked"
            verb = "approving" if what == "approved" else "declining"
            more = {f"{verb}_team_id": team["id"], f"{verb}_user": _user(workspace, by)}
        connected = {"teams_in_channel": [_team(workspace, ours=True)]}
        _tell(workspace, by, what, invitation, **connected, **more)
        if what == "approved":
            share(workspace, workspace.conversations[invitation["channel"]["id"]], by)
        return invitation


def share(workspace: Workspace, channel: Conversation, by: User, *, shared: bool = True) -> None:
    """Connect a channel with the other workspace, or disconnect it."""
    channel.connected_team = _TEAM[0] if shared else ""
    event: Json = {"type": "channel_shared", "connected_team_id": _TEAM[0], "channel": channel.id}
    if not shared:
        event = {
            "type": "channel_unshared",
            "previously_connected_team_id": _TEAM[0],
            "channel": channel.id,
            "is_ext_shared": False,
        }
    workspace.tell(Announced(what=event["type"], user=by, events=[event], conversation=channel))


def of_channel(channel: Conversation) -> Json:
    """Return a channel as an invitation shows it."""
    private = channel.kind == "group"
    return {"id": channel.id, "is_private": private, "is_im": False, "name": channel.name}


def _tell(workspace: Workspace, by: User, what: str, invitation: Json, **more: object) -> None:
    kind = f"shared_channel_invite_{what}"
    about = {"invite": invitation["invite"], "channel": invitation["channel"]}
    event: Json = {"type": kind, **about, **more}
    workspace.tell(Announced(what=kind, user=by, events=[event]))


def _team(workspace: Workspace, *, ours: bool) -> Json:
    identity = workspace.identity
    id, name, domain = (identity.team_id, identity.team_name, identity.domain) if ours else _TEAM
    return {
        "id": id,
        "name": name,
        "domain": domain,
        "icon": {"image_default": True},
        "is_verified": False,
        "avatar_base_url": "https://ca.slack-edge.com/",
        "date_created": 1_400_000_000,
        "requires_sponsorship": False,
    }


def _user(workspace: Workspace, user: User) -> Json:
    team = _TEAM[0] if user is PARTNER else workspace.identity.team_id
    shape = shapes.user(workspace.identity, user)
    return shape | {"team_id": team, "profile": {**shape["profile"], "email": user.email}}
