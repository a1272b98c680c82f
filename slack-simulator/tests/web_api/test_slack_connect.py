"""Channels that are shared with another workspace."""

import pytest
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

RANDOM = "C029RQSEG"
EMAIL = "pat@partner.example"


def kinds(gateway: Gateway, number: int) -> list[str]:
    return [event["type"] for event in gateway.events(number)]


def test_a_channel_is_shared_once_its_invitation_is_accepted_and_approved(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    sent = web.conversations_inviteShared(channel=RANDOM, emails=EMAIL)["invite_id"]
    (listed,) = web.conversations_listConnectInvites()["invites"]
    assert (listed["direction"], listed["invite"]["recipient_email"]) == ("outgoing", EMAIL)
    with pytest.raises(SlackApiError, match="approval_not_found"):
        web.conversations_approveSharedInvite(invite_id=sent)
    slack.answer_invite(sent, "accepted")
    (listed,) = web.conversations_listConnectInvites()["invites"]
    (acceptance,) = listed["acceptances"]
    assert acceptance["approval_status"] == "pending_approval"
    team = acceptance["accepting_team"]["id"]
    web.conversations_approveSharedInvite(invite_id=sent, target_team=team)
    assert web.conversations_listConnectInvites()["invites"] == []
    with pytest.raises(SlackApiError, match="already_approved"):
        web.conversations_approveSharedInvite(invite_id=sent)
    channel = web.conversations_info(channel=RANDOM)["channel"]
    assert channel["is_ext_shared"] is True
    assert channel["shared_team_ids"][1:] == [team]
    # Deliveries may overtake each other, as Slack's do.
    shared, accepted, approved = sorted(gateway.events(3), key=lambda event: event["type"])
    assert accepted["accepting_user"]["name"] == "pat"
    assert approved["approving_team_id"] != team
    assert shared == {
        "type": "channel_shared",
        "connected_team_id": team,
        "channel": RANDOM,
        "event_ts": shared["event_ts"],
    }


def test_an_invitation_of_another_workspace_makes_a_channel_when_accepted(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    invite = slack.receive_invite("deliveries")
    with pytest.raises(SlackApiError, match="invalid_name_specials"):
        web.conversations_acceptSharedInvite(invite_id=invite, channel_name="Our bread")
    accepted = web.conversations_acceptSharedInvite(invite_id=invite, channel_name="bread")
    with pytest.raises(SlackApiError, match="invite_used"):
        web.conversations_acceptSharedInvite(invite_id=invite, channel_name="again")
    channel = web.conversations_info(channel=accepted["channel_id"])["channel"]
    assert (channel["name"], channel["is_ext_shared"]) == ("bread", False)
    web.conversations_approveSharedInvite(invite_id=invite)
    member = WebClient(token=slack.user_token("regular"), base_url=slack.api_url)
    slack.workspace.join_channel("bread", "regular")
    member.admin_conversations_disconnectShared(channel_id=channel["id"])
    assert web.conversations_info(channel=channel["id"])["channel"]["is_ext_shared"] is False
    assert sorted(kind for kind in kinds(gateway, 8) if "shared" in kind) == [
        "channel_shared",
        "channel_unshared",
        "shared_channel_invite_accepted",
        "shared_channel_invite_approved",
        "shared_channel_invite_received",
    ]


def test_a_declined_invitation_is_closed(
    web: WebClient, slack: Simulator, gateway: Gateway
) -> None:
    invite = slack.receive_invite()
    # slack_sdk sends this one as a GET.
    web.conversations_declineSharedInvite(invite_id=invite)
    assert kinds(gateway, 2)[1] == "shared_channel_invite_declined"
    with pytest.raises(SlackApiError, match="inactive_invite"):
        web.conversations_acceptSharedInvite(invite_id=invite, channel_name="late")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "emails": EMAIL}, "channel_not_found"),
        ({"channel": RANDOM, "emails": "pat"}, "invalid_email"),
        ({"channel": RANDOM, "emails": [EMAIL, "b@partner.example"]}, "too_many_emails"),
        ({"channel": RANDOM}, "recipients_not_specified"),
        ({"channel": "C029RQSEE", "emails": EMAIL}, "cannot_share_mandatory_channel"),
        ({"channel": "G0GROUPDM", "emails": EMAIL}, "invalid_channel_type"),
    ],
)
def test_an_invitation_goes_to_one_address(
    web: WebClient, arguments: dict[str, str], error: str
) -> None:
    with pytest.raises(SlackApiError, match=error):
        web.api_call("conversations.inviteShared", json=arguments)
