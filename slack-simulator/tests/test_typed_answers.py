"""All that an app gets is what the types of Slack's SDKs for JavaScript say, by TypeScript.

That is each method's answer, each event, and the payload of each interaction.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from bolt_apps import JAVASCRIPT
from gateway import Gateway
from msgspec import structs
from sample import SAMPLE
from slack_sdk import WebClient
from test_coverage import live
from tour import Tour

from slack_simulator import Simulator
from slack_simulator.events.examples import EXAMPLES
from slack_simulator.web_api.methods import METHODS
from slack_simulator.workspace.objects import Draft, Json

UNANSWERED = {"files.upload"}
"""It is retired: it has no answer but its error."""
LOOSE = """
type Loose<T> = T extends string ? string : T extends boolean ? boolean
  : T extends (infer E)[] ? Loose<E>[]
  : T extends object ? { [K in keyof T]: Loose<T[K]> } : T;
"""
"""The SDK's types come from samples of answers: a text in them is one of those in the samples.

A flag that is always true is a boolean in the simulator's answers."""
UNTYPED = {"agent_session_stopped", "agent_session_title_changed"}
"""Events that are too new for the SDK's types."""
UNTYPED_ANSWERS = ("agents.", "blocks.", "developer.")
"""Families of methods that are too new, likewise."""
WRONG = {
    "app_requested": "'previous_resolution' | 'is_user_app_collaborator' | 'user' | 'team'"
    " | 'scopes' | 'message' | 'date_created'",
    "channel_join": "'inviter'",
    "file_share": "'files'",
    "message_changed": "'message' | 'previous_message'",
    "message_deleted": "'previous_message'",
}
"""What the types of events, or of subtypes of messages, have wrong.

A request for an app has all of its fields in `app_request`, as Slack's documentation shows it and
its sample reads it. Not all who join were invited, lines are numbers, and a message in an event is
no event itself.
"""

PLAIN = {"type": "plain_text", "text": "A text"}
MENU = {"type": "external_select", "action_id": "menu", "placeholder": PLAIN}
BLOCKS: list[Json] = [
    {"type": "section", "block_id": "menu", "text": PLAIN, "accessory": MENU},
    {"type": "actions", "elements": [{"type": "button", "text": PLAIN, "action_id": "press"}]},
]
OLD = {"name": "old", "type": "button", "text": "Old", "value": "1"}
INTERACTIONS = {
    "shortcut": "GlobalShortcut",
    "message_action": "MessageShortcut",
    "block_actions": "BlockAction",
    "block_suggestion": "BlockSuggestion",
    "interactive_message": "InteractiveMessage",
    "view_submission": "ViewSubmitAction",
    "view_closed": "ViewClosedAction",
}


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, Json]]:
    with Simulator() as slack:
        tour = Tour(slack)
        tour.take()
        yield tour.answers


def test_every_method_answers(answers: dict[str, Json]) -> None:
    assert METHODS.keys() - answers.keys() == UNANSWERED
    assert {name for name, answer in answers.items() if not answer["ok"]} == set()


def sent_events() -> list[Json]:
    app = structs.replace(SAMPLE.app, unfurl_domains=("go.dev",))
    with Gateway() as gateway:
        with Simulator(gateway=gateway.url, setup=structs.replace(SAMPLE, app=app)) as slack:
            slack.deliveries.timeout = 60.0
            live(slack, WebClient(token="xoxb-test", base_url=slack.api_url))
            for kind in EXAMPLES.keys() - UNTYPED:
                slack.deliver_example(kind)
            slack.deliveries.wait_idle()
        return [received.event for received in gateway.received]


