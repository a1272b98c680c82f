import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

GENERAL = "C029RQSEE"


def wait_of(failure: pytest.ExceptionInfo[SlackApiError]) -> int:
    assert failure.value.response["error"] == "ratelimited"
    return int(failure.value.response.headers["Retry-After"])


def test_a_tiers_calls_are_allowed_and_one_more_when_it_says(
    web: WebClient, slack: Simulator
) -> None:
    slack.web_api.distribution = "internal"
    for _ in range(20):
        web.users_list()
    with pytest.raises(SlackApiError) as failure:
        web.users_list()
    wait = wait_of(failure)
    assert 1 <= wait <= 3
    web.users_info(user="U0REGULAR")
    slack.clock.advance(wait)
    web.users_list()


def test_posting_is_limited_by_channel(web: WebClient, slack: Simulator) -> None:
    slack.web_api.distribution = "internal"
    for _ in range(3):
        web.chat_postMessage(channel=GENERAL, text="x")
    with pytest.raises(SlackApiError) as failure:
        web.chat_postMessage(channel=GENERAL, text="x")
    assert wait_of(failure) == 1
    web.chat_postMessage(channel="C029RQSEG", text="x")


def test_a_distributed_app_reads_fifteen_messages_a_minute(
    web: WebClient, slack: Simulator
) -> None:
    slack.web_api.distribution = "distributed"
    for number in range(20):
        slack.say(f"message {number}")
    assert len(web.conversations_history(channel=GENERAL, limit=200)["messages"]) == 15
    with pytest.raises(SlackApiError) as failure:
        web.conversations_history(channel=GENERAL)
    assert wait_of(failure) == 60
    slack.clock.advance(60)
    web.conversations_history(channel=GENERAL)


def test_nothing_is_limited_by_default(web: WebClient) -> None:
    for _ in range(25):
        web.users_list()
