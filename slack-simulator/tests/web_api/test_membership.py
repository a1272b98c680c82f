import pytest
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

GENERAL, NEWBIES = "C029RQSEE", "C02A8LZKT"


@pytest.fixture
def ovens(web: WebClient) -> str:
    """A channel that the bot has created."""
    channel: str = web.conversations_create(name="ovens")["channel"]["id"]
    return channel


def test_a_created_channel_has_the_bot_as_creator_and_only_member(
    web: WebClient, gateway: Gateway, ovens: str
) -> None:
    channel = web.conversations_info(channel=ovens)["channel"]
    assert (channel["name"], channel["creator"]) == ("ovens", "U0GOPHERBOT")
    assert web.conversations_members(channel=ovens)["members"] == ["U0GOPHERBOT"]
    (event,) = gateway.events(1)
    assert (event["type"], event["channel"]["id"]) == ("channel_created", ovens)


def test_a_private_channel_is_created(web: WebClient) -> None:
    channel = web.conversations_create(name="secret", is_private=True)["channel"]
    assert channel["is_private"]
    listed = web.conversations_list(types="private_channel")["channels"]
    assert channel["id"] in {each["id"] for each in listed}


def test_an_invited_member_is_in_the_channel_and_the_app_is_told_by_whom(
    web: WebClient, gateway: Gateway, ovens: str
) -> None:
    web.conversations_invite(channel=ovens, users=["U0REGULAR", "U0REVIEWER"])
    assert {"U0REGULAR", "U0REVIEWER"} <= set(web.conversations_members(channel=ovens)["members"])
    joined = [each for each in gateway.events(5) if each["type"] == "member_joined_channel"]
    assert {each["user"] for each in joined} == {"U0REGULAR", "U0REVIEWER"}
    assert {each["inviter"] for each in joined} == {"U0GOPHERBOT"}


def test_a_forced_invitation_takes_whom_it_can(web: WebClient, ovens: str) -> None:
    answer = web.conversations_invite(channel=ovens, users="U0REGULAR,U0NOBODY", force=True)
    assert answer["errors"] == [{"user": "U0NOBODY", "ok": False, "error": "user_not_found"}]
    assert "U0REGULAR" in web.conversations_members(channel=ovens)["members"]


def test_the_bot_leaves_and_joins_again(web: WebClient, slack: Simulator) -> None:
    web.conversations_leave(channel=NEWBIES)
    assert web.conversations_leave(channel=NEWBIES)["not_in_channel"]
    assert NEWBIES not in {c["id"] for c in web.users_conversations()["channels"]}
    web.conversations_join(channel=NEWBIES)
    assert web.conversations_join(channel=NEWBIES)["warning"] == "already_in_channel"
    assert NEWBIES in {c["id"] for c in web.users_conversations(limit=1000)["channels"]}


def test_a_topic_is_a_message_in_the_channel_but_no_post(
    web: WebClient, slack: Simulator, gateway: Gateway, ovens: str
) -> None:
    assert web.conversations_setTopic(channel=ovens, topic="Hot")["channel"]["topic"]["value"] == (
        "Hot"
    )
    web.conversations_setPurpose(channel=ovens, purpose="Baking")
    told = [event for event in gateway.events(3) if event["type"] == "message"]
    assert sorted((each["subtype"], each.get("topic")) for each in told) == [
        ("channel_purpose", None),
        ("channel_topic", "Hot"),
    ]
    assert not slack.posts()


def test_a_kicked_member_is_gone(web: WebClient, ovens: str) -> None:
    web.conversations_invite(channel=ovens, users="U0REGULAR")
    web.conversations_kick(channel=ovens, user="U0REGULAR")
    assert web.conversations_members(channel=ovens)["members"] == ["U0GOPHERBOT"]


def test_a_channel_is_renamed_archived_and_unarchived(web: WebClient, ovens: str) -> None:
    assert web.conversations_rename(channel=ovens, name="stoves")["channel"]["name"] == "stoves"
    web.conversations_archive(channel=ovens)
    with pytest.raises(SlackApiError, match="is_archived"):
        web.chat_postMessage(channel=ovens, text="anybody?")
    web.conversations_unarchive(channel=ovens)
    assert web.chat_postMessage(channel=ovens, text="anybody?")["ok"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("create", {"name": "general"}, "name_taken"),
        ("create", {"name": ""}, "invalid_name_required"),
        ("create", {"name": "x" * 81}, "invalid_name_maxlength"),
        ("create", {"name": "Big Ovens"}, "invalid_name_specials"),
        ("create", {"name": "--"}, "invalid_name_punctuation"),
        ("join", {"channel": "C0NOPE"}, "channel_not_found"),
        ("join", {"channel": "G0GROUPDM"}, "method_not_supported_for_channel_type"),
        ("join", {"channel": "C0VENDR9Q"}, "is_archived"),
        ("leave", {"channel": GENERAL}, "cant_leave_general"),
        ("leave", {"channel": "C0VENDR9Q"}, "is_archived"),
        ("leave", {"channel": "G0GROUPDM"}, "method_not_supported_for_channel_type"),
        ("invite", {"channel": "C0VENDR9Q", "users": "U0REGULAR"}, "is_archived"),
        *(
            (method, {"channel": "G0GROUPDM"}, "method_not_supported_for_channel_type")
            for method in ("invite", "kick", "rename", "archive", "unarchive")
        ),
        ("invite", {"channel": GENERAL, "users": ""}, "no_user"),
        ("invite", {"channel": GENERAL, "users": "U0NOBODY"}, "user_not_found"),
        ("invite", {"channel": GENERAL, "users": "U0GOPHERBOT"}, "cant_invite_self"),
        ("invite", {"channel": GENERAL, "users": "U0REGULAR"}, "already_in_channel"),
        ("kick", {"channel": NEWBIES, "user": "U0GOPHERBOT"}, "cant_kick_self"),
        ("kick", {"channel": GENERAL, "user": "U0REGULAR"}, "cant_kick_from_general"),
        ("kick", {"channel": NEWBIES, "user": "U0NEWCOMER"}, "not_in_channel"),
        ("rename", {"channel": GENERAL, "name": "lobby"}, "not_authorized"),
        ("archive", {"channel": GENERAL}, "cant_archive_general"),
        ("unarchive", {"channel": GENERAL}, "not_archived"),
        ("setTopic", {"channel": GENERAL, "topic": "x" * 251}, "too_long"),
        ("close", {"channel": GENERAL}, "method_not_supported_for_channel_type"),
        ("mark", {"channel": GENERAL, "ts": "1.0"}, "message_not_found"),
    ],
)
def test_what_cannot_be_done_has_slacks_error(
    web: WebClient, method: str, arguments: dict[str, str], error: str
) -> None:
    with pytest.raises(SlackApiError) as failure:
        web.api_call(f"conversations.{method}", params=arguments)
    assert failure.value.response["error"] == error
