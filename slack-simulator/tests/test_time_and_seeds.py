"""Slack's clock, which can be advanced, and workspaces that are the same each time."""

import pytest
from slack_sdk import WebClient

from slack_simulator import Simulator
from slack_simulator.workspace.errors import SlackError


def test_messages_are_dated_by_a_clock_that_can_be_advanced(slack: Simulator) -> None:
    before = float(slack.say("now").ts)
    slack.clock.advance(3600)
    assert 3600 <= float(slack.say("later").ts) - before < 3660


def test_time_does_not_go_back(slack: Simulator) -> None:
    with pytest.raises(ValueError, match="can't go back"):
        slack.clock.advance(-1)


def test_triggers_and_response_urls_expire_as_time_goes_on(slack: Simulator) -> None:
    trigger = slack.interactivity.triggers.new("U0REGULAR")
    address = slack.interactivity.response_urls.new("C029RQSEE", "U0REGULAR")
    slack.clock.advance(4)
    with pytest.raises(SlackError, match="expired_trigger_id"):
        slack.interactivity.triggers.use(trigger)
    slack.clock.advance(1800)
    with pytest.raises(SlackError, match="expired_url"):
        slack.interactivity.response_urls.use(address.rpartition("/")[2])


def lived(seed: int) -> list[object]:
    """Everything that happens in a small, seeded workspace."""
    with Simulator(seed=seed) as slack:
        web = WebClient(token="xoxb-1", base_url=slack.api_url)
        said = slack.say("hello")
        slack.join_team("somebody")
        channel = web.conversations_create(name="ovens")["channel"]["id"]
        web.chat_postMessage(channel=channel, text="warm")
        slack.clock.advance(60)
        web.pins_add(channel=said.channel, timestamp=said.ts)
        kinds = ("message", "team_join", "channel_changed", "announced")
        return [entry.facts for entry in slack.feed.after() if entry.kind in kinds]


def test_the_same_seed_makes_the_same_workspace() -> None:
    assert lived(7) == lived(7)


def test_another_seed_makes_another() -> None:
    assert lived(7) != lived(8)
