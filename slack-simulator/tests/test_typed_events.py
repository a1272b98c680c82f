"""Every event, and every payload of an interaction, is what the types of Slack's SDKs say."""

from pathlib import Path

import pytest
from gateway import Gateway
from msgspec import structs
from sample import SAMPLE
from slack_sdk import WebClient
from test_coverage import live
from typescript import check

from slack_simulator import Simulator
from slack_simulator.workspace.objects import Json


@pytest.fixture(scope="module")
def events() -> list[Json]:
    app = structs.replace(SAMPLE.app, unfurl_domains=("go.dev",))
    with Gateway() as gateway:
        with Simulator(gateway=gateway.url, setup=structs.replace(SAMPLE, app=app)) as slack:
            slack.deliveries.timeout = 60.0
            live(slack, WebClient(token="xoxb-test", base_url=slack.api_url))
            slack.deliveries.wait_idle()
        return [received.event for received in gateway.received]


WRONG = {"channel_join": "inviter", "file_share": "files"}
"""What those types have wrong: not all who join were invited, and lines are counted in numbers."""


WRONG = {"channel_join": "inviter", "file_share": "files"}
"""What those types have wrong: not all who join were invited, and lines are counted in numbers."""


def type_of(event: Json) -> str:
    kind, subtype = event["type"], event.get("subtype")
    if kind != "message":
        return f"Extract<SlackEvent, {{ type: '{kind}' }}>"
    if subtype is None:
        return "Omit<GenericMessageEvent, 'subtype'>"
    whole = f"Extract<AllMessageEvents, {{ subtype: '{subtype}' }}>"
    wrong = WRONG.get(subtype)
    return f"Omit<{whole}, '{wrong}'>" if wrong else whole


@pytest.mark.slow
@pytest.mark.usefixtures("node_modules")
def test_every_event_has_the_sdks_type(events: list[Json], tmp_path: Path) -> None:
    names = "AllMessageEvents, GenericMessageEvent, SlackEvent"
    imports = f"import type {{ {names} }} from '@slack/types';"
    check(imports, [(type_of(event), event) for event in events], tmp_path)
