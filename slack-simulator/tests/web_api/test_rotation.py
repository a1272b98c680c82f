"""Tokens that expire, and are refreshed by OAuth."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from slack_simulator import Simulator
from slack_simulator.workspace.setup import AppSetup, WorkspaceSetup

APP = {"client_id": "1.2", "client_secret": "x"}


@pytest.fixture
def rotating() -> Iterator[Simulator]:
    with Simulator(setup=WorkspaceSetup(app=AppSetup(token_rotation=True))) as slack:
        yield slack


def client(slack: Simulator, token: str = "") -> WebClient:
    return WebClient(token, base_url=slack.api_url, retry_handlers=[])


def install(slack: Simulator) -> SlackResponse:
    code = slack.installations.approve("U0REGULAR", ["chat:write"], user_scopes=["search:read"])
    return client(slack).oauth_v2_access(code=code, **APP)


def refresh(slack: Simulator, token: str) -> SlackResponse:
    rest = {"grant_type": "refresh_token", "refresh_token": token}
    return client(slack).oauth_v2_access(**APP, **rest)


def test_a_token_expires_and_is_refreshed(rotating: Simulator) -> None:
    first = install(rotating)
    assert first["expires_in"] == 43200
    assert client(rotating, first["access_token"]).auth_test()["user"] == "bot"
    rotating.clock.advance(43201)
    with pytest.raises(SlackApiError, match="token_expired"):
        client(rotating, first["access_token"]).auth_test()
    second = refresh(rotating, first["refresh_token"])
    assert (second["token_type"], second["scope"]) == ("bot", "chat:write")
    assert client(rotating, second["access_token"]).auth_test()["user"] == "bot"


def test_a_members_token_is_refreshed_too(rotating: Simulator) -> None:
    member = install(rotating)["authed_user"]
    again = refresh(rotating, member["refresh_token"])
    assert (again["token_type"], again["scope"]) == ("user", "search:read")
    assert client(rotating, again["access_token"]).auth_test()["user"] == "regular"


def test_a_refresh_token_is_used_once(rotating: Simulator) -> None:
    token = install(rotating)["refresh_token"]
    refresh(rotating, token)
    with pytest.raises(SlackApiError, match="invalid_refresh_token"):
        refresh(rotating, token)


def test_without_rotation_a_token_lives_on(slack: Simulator) -> None:
    answer = install(slack)
    assert "refresh_token" not in answer.data
    slack.clock.advance(1_000_000)
    assert client(slack, answer["access_token"]).auth_test()["ok"]
