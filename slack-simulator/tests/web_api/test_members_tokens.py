"""Tokens of members: what an app does for one, and searching."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

As = Callable[[str], WebClient]


@pytest.fixture
def acting(slack: Simulator) -> As:
    def client(user: str) -> WebClient:
        token = slack.user_token(user)
        return WebClient(token, base_url=slack.api_url, retry_handlers=[])

    return client


def test_a_members_token_acts_for_the_member(acting: As, slack: Simulator) -> None:
    regular = acting("regular")
    identity = regular.auth_test()
    assert identity["user_id"] == "U0REGULAR"
    assert "bot_id" not in identity.data
    channel = slack.workspace.conversation("general").id
    post = regular.chat_postMessage(channel=channel, text="on my way")["message"]
    assert (post["user"], post["bot_id"]) == ("U0REGULAR", slack.identity.bot_id)
    regular.reactions_add(channel=channel, timestamp=post["ts"], name="wave")
    assert slack.workspace.message("general", post["ts"]).reactions == {"wave": ["U0REGULAR"]}
    assert slack.expect("on my way").text == "on my way"
    assert regular.chat_delete(channel=channel, ts=post["ts"])["ok"]


def test_the_environments_token_is_a_moderators(slack: Simulator) -> None:
    token = slack.environment()["SLACK_USER_TOKEN"]
    assert WebClient(token, base_url=slack.api_url).auth_test()["user"] == "moderator"


def test_a_member_sees_what_they_are_in(acting: As, slack: Simulator) -> None:
    secret = slack.workspace.conversation("moderators")
    assert acting("moderator").conversations_history(channel=secret.id)["ok"]
    with pytest.raises(SlackApiError, match="channel_not_found"):
        acting("newcomer").conversations_history(channel=secret.id)


def test_members_have_scopes_of_their_own(acting: As, slack: Simulator, web: WebClient) -> None:
    slack.web_api.user_scopes = ("channels:write",)
    made = acting("regular").conversations_create(name="ovens")["channel"]
    assert made["creator"] == "U0REGULAR"
    assert list(slack.workspace.conversation("ovens").members) == ["U0REGULAR"]
    with pytest.raises(SlackApiError, match="missing_scope") as refusal:
        acting("regular").search_messages(query="x")
    assert refusal.value.response["needed"] == "search:read"
    assert refusal.value.response.headers["x-oauth-scopes"] == "channels:write"
    assert web.users_list()["ok"]


def test_a_revoked_token_acts_no_more(acting: As, web: WebClient) -> None:
    regular = acting("regular")
    assert regular.auth_revoke()["revoked"]
    with pytest.raises(SlackApiError, match="token_revoked"):
        regular.auth_test()
    assert web.auth_test()["ok"]


@pytest.mark.parametrize("method", ["search_messages", "search_files", "search_all"])
def test_a_bot_may_not_search(web: WebClient, method: str) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        getattr(web, method)(query="x")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("oven", ["the Oven is hot", "oven two"]),
        ("oven hot", ["the Oven is hot"]),
        ('"oven is"', ["the Oven is hot"]),
        ("oven -hot", ["oven two"]),
        ("oven in:random", ["oven two"]),
        ("from:@newcomer", ["oven two"]),
        ("from:me", ["the Oven is hot", "the secret"]),
        ("in:moderators", ["the secret"]),
        ("oven after:2000-01-01 -before:2000-01-01", ["the Oven is hot", "oven two"]),
        ("oven before:2000-01-01", []),
        ("oven on:not-a-day", []),
        ("nothing like it", []),
    ],
)
def test_a_search_finds(acting: As, slack: Simulator, query: str, found: list[str]) -> None:
    slack.say("the Oven is hot", user="moderator")
    slack.say("oven two", channel="random", user="newcomer")
    slack.say("the secret", channel="moderators", user="moderator")
    answer = acting("moderator").search_messages(query=query, sort_dir="asc")
    assert [match["text"] for match in matches(answer)] == found
    assert answer["messages"]["total"] == len(found)


def test_a_search_finds_nothing_that_the_member_cannot_see(acting: As, slack: Simulator) -> None:
    slack.say("the secret", channel="moderators", user="moderator")
    slack.upload("the secret", "secret.txt", channel="moderators", user="moderator")
    newcomer = acting("newcomer")
    assert matches(newcomer.search_messages(query="secret")) == []
    assert newcomer.search_files(query="secret")["files"]["total"] == 0
    assert acting("moderator").search_files(query="secret")["files"]["total"] == 1


def test_matches_have_their_place_and_come_in_pages(acting: As, slack: Simulator) -> None:
    stamps = [slack.say(f"bread {number}").ts for number in range(5)]
    moderator = acting("moderator")
    second = moderator.search_messages(query="bread", count=2, page=2, highlight=True)
    assert [match["ts"] for match in matches(second)] == [stamps[2], stamps[1]]
    assert second["messages"]["paging"] == {"count": 2, "total": 5, "page": 2, "pages": 3}
    (match, _) = matches(second)
    assert match["permalink"].endswith(f"/p{stamps[2].replace('.', '')}")
    assert match["channel"]["name"] == "general"
    assert match["text"] == "\ue000bread\ue001 2"


def matches(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer["messages"]["matches"]
    return found


def test_an_installation_gives_the_members_token(slack: Simulator, web: WebClient) -> None:
    code = slack.installations.approve("U0REVIEWER", [], user_scopes=["search:read"])
    answer = web.oauth_v2_access(client_id="1.2", client_secret="x", code=code)
    member = answer["authed_user"]
    assert (member["id"], member["scope"]) == ("U0REVIEWER", "search:read")
    assert "access_token" not in answer.data
    acting = WebClient(member["access_token"], base_url=slack.api_url)
    assert acting.auth_test()["user"] == "reviewer"
