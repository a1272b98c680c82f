"""What this bot needs of the simulated Slack: the methods that it calls, the events that it takes.

slack-simulator has tests of its own. These fail if a version of it lacks what the bot relies on.
"""

import re
from pathlib import Path

import msgspec
import pytest

from gopherbot import table
from gopherbot.slack import client, directory
from slack_simulator import Simulator
from slack_simulator.events.envelopes import EventEnvelope
from slack_simulator.web_api.methods import METHODS


def called() -> set[str]:
    """Return the Web API methods that the client names."""
    code = "".join(Path(str(module.__file__)).read_text() for module in (client, directory))
    return set(re.findall(r'"([a-z]+(?:\.[a-zA-Z]+)+)"', code))


def test_every_method_that_the_bot_calls_is_there() -> None:
    methods = called()
    assert len(methods) >= 13
    assert methods - METHODS.keys() == set()


def live(slack: Simulator) -> None:
    """Do everything in the workspace that leads to an event which the bot takes."""
    workspace = slack.workspace
    said = slack.say("hello")
    workspace.say_directly("psst", "reviewer")
    slack.say("between us", channel="moderators", user="moderator")
    slack.say("we three", channel="G0GROUPDM", user="newcomer")
    workspace.edit("general", said.ts, "hello, edited", "regular")
    workspace.react("general", said.ts, "x", "regular")
    workspace.delete("general", said.ts, "regular")
    slack.join_team("newgopher")
    slack.join_channel("newbies", "newcomer")
    workspace.add_channel("ovens")
    workspace.rename_channel("ovens", "stoves")
    workspace.archive_channel("stoves")
    workspace.archive_channel("stoves", archived=False)
    workspace.delete_channel("stoves")
    workspace.add_emoji("loaf")
    by = workspace.user("moderator")
    group = slack.user_groups.create(by, "Guides")
    slack.user_groups.change(group.id, by, users=[by.id])


@pytest.fixture
def delivered(slack: Simulator, heard: list[EventEnvelope]) -> list[dict[str, object]]:
    live(slack)
    return [msgspec.json.decode(envelope.body)["event"] for envelope in heard]


def subscription(event: dict[str, object]) -> str:
    """Return the name under which an app subscribes to an event."""
    kinds = {"channel": "channels", "im": "im", "mpim": "mpim", "group": "groups"}
    if event["type"] == "message":
        return f"message.{kinds[str(event['channel_type'])]}"
    return str(event["type"])


def test_every_event_that_the_bot_takes_is_sent(delivered: list[dict[str, object]]) -> None:
    wanted = {name for row in table.EVENT_ACTORS for name in row.subscriptions}
    assert wanted - {subscription(event) for event in delivered} == set()
    subtypes = {event.get("subtype") for event in delivered if event["type"] == "message"}
    assert {"message_changed", "message_deleted"} <= subtypes
