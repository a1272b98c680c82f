"""Blocks that Slack rejects are rejected, with the place of what is wrong."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator
from slack_simulator.blocks import rules
from slack_simulator.workspace.objects import Json

GENERAL = "C029RQSEE"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(**more: object) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


SECTION = {"type": "section", "text": plain("Fine")}


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "sektion"}, "unsupported type: sektion [json-pointer:/blocks/0/type]"),
        ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        ("text", "must be an object [json-pointer:/blocks/0]"),
        ({"type": ["section"]}, "unsupported type: ['section'] [json-pointer:/blocks/0/type]"),
        (
            {"type": "section", "text": plain("x"), "fields": None},
            "must be an array [json-pointer:/blocks/0/fields]",
        ),
        (
            {"type": "section", "text": {"type": "plain_text", "text": ["x"]}},
            "must be a string [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "section", "text": plain("x"), "accessory": "button"},
            "must be an object [json-pointer:/blocks/0/accessory]",
        ),
        (
            {"type": "actions", "elements": [None]},
            "must be an object [json-pointer:/blocks/0/elements/0]",
        ),
        (
            {"type": "card", "actions": ["x"]},
            "must be an object [json-pointer:/blocks/0/actions/0]",
        ),
        (
            {"type": "section", "text": "plain"},
            "must be an object [json-pointer:/blocks/0/text]",
        ),
        (
            {"type": "section", "text": plain("x" * 3001)},
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "section", "text": plain("")},
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "section", "text": plain("x"), "fields": [plain("y")] * 11},
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
            "must be one of [plain_text] [json-pointer:/blocks/0/text/type]",
        ),
        (
            {"type": "header", "text": plain("x" * 151)},
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "actions", "elements": []},
            "no less than 1 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            {"type": "actions", "elements": [button(text=plain("x" * 76))]},
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            {"type": "actions", "elements": [button(style="warning")]},
            "must be one of [primary, danger] [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            {"type": "carousel", "elements": [SECTION]},
            "must be one of [card] [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            {"type": "carousel", "elements": []},
            "no less than 1 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            {"type": "container", "child_blocks": [{"type": "section"}]},
            "missing required field: text [json-pointer:/blocks/0/child_blocks/0]",
        ),
        (
            {"type": "card", "actions": [button(style="warning")]},
            "must be one of [primary, danger] [json-pointer:/blocks/0/actions/0/style]",
        ),
        (
            {"type": "actions", "elements": [button(), button()]},
            "action_id must be unique in its block [json-pointer:/blocks/0/elements/1/action_id]",
        ),
        (
            {"type": "section", "text": plain("x"), "accessory": {"type": "overflow"}},
            "no less than 1 items allowed [json-pointer:/blocks/0/accessory/options]",
        ),
        (
            {"type": "input", "label": plain("x")},
            "missing required field: element [json-pointer:/blocks/0]",
        ),
        (
            {"type": "image", "image_url": "https://go.dev/gopher.png"},
            "missing required field: alt_text [json-pointer:/blocks/0]",
        ),
    ],
)
def test_a_block_that_breaks_a_rule_says_where(block: Any, problem: str) -> None:
    assert rules.problems([block]) == [problem]


def test_a_message_with_wrong_blocks_is_rejected(web: WebClient, slack: Simulator) -> None:
    with pytest.raises(SlackApiError) as failure:
        web.chat_postMessage(channel=GENERAL, text="x", blocks=[SECTION, {"type": "section"}])
    answer = failure.value.response
    assert answer["error"] == "invalid_blocks"
    problem = "missing required field: text [json-pointer:/blocks/1]"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {problem}"]
    assert not slack.posts()


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ([SECTION] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        (
            [{**SECTION, "block_id": "a"}] * 2,
            "block_id must be unique [json-pointer:/blocks/1/block_id]",
        ),
    ],
)
def test_blocks_together_have_rules_too(blocks: list[Json], problem: str) -> None:
    assert rules.problems(blocks) == [problem]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"blocks": [{"type": "section"}]}, "text [json-pointer:/view/blocks/0]"),
        ({"title": plain("x" * 25)}, "less than 25 characters [json-pointer:/view/title]"),
        ({"private_metadata": "x" * 3001}, "3001 characters [json-pointer:/view/private_metadata]"),
        ({"callback_id": "x" * 256}, "256 characters [json-pointer:/view/callback_id]"),
        ({"title": None}, "missing required field: title"),
        ({"type": "home"}, "must be one of [modal]"),
        ({"blocks": ["section"]}, "must be an object [json-pointer:/view/blocks/0]"),
        (
            {"blocks": [{"type": "input", "label": plain("x"), "element": {"type": "datepicker"}}]},
            "must define `submit`",
        ),
    ],
)
def test_a_view_that_breaks_a_rule_says_where(
    web: WebClient, slack: Simulator, more: Json, problem: str
) -> None:
    trigger_id = slack.interactivity.triggers.new("U0REGULAR")
    view = {"type": "modal", "title": plain("A view"), "blocks": [SECTION], **more}
    with pytest.raises(SlackApiError) as failure:
        web.views_open(trigger_id=trigger_id, view=view)
    (message,) = failure.value.response["response_metadata"]["messages"]
    assert problem in message


def test_an_external_id_belongs_to_one_view(web: WebClient, slack: Simulator) -> None:
    view = {"type": "modal", "title": plain("A view"), "blocks": [SECTION], "external_id": "one"}
    triggers = [slack.interactivity.triggers.new(user) for user in ("U0REGULAR", "U0REVIEWER")]
    opened = web.views_open(trigger_id=triggers[0], view=view)["view"]
    assert web.views_update(external_id="one", view=view)["view"]["id"] == opened["id"]
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        web.views_open(trigger_id=triggers[1], view=view)


def test_texts_and_inputs_have_slacks_defaults(web: WebClient, slack: Simulator) -> None:
    element = {"type": "plain_text_input", "action_id": "t", "placeholder": plain("Type")}
    field = {"type": "input", "block_id": "b", "label": plain("Text"), "element": element}
    note = {"type": "context", "elements": [{"type": "mrkdwn", "text": "*now*"}]}
    view = {"type": "modal", "title": plain("A view"), "submit": plain("Go"), "blocks": [field]}
    trigger_id = slack.interactivity.triggers.new("U0REGULAR")
    shown = web.views_open(trigger_id=trigger_id, view=view)["view"]
    posted = web.chat_postMessage(channel=GENERAL, text="x", blocks=[note])["message"]
    (block,) = shown["blocks"]
    texts = [shown["title"], shown["submit"], block["label"], block["element"]["placeholder"]]
    assert [text["emoji"] for text in texts] == [True] * 4
    assert (block["optional"], block["dispatch_action"]) == (False, False)
    assert posted["blocks"][0]["elements"][0]["verbatim"] is False
