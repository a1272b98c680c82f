"""Code channels and sessions of agents, and what helps while one writes an app."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

LONG = "x" * 3001


def test_a_code_channel_keeps_its_views(web: WebClient) -> None:
    channel = web.agents_conversations_create(name="Fix: flaky login!")["channel_id"]
    assert web.conversations_info(channel=channel)["channel"]["name"] == "fix-flaky-login"
    place = {"channel_id": channel}
    first = web.agents_conversations_setView(**place, type="diff", view_key="diff", content="-a")
    again = web.agents_conversations_setView(**place, type="diff", view_key="diff", content="+b")
    assert (again["view_id"], again["content_version"]) == (first["view_id"], 2)
    web.agents_conversations_setView(**place, type="html", name="Report", content="<p>")
    views = web.agents_conversations_listViews(**place)["views"]
    assert [view["label"] for view in views] == ["diff", "Report"]
    web.agents_conversations_removeView(**place, view_key="diff")
    with pytest.raises(SlackApiError, match="view_not_found"):
        web.agents_conversations_removeView(**place, view_id=first["view_id"])
    with pytest.raises(SlackApiError, match="channel_not_found"):
        web.agents_conversations_listViews(channel_id="C029RQSEE")
    web.agents_conversations_archive(**place)
    with pytest.raises(SlackApiError, match="already_archived"):
        web.agents_conversations_archive(**place)


def test_a_canvas_of_a_code_channel_is_replaced(web: WebClient) -> None:
    channel = web.agents_conversations_create(name="plan")["channel_id"]
    plan = {"channel": channel, "canvas_id": web.canvases_create(title="Plan")["canvas_id"]}
    web.agents_conversations_setCanvasContent(**plan, content="# Plan\n\n1. Bake")
    canvas = web.agents_conversations_getCanvas(**plan)
    assert (canvas["title"], canvas["content"]) == ("Plan", "# Plan\n\n1. Bake")


def test_a_session_begins_with_its_first_status(web: WebClient, slack: Simulator) -> None:
    member = slack.workspace.user("regular")
    direct = {"channel_id": slack.workspace.open_dm(member, slack.bot).id}
    with pytest.raises(SlackApiError, match="session_not_found"):
        web.agents_sessions_rename(**direct, title="Bread")
    web.agents_sessions_setStatus(**direct, status="processing")
    assert web.agents_sessions_rename(**direct, title="Bread")["title"] == "Bread"
    assert web.agents_sessions_setStatus(**direct, status="complete")["title"] == "Bread"


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"blocks": [{"type": "hologram"}]}, "/0/type"),
        ({"message": {"blocks": [{"type": "section"}]}}, "/0"),
        ({"view": {"type": "home", "blocks": [{"type": "markdown"}]}}, "/view/blocks/0"),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": LONG}}]},
            "/0/text/text",
        ),
    ],
)
def test_blocks_are_validated_without_a_token(
    slack: Simulator, given: dict[str, object], pointer: str
) -> None:
    web = WebClient(base_url=slack.api_url)
    good = [{"type": "section", "text": {"type": "mrkdwn", "text": "Bread"}}]
    assert web.blocks_validate(blocks=good)["ok"]
    with pytest.raises(SlackApiError, match="invalid_blocks") as refused:
        web.blocks_validate(**given)  # type: ignore[arg-type]
    assert [error["pointer"] for error in refused.value.response["errors"]] == [pointer]


@pytest.mark.parametrize(
    "given",
    [{"blocks": 5}, {"view": [1]}, {"message": '"x"'}, {"message": {"blocks": "x"}}],
)
def test_what_is_no_block_is_refused(slack: Simulator, given: dict[str, object]) -> None:
    web = WebClient(base_url=slack.api_url)
    with pytest.raises(SlackApiError, match="invalid_blocks_format"):
        web.api_call("blocks.validate", json=given)
