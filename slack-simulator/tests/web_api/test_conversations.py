import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator


def names(web: WebClient, **arguments: object) -> list[str]:
    found: list[str] = []
    while True:
        answer = web.api_call("conversations.list", params=arguments)
        found += [channel["name"] for channel in answer["channels"]]
        arguments["cursor"] = answer["response_metadata"]["next_cursor"]
        if not arguments["cursor"]:
            return found


def error(failure: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(failure.value.response["error"])


def test_all_public_channels_are_listed_page_by_page(web: WebClient) -> None:
    whole = names(web)
    assert len(whole) == len(set(whole)) == 14
    assert {"general", "newbies", "golang-cls", "random", "vendoring"} <= set(whole)
    assert "moderators" not in whole
    assert names(web, limit=1) == names(web, limit=5) == names(web, limit=14) == whole


def test_leaving_out_archived_ones_makes_pages_short(web: WebClient, slack: Simulator) -> None:
    for name in ("aws", "bbq"):
        slack.workspace.archive_channel(name)
    assert "vendoring" not in names(web, exclude_archived=True, limit=3)
    sizes: list[int] = []
    cursor = ""
    while cursor or not sizes:
        answer = web.conversations_list(limit=1, cursor=cursor, exclude_archived=True)
        sizes.append(len(answer["channels"]))
        cursor = answer["response_metadata"]["next_cursor"]
    assert sizes.count(0) == 3
    assert len(sizes) == 14


def test_a_channel_has_slacks_shape(web: WebClient) -> None:
    channels = {c["name"]: c for c in web.conversations_list()["channels"]}
    general = channels["general"]
    assert general["is_general"]
    assert general["is_channel"]
    assert general["is_member"]
    assert not general["is_private"]
    assert general["num_members"] == 5
    assert channels["random"]["id"] == "C029RQSEG"
    assert channels["admin-help"]["id"] == "C4U9J9QBT"
    assert channels["vendoring"]["is_archived"]


def test_renames_and_new_channels_show(web: WebClient, slack: Simulator) -> None:
    slack.workspace.rename_channel("aws", "cloud")
    slack.workspace.add_channel("generics")
    assert {"cloud", "generics"} <= set(names(web))
    assert "aws" not in names(web)


def test_private_channels_are_listed_only_to_their_members(
    web: WebClient, slack: Simulator
) -> None:
    slack.web_api.scopes = ["channels:read", "groups:read"]
    assert names(web, types="private_channel") == ["moderators"]
    slack.workspace.leave_channel("moderators", "gopher")
    assert names(web, types="private_channel") == []


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"limit": 1001}, "invalid_limit"),
        ({"cursor": "nonsense"}, "invalid_cursor"),
        ({"cursor": "dGVhbTpDMA=="}, "invalid_cursor"),
        ({"types": "secret_channel"}, "invalid_types"),
    ],
)
def test_lists_that_slack_refuses(
    web: WebClient, arguments: dict[str, object], refusal: str
) -> None:
    with pytest.raises(SlackApiError) as failure:
        names(web, **arguments)
    assert error(failure) == refusal


def test_a_dm_is_opened_once(web: WebClient, slack: Simulator) -> None:
    first = web.conversations_open(users=["U0REGULAR"])
    again = web.conversations_open(users="U0REGULAR", return_im=True)
    assert first["channel"]["id"] == again["channel"]["id"]
    assert "already_open" not in first.data
    assert again["already_open"]
    assert again["channel"]["user"] == "U0REGULAR"
    assert len(slack.feed.after(0, "dm_opened")) == 1


def test_a_group_dm_is_opened_with_its_own_scope(web: WebClient, slack: Simulator) -> None:
    slack.web_api.scopes = ["mpim:write"]
    opened = web.conversations_open(users=["U0REGULAR", "U0REVIEWER"])
    assert opened["channel"]["id"].startswith("G")
    assert slack.workspace.conversation(opened["channel"]["id"]).kind == "mpim"


@pytest.mark.parametrize(
    ("users", "refusal"),
    [("U0NOBODY", "user_not_found"), ("U0OTHERBOT", "cannot_dm_bot")],
)
def test_dms_that_slack_refuses(web: WebClient, users: str, refusal: str) -> None:
    with pytest.raises(SlackApiError) as failure:
        web.conversations_open(users=users)
    assert error(failure) == refusal


def test_one_channel_and_its_members(web: WebClient) -> None:
    info = web.conversations_info(channel="C02A8LZKT")["channel"]
    assert info["name"] == "newbies"
    members = web.conversations_members(channel="C02A8LZKT", limit=2)
    assert members["members"] == ["U0GOPHERBOT", "U0REGULAR"]
    cursor = members["response_metadata"]["next_cursor"]
    rest = web.conversations_members(channel="C02A8LZKT", limit=2, cursor=cursor)
    assert rest["members"] == ["U0MODERATOR", "U0REVIEWER"]
    assert rest["response_metadata"]["next_cursor"] == ""


def test_users_and_bots(web: WebClient, slack: Simulator) -> None:
    slack.web_api.scopes = ["users:read"]
    user = web.users_info(user="U0NEWCOMER")["user"]
    assert user["name"] == "newcomer"
    assert "email" not in user["profile"]
    slack.web_api.scopes = ["users:read", "users:read.email"]
    profile = web.users_info(user="U0NEWCOMER")["user"]["profile"]
    assert profile["email"] == "newcomer@gophers.example"
    assert web.bots_info(bot="B0OTHERBOT")["bot"]["name"] == "otherbot"
    listed = web.users_list(limit=4)
    assert len(listed["members"]) == 4
    assert listed["response_metadata"]["next_cursor"]
    with pytest.raises(SlackApiError) as failure:
        web.users_info(user="U0NOBODY")
    assert error(failure) == "user_not_found"
    with pytest.raises(SlackApiError) as failure:
        web.bots_info(bot="B0NOBODY")
    assert error(failure) == "bot_not_found"


def test_a_topic_says_who_set_it_and_when(web: WebClient, slack: Simulator) -> None:
    room = web.conversations_create(name="ovens")["channel"]
    assert room["topic"] == {"value": "", "creator": "", "last_set": 0}
    changed = web.conversations_setTopic(channel=room["id"], topic="Hot")["channel"]["topic"]
    assert (changed["value"], changed["creator"]) == ("Hot", "U0GOPHERBOT")
    assert changed["last_set"] == pytest.approx(slack.clock.now(), abs=60)
