"""admin.apps.*: deciding on the apps that members ask for."""

import re
from typing import Any

import pytest
from conftest import Control
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

TEAM = "T0GOPHERS"


@pytest.fixture
def admin(slack: Simulator) -> WebClient:
    token = slack.user_token("moderator")
    return WebClient(token=token, base_url=slack.api_url, retry_handlers=[])


def test_a_request_is_announced_listed_and_approved(
    slack: Simulator, admin: WebClient, gateway: Gateway
) -> None:
    asked = slack.request_app("breadbot", scopes=["chat:write"], message="Please")
    (event,) = gateway.events(1)
    request = event["app_request"]
    assert (event["type"], request["id"], request["message"]) == ("app_requested", asked, "Please")
    assert "previous_resolution" not in request
    (listed,) = admin.admin_apps_requests_list(team_id=TEAM)["app_requests"]
    assert listed == request
    admin.admin_apps_approve(request_id=asked, team_id=TEAM)
    assert admin.admin_apps_requests_list(team_id=TEAM)["app_requests"] == []
    (approved,) = admin.admin_apps_approved_list(team_id=TEAM)["approved_apps"]
    assert approved["app"]["name"] == "breadbot"
    assert [scope["name"] for scope in approved["scopes"]] == ["chat:write"]
    again = slack.request_app("breadbot")
    assert gateway.events(2)[1]["app_request"]["previous_resolution"]["status"] == "approved"
    admin.admin_apps_restrict(request_id=again, team_id=TEAM)
    assert admin.admin_apps_approved_list(team_id=TEAM)["approved_apps"] == []
    assert len(admin.admin_apps_restricted_list(team_id=TEAM)["restricted_apps"]) == 1


def test_requests_come_in_pages(slack: Simulator, admin: WebClient) -> None:
    for number in range(3):
        slack.request_app(f"bot{number}")
    first = admin.admin_apps_requests_list(limit=2, team_id=TEAM)
    cursor = first["response_metadata"]["next_cursor"]
    second = admin.admin_apps_requests_list(limit=2, cursor=cursor, team_id=TEAM)
    names = [each["app"]["name"] for each in [*first["app_requests"], *second["app_requests"]]]
    assert names == ["bot0", "bot1", "bot2"]


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("approve", {}, "request_id_or_app_id_is_required"),
        ("approve", {"app_id": "A1", "request_id": "Ar1"}, "too_many_ids_provided"),
        ("approve", {"app_id": "1"}, "invalid_app_id"),
        ("approve", {"request_id": "Ar1"}, "invalid_request_id"),
        ("restrict", {"app_id": "A1", "team_id": "T0OTHER"}, "team_not_found"),
        ("restrict", {"app_id": "A1", "enterprise_id": "E1"}, "too_many_teams_provided"),
        ("requests.cancel", {"request_id": "Ar1"}, "invalid_request_id"),
        ("requests.list", {"cursor": "x"}, "invalid_cursor"),
        ("clearResolution", {"app_id": "A1"}, "no_resolution_found"),
    ],
)
def test_what_cannot_be_decided_has_slacks_error(
    admin: WebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as failure:
        admin.api_call(f"admin.apps.{method}", json={"team_id": TEAM} | arguments)
    assert failure.value.response["error"] == error


def test_a_request_is_decided_once(control: Control, admin: WebClient) -> None:
    asked = control.post("/sim/apps/requests", {"name": "breadbot"})[1]["request"]
    admin.admin_apps_requests_cancel(request_id=asked, team_id=TEAM)
    with pytest.raises(SlackApiError, match="request_already_resolved"):
        admin.admin_apps_approve(request_id=asked, team_id=TEAM)


def test_an_app_approved_by_its_id_keeps_what_was_asked_for(
    slack: Simulator, admin: WebClient
) -> None:
    for _ in range(2):
        slack.request_app("Bread Bot!", scopes=["chat:write"])
    app, same = (each["app"]["id"] for each in admin.admin_apps_requests_list()["app_requests"])
    assert app == same
    assert re.fullmatch("A0[0-9A-F]+", app)
    admin.admin_apps_approve(app_id=app)
    admin.admin_apps_restrict(app_id=app)
    assert admin.admin_apps_requests_list()["app_requests"] == []
    (restricted,) = admin.admin_apps_restricted_list()["restricted_apps"]
    assert restricted["app"]["name"] == "Bread Bot!"
    assert [scope["name"] for scope in restricted["scopes"]] == ["chat:write"]


def test_only_admins_decide(slack: Simulator, web: WebClient) -> None:
    member = WebClient(token=slack.user_token("regular"), base_url=slack.api_url)
    for client, error in ((member, "not_an_admin"), (web, "not_allowed_token_type")):
        with pytest.raises(SlackApiError, match=error):
            client.admin_apps_requests_list(team_id=TEAM)