def sent_interactions() -> list[Json]:
    """Use the app in every way there is. Return what it was sent; a command has no type."""
    with Gateway() as gateway, Simulator(gateway=gateway.url) as slack:
        slack.subscriptions.clear()
        slack.deliveries.timeout = 60.0
        interactivity = slack.interactivity
        room = slack.workspace.conversation("general")
        slack.workspace.post(room, slack.workspace.bot, Draft(text="Well?", blocks=BLOCKS))
        post = slack.expect("Well?")
        slack.command("/bake bread")
        slack.shortcut("new")
        slack.shortcut("this", on=post)
        slack.click("press", on=post)
        slack.options("menu", "rye", on=post)
        old = Draft(text="Or?", attachments=[{"text": "", "callback_id": "old", "actions": [OLD]}])
        slack.workspace.post(room, slack.workspace.bot, old)
        slack.click("Old", on=slack.expect("Or?"))
        modal: Json = {"type": "modal", "title": PLAIN, "notify_on_close": True, "blocks": BLOCKS}
        for _ in range(2):
            interactivity.views.open("U0REGULAR", modal)
            slack.click("press")
            slack.options("menu", "rye")
            slack.submit() if _ else slack.close()
    forms = [parse_qs(received.body.decode()) for received in gateway.received]
    return [
        msgspec.json.decode(form["payload"][0])
        if "payload" in form
        else {name: values[0] for name, values in form.items()}
        for form in forms
    ]


def type_of_event(event: Json) -> str:
    kind, subtype = event["type"], event.get("subtype")
    if kind != "message":
        whole = f"Extract<SlackEvent, {{ type: '{kind}' }}>"
        return f"Omit<{whole}, {WRONG[kind]}>" if kind in WRONG else whole
    if subtype is None:
        return "Omit<GenericMessageEvent, 'subtype'>"
    whole = f"Extract<AllMessageEvents, {{ subtype: '{subtype}' }}>"
    wrong = WRONG.get(subtype)
    return f"Omit<{whole}, {wrong}>" if wrong else whole


def type_of_answer(method: str) -> str:
    words = "".join(word[0].upper() + word[1:] for word in method.split("."))
    return words.replace("Openid", "OpenID") + "Response"


def typed(answers: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield all that is compared, each with its type."""
    for method, answer in answers.items():
        if not method.startswith(UNTYPED_ANSWERS):
            yield type_of_answer(method), without_null(answer)
    for event in sent_events():
        yield type_of_event(event), without_null(event)
    payloads = sent_interactions()
    assert {payload.get("type") for payload in payloads} == {None, *INTERACTIONS}
    for payload in payloads:
        kind = INTERACTIONS.get(payload.get("type", ""), "SlashCommand")
        # Their types have no enterprise that is null, and a response URL in views, too.
        payload.pop("enterprise", None)
        # The message is full of objects, but declared to be of texts only.
        payload.pop("original_message", None)
        yield f"Omit<{kind}, 'response_url'>" if "view" in payload else kind, payload


@pytest.mark.slow
@pytest.mark.usefixtures("node_modules")
def test_all_that_is_sent_has_the_sdks_type(answers: dict[str, Json], tmp_path: Path) -> None:
    imports = {
        "@slack/web-api": (
            type_of_answer(method) for method in answers if not method.startswith(UNTYPED_ANSWERS)
        ),
        "@slack/types": ("AllMessageEvents", "GenericMessageEvent", "SlackEvent"),
        "@slack/bolt": (*INTERACTIONS.values(), "SlashCommand"),
    }
    lines = [
        f"import type {{ {', '.join(names)} }} from '{package}';"
        for package, names in imports.items()
    ]
    lines.append(LOOSE)
    for number, (kind, value) in enumerate(typed(answers)):
        literal = msgspec.json.encode(value).decode()
        lines.append(f"const value{number} = {literal};")
        lines.append(f"export const typed{number}: Loose<{kind}> = value{number};")
    # Beside the packages, so that the compiler finds them.
    file = JAVASCRIPT / f"values_{tmp_path.name}.ts"
    file.write_text("\n".join(lines))
    try:
        checked = subprocess.run(
            ["node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--target",
             "es2022", "--module", "node16", "--moduleResolution", "node16", file.name],
            cwd=JAVASCRIPT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        file.unlink()
    assert checked.returncode == 0, checked.stdout


def without_null(value: Any) -> Any:
    """Return a value without what is null in it, which the samples behind the types lack."""
    if isinstance(value, dict):
        return {name: without_null(each) for name, each in value.items() if each is not None}
    return [without_null(each) for each in value] if isinstance(value, list) else value
