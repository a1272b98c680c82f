import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

GENERAL = "C029RQSEE"


def in_seconds(slack: Simulator, seconds: int) -> int:
    return int(slack.clock.now()) + seconds


def test_a_scheduled_message_is_posted_when_its_time_has_come(
    web: WebClient, slack: Simulator
) -> None:
    web.chat_scheduleMessage(channel=GENERAL, text="later", post_at=in_seconds(slack, 7200))
    web.chat_scheduleMessage(channel=GENERAL, text="sooner", post_at=in_seconds(slack, 3600))
    slack.clock.advance(3500)
    assert not slack.posts()
    slack.clock.advance(100)
    assert [post.text for post in slack.posts()] == ["sooner"]
    (left,) = web.chat_scheduledMessages_list()["scheduled_messages"]
    assert left["text"] == "later"


@pytest.mark.slow
def test_it_is_posted_without_any_help_too(web: WebClient, slack: Simulator) -> None:
    web.chat_scheduleMessage(channel=GENERAL, text="soon", post_at=in_seconds(slack, 2))
    assert slack.wait_for_posts(1)[0].text == "soon"


def test_a_deleted_one_is_never_posted(web: WebClient, slack: Simulator) -> None:
    id = web.chat_scheduleMessage(channel=GENERAL, text="no", post_at=in_seconds(slack, 3600))[
        "scheduled_message_id"
    ]
    web.chat_deleteScheduledMessage(channel=GENERAL, scheduled_message_id=id)
    slack.clock.advance(4000)
    assert not slack.posts()


def test_one_for_an_archived_channel_is_dropped(web: WebClient, slack: Simulator) -> None:
    web.chat_scheduleMessage(channel=GENERAL, text="no", post_at=in_seconds(slack, 60))
    slack.workspace.archive_channel("general")
    slack.clock.advance(61)
    assert not slack.posts()
    assert web.chat_scheduledMessages_list()["scheduled_messages"] == []


@pytest.mark.parametrize(("ahead", "error"), [(-5, "time_in_past"), (121 * 86_400, "time_too_far")])
def test_a_time_that_is_past_or_far_is_rejected(
    web: WebClient, slack: Simulator, ahead: int, error: str
) -> None:
    with pytest.raises(SlackApiError, match=error):
        web.chat_scheduleMessage(channel=GENERAL, text="x", post_at=in_seconds(slack, ahead))


def test_one_that_is_due_soon_cannot_be_deleted(web: WebClient, slack: Simulator) -> None:
    id = web.chat_scheduleMessage(channel=GENERAL, text="x", post_at=in_seconds(slack, 50))[
        "scheduled_message_id"
    ]
    with pytest.raises(SlackApiError, match="invalid_scheduled_message_id"):
        web.chat_deleteScheduledMessage(channel=GENERAL, scheduled_message_id=id)
