"""What Slack answers to a call that lacks an argument, or has an empty one."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

GENERAL = "C029RQSEE"
VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "A modal"}, "blocks": []}
NAME, DESCRIPTION = "x" * 256, "x" * 141


def refused(web: WebClient, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as failure:
        web.api_call(method, json=arguments)
    return dict(failure.value.response.data)


@pytest.mark.parametrize(
    ("method", "arguments", "missing"),
    [
        ("conversations.info", {}, "channel"),
        ("conversations.replies", {"channel": GENERAL}, "ts"),
        ("conversations.setTopic", {"channel": GENERAL}, "topic"),
        ("conversations.setPurpose", {"channel": GENERAL}, "purpose"),
        ("users.info", {}, "user"),
        ("chat.delete", {"channel": GENERAL}, "ts"),
        ("views.open", {"trigger_id": "1"}, "view"),
        ("views.publish", {"user_id": "U0REGULAR"}, "view"),
    ],
)
def test_a_missing_argument_is_named(
    web: WebClient, method: str, arguments: dict[str, Any], missing: str
) -> None:
    answer = refused(web, method, arguments)
    told = [f"[ERROR] missing required field: {missing}"]
    assert (answer["error"], answer["response_metadata"]["messages"]) == ("invalid_arguments", told)


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("conversations.info", {"channel": ""}, "channel_not_found"),
        ("conversations.replies", {"channel": GENERAL, "ts": ""}, "thread_not_found"),
        ("users.info", {"user": ""}, "user_not_found"),
        ("pins.add", {"timestamp": "1.0"}, "channel_not_found"),
        ("chat.update", {"channel": GENERAL, "text": "x", "ts": ""}, "message_not_found"),
        ("usergroups.create", {}, "missing_argument"),
        ("usergroups.create", {"name": ""}, "missing_subteam_name"),
        ("usergroups.create", {"name": NAME}, "name_too_long"),
        ("usergroups.create", {"name": "On call"}, "name_already_exists"),
        ("usergroups.create", {"name": "A", "description": DESCRIPTION}, "description_too_long"),
        ("usergroups.create", {"name": "A", "handle": "Bake it!"}, "bad_handle"),
        ("usergroups.create", {"name": "A", "handle": "everyone"}, "forbidden_handle"),
        ("usergroups.create", {"name": "A", "handle": "oncall"}, "handle_already_exists"),
        ("usergroups.create", {"name": "A", "handle": "general"}, "handle_already_exists"),
        ("usergroups.create", {"name": "A", "handle": "regular"}, "handle_already_exists"),
        ("usergroups.create", {"name": "A", "channels": "C0NOPE"}, "invalid_channel_provided"),
        ("usergroups.update", {"usergroup": "S0NOPE"}, "no_such_subteam"),
    ],
)
def test_an_argument_of_no_use_has_slacks_error(
    web: WebClient, method: str, arguments: dict[str, Any], error: str
) -> None:
    web.usergroups_create(name="On call", handle="oncall")
    assert refused(web, method, arguments)["error"] == error


def test_an_empty_topic_is_no_topic(web: WebClient) -> None:
    web.conversations_setTopic(channel=GENERAL, topic="Hot")
    assert web.conversations_setTopic(channel=GENERAL, topic="")["channel"]["topic"]["value"] == ""


def test_a_user_group_is_changed_as_strictly_as_it_is_made(web: WebClient) -> None:
    group = web.usergroups_create(name="On call", description="Around", channels=[GENERAL])
    about = {"usergroup": group["usergroup"]["id"]}
    assert refused(web, "usergroups.update", about | {"handle": "here"})["error"] == (
        "forbidden_handle"
    )
    web.conversations_create(name=group["usergroup"]["handle"])
    web.usergroups_update(**about, handle=group["usergroup"]["handle"])
    changed = web.api_call(
        "usergroups.update", json=about | {"name": "On call", "description": "", "channels": ""}
    )["usergroup"]
    assert (changed["description"], changed["prefs"]["channels"]) == ("", [])


def test_a_group_without_a_handle_gets_a_free_one(web: WebClient) -> None:
    handles = [
        web.usergroups_create(name=name)["usergroup"]["handle"]
        for name in ("General", "general!", "!!!")
    ]
    assert handles == ["general-2", "general-3", "group-2"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"view": "[1]"}, "failed to match all allowed schemas [json-pointer:/view]"),
        (
            {"view": VIEW | {"id": "V1"}},
            "invalid additional property: id [json-pointer:/view]",
        ),
        (
            {"view": VIEW, "external_id": "1"},
            "Cannot provide both `view_id` and `external_id`",
        ),
    ],
)
def test_a_view_that_cannot_be_shown_is_told(
    web: WebClient, slack: Simulator, arguments: dict[str, Any], told: str
) -> None:
    trigger = slack.interactivity.triggers.new("U0REGULAR")
    shown = web.views_open(trigger_id=trigger, view=VIEW)["view"]["id"]
    answer = refused(web, "views.update", {"view_id": shown} | arguments)
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {told}"]
