import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator

GENERAL = "C029RQSEE"
METADATA = {"event_type": "reply", "event_payload": {"event": "Ev1"}}


@pytest.fixture
def slack(slack: Simulator) -> Simulator:
    slack.gateway = None
    return slack


def texts(messages: list[dict[str, str]]) -> list[str]:
    return [message["text"] for message in messages]


def history(web: WebClient, *, include_all_metadata: bool) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = web.conversations_history(
        channel=GENERAL, include_all_metadata=include_all_metadata
    )["messages"]
    return messages


def refusal(failure: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(failure.value.response["error"])


def test_history_is_newest_first_and_in_pages(web: WebClient, slack: Simulator) -> None:
    for number in range(5):
        slack.say(str(number))
    first = web.conversations_history(channel=GENERAL, limit=2)
    assert texts(first["messages"]) == ["4", "3"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    second = web.conversations_history(channel=GENERAL, limit=2, cursor=cursor)
    assert texts(second["messages"]) == ["2", "1"]
    cursor = second["response_metadata"]["next_cursor"]
    last = web.conversations_history(channel=GENERAL, limit=2, cursor=cursor)
    assert texts(last["messages"]) == ["0"]
    assert not last["has_more"]
    assert "response_metadata" not in last.data


def test_history_since_a_time_begins_with_what_is_closest_to_it(
    web: WebClient, slack: Simulator
) -> None:
    oldest, *_, latest = [slack.say(str(number)).ts for number in range(6)]
    first = web.conversations_history(channel=GENERAL, oldest=oldest, limit=3)
    assert texts(first["messages"]) == ["3", "2", "1"]
    cursor = first["response_metadata"]["next_cursor"]
    second = web.conversations_history(channel=GENERAL, oldest=oldest, limit=3, cursor=cursor)
    assert texts(second["messages"]) == ["5", "4"]
    assert not second["has_more"]
    bounded = web.conversations_history(
        channel=GENERAL, oldest=oldest, latest=latest, inclusive=True, limit=3
    )
    assert texts(bounded["messages"]) == ["5", "4", "3"]


def test_history_between_two_times(web: WebClient, slack: Simulator) -> None:
    stamps = [slack.say(str(number)).ts for number in range(5)]
    oldest, latest = stamps[1], stamps[3]
    between = web.conversations_history(channel=GENERAL, oldest=oldest, latest=latest)
    assert texts(between["messages"]) == ["2"]
    inclusive = web.conversations_history(
        channel=GENERAL, oldest=oldest, latest=latest, inclusive=True
    )
    assert texts(inclusive["messages"]) == ["3", "2", "1"]
    one = web.conversations_history(
        channel=GENERAL, latest=stamps[2], oldest=stamps[2], inclusive=True, limit=1
    )
    assert texts(one["messages"]) == ["2"]


def test_history_leaves_out_replies_but_not_broadcast_ones(
    web: WebClient, slack: Simulator
) -> None:
    parent = slack.say("question")
    slack.say("answer", thread_ts=parent.ts)
    slack.workspace.say("all hear", thread_ts=parent.ts, broadcast=True)
    messages = web.conversations_history(channel=GENERAL)["messages"]
    assert texts(messages) == ["all hear", "question"]
    assert messages[1]["reply_count"] == 2
    assert messages[1]["reply_users"] == ["U0REGULAR"]
    assert messages[1]["thread_ts"] == parent.ts


def test_a_thread_is_its_parent_and_the_replies_oldest_first(
    web: WebClient, slack: Simulator
) -> None:
    parent = slack.say("question")
    slack.say("elsewhere")
    replies = [slack.say(str(number), thread_ts=parent.ts) for number in range(3)]
    answer = web.conversations_replies(channel=GENERAL, ts=parent.ts)
    assert texts(answer["messages"]) == ["question", "0", "1", "2"]
    assert not answer["has_more"]
    alone = web.conversations_replies(channel=GENERAL, ts=replies[0].ts)
    assert texts(alone["messages"]) == ["0"]
    later = web.conversations_replies(channel=GENERAL, ts=parent.ts, oldest=replies[1].ts)
    assert texts(later["messages"]) == ["question", "2"]


def test_a_thread_in_pages_has_its_parent_once(web: WebClient, slack: Simulator) -> None:
    parent = slack.say("question")
    for number in range(3):
        slack.say(str(number), thread_ts=parent.ts)
    first = web.conversations_replies(channel=GENERAL, ts=parent.ts, limit=2)
    assert texts(first["messages"]) == ["question", "0"]
    cursor = first["response_metadata"]["next_cursor"]
    second = web.conversations_replies(channel=GENERAL, ts=parent.ts, limit=2, cursor=cursor)
    assert texts(second["messages"]) == ["1", "2"]
    assert not second["has_more"]


def test_metadata_is_given_only_to_those_who_ask(web: WebClient, slack: Simulator) -> None:
    parent = slack.say("question")
    web.chat_postMessage(channel=GENERAL, text="here", metadata=METADATA)
    web.chat_postMessage(channel=GENERAL, text="in", metadata=METADATA, thread_ts=parent.ts)
    assert history(web, include_all_metadata=True)[0]["metadata"] == METADATA
    thread = web.conversations_replies(channel=GENERAL, ts=parent.ts, include_all_metadata=True)
    assert thread["messages"][1]["metadata"] == METADATA
    assert "metadata" not in history(web, include_all_metadata=False)[0]
    slack.web_api.scopes = ["channels:history"]
    assert "metadata" not in history(web, include_all_metadata=True)[0]


def test_reactions_and_files_show_in_history(web: WebClient, slack: Simulator) -> None:
    said = slack.upload("package main\n")
    web.reactions_add(channel=GENERAL, timestamp=said.ts, name="gopher")
    slack.workspace.react("general", said.ts, "gopher", "newcomer")
    [message] = web.conversations_history(channel=GENERAL)["messages"]
    users = ["U0GOPHERBOT", "U0NEWCOMER"]
    assert message["reactions"] == [{"name": "gopher", "users": users, "count": 2}]
    assert message["files"][0]["name"] == "main.go"


def test_history_that_slack_refuses(web: WebClient, slack: Simulator) -> None:
    slack.workspace.leave_channel("random", "gopher")
    slack.workspace.leave_channel("moderators", "gopher")
    cases: list[tuple[dict[str, str], str]] = [
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"channel": "general"}, "channel_not_found"),
        ({"channel": "G0MODTEAM"}, "channel_not_found"),
        ({"channel": "C029RQSEG"}, "not_in_channel"),
        ({"channel": GENERAL, "oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"channel": GENERAL, "latest": "x"}, "invalid_ts_latest"),
        ({"channel": GENERAL, "cursor": "x"}, "invalid_cursor"),
    ]
    for arguments, error in cases:
        with pytest.raises(SlackApiError) as failure:
            web.api_call("conversations.history", params=arguments)
        assert refusal(failure) == error, arguments
    with pytest.raises(SlackApiError) as failure:
        web.conversations_replies(channel=GENERAL, ts="1500000000.000100")
    assert refusal(failure) == "thread_not_found"


def test_old_messages_are_let_go(slack: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slack_simulator.workspace.objects.MESSAGES_KEPT", 10)
    parent = slack.say("first")
    for number in range(20):
        slack.say(str(number), thread_ts=parent.ts if number < 5 else None)
    kept = slack.workspace.conversation("general").messages
    assert [message.text for message in kept.values()] == [str(n) for n in range(10, 20)]
