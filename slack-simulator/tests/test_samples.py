"""What Slack's samples and Bolt's documentation use is simulated, fully or in part.

samples.toml lists it, with where it is used.
"""

import tomllib
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
from gateway import Gateway
from slack_sdk import WebClient
from test_typed_answers import sent_interactions

import slack_simulator
from slack_simulator import Simulator, coverage
from slack_simulator.blocks import rules
from slack_simulator.coverage.limits import EVENT_LIMITS, RETIRED
from slack_simulator.events.payloads import EVERY_EVENT
from slack_simulator.web_api.methods import METHODS

USED = tomllib.loads((Path(__file__).parent / "samples.toml").read_text())
NOT_YET = {"workflow_step_edit"}
"""Of steps from apps, which are retired."""


def test_every_method_is_simulated_or_retired() -> None:
    assert USED["methods"].keys() - METHODS.keys() == USED["methods"].keys() & RETIRED.keys()


def test_every_event_and_subtype_is_sent() -> None:
    assert USED["events"].keys() - (EVERY_EVENT | coverage.ON_CALL.keys()) == set()
    assert {kind for kind in USED["subtypes"] if kind not in EVENT_LIMITS["message"]} == set()


def test_every_interaction_is_sent() -> None:
    sent = {payload.get("type", "slash_commands") for payload in sent_interactions()}
    assert USED["interactions"].keys() - sent - of_dialogs() == NOT_YET


def of_dialogs() -> set[str]:
    """Use a dialog in every way. Return the types of what the app got."""
    menu = {"type": "select", "label": "Type", "name": "type", "data_source": "external"}
    text = {"type": "text", "label": "From", "name": "from"}
    dialog = {"callback_id": "ride", "title": "A ride", "notify_on_cancel": True}
    with Gateway() as gateway, Simulator(gateway=gateway.url) as slack:
        slack.subscriptions.clear()
        slack.deliveries.timeout = 60.0
        web = WebClient(token="xoxb-1", base_url=slack.api_url)
        room = slack.workspace.conversation("general").id
        for _ in range(2):
            trigger = slack.interactivity.triggers.new("U0REGULAR", channel=room)
            web.dialog_open(trigger_id=trigger, dialog={**dialog, "elements": [text, menu]})
            slack.options("type", "x")
            slack.submit({"From": "home"}) if _ else slack.close()
    bodies = [parse_qs(received.body.decode()) for received in gateway.received]
    return {msgspec.json.decode(body["payload"][0])["type"] for body in bodies}


def test_every_block_and_element_is_drawn() -> None:
    # What each looks like is in browser/test_interactivity.py.
    scripts = Path(slack_simulator.__file__).parent / "page" / "scripts" / "blocks"
    source = "".join(path.read_text() for path in scripts.glob("*.js"))
    used = [*USED["blocks"]["all"], *USED["elements"]["all"]]
    assert [kind for kind in used if f"{kind}: " not in source and f"'{kind}'" not in source] == []
    inside = USED["rich_text"]["all"]
    assert [kind for kind in inside if f"'{kind}'" not in source] == []


def test_every_block_is_accepted() -> None:
    assert set(USED["blocks"]["all"]) - rules.known() == set()
    assert rules.problems([{"type": "hologram"}]) == [
        "unsupported type: hologram [json-pointer:/blocks/0/type]"
    ]
