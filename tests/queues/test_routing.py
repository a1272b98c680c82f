"""The names of queues, actors and jobs."""

from __future__ import annotations

import pytest

from gopherbot import table
from gopherbot.web.events import route


@pytest.mark.parametrize(
    ("event", "channel", "queue"),
    [
        ("message", "im", "slack_message_private"),
        ("message", "mpim", "slack_message_private"),
        ("message", "group", "slack_message_private"),
        ("message", "app_home", "slack_message_private"),
        ("message", "channel", "slack_message_public"),
        ("message", None, "slack_message_public"),
        ("message", ["im"], "slack_message_public"),
        ("message", {}, "slack_message_public"),
        ("team_join", None, "slack_team_join"),
        ("team_join", "im", "slack_team_join"),
        ("member_joined_channel", "C", "slack_channel_join"),
        ("app_mention", "im", None),
        ("reaction_added", None, "background"),
        ("reaction_removed", None, None),
        ("", None, None),
    ],
)
def test_an_event_goes_to_one_queue_or_to_none(
    event: str, channel: object, queue: str | None
) -> None:
    row = route(event, channel)
    assert (row and row.queue) == queue


@pytest.mark.parametrize("subtype", ["message_changed", "message_deleted"])
@pytest.mark.parametrize(("channel", "queue"), [("im", "private"), ("channel", "public")])
def test_a_change_of_a_message_goes_to_its_own_actor_on_the_same_queue(
    subtype: str, channel: str, queue: str
) -> None:
    row = route("message", channel, subtype)
    assert row
    assert (row.name, row.queue) == (
        f"slack_message_{queue}_changed",
        f"slack_message_{queue}",
    )


@pytest.mark.parametrize("subtype", [None, "", "file_share", "bot_message", ["message_changed"]])
def test_any_other_message_goes_to_the_actor_of_messages(subtype: object) -> None:
    row = route("message", "channel", subtype)
    assert row
    assert row.name == "slack_message_public"


def test_every_event_queue_is_one_of_the_queues() -> None:
    assert set(table.EVENT_QUEUES) == {
        "slack_message_private",
        "slack_message_public",
        "slack_team_join",
        "slack_channel_join",
        "background",
    }
