"""Replies that appear bit by bit, and what else an assistant or a step says of its work."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.messages.chunk import TaskUpdateChunk

from slack_simulator import Simulator

GENERAL = "C029RQSEE"
TO = {"recipient_team_id": "T0GOPHERS", "recipient_user_id": "U0REGULAR"}


def task(status: str) -> TaskUpdateChunk:
    return TaskUpdateChunk(id="1", title="Bake", status=status)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"recipient_user_id": "U0REGULAR"}, "missing_recipient_team_id"),
        ({"recipient_team_id": "T0GOPHERS"}, "missing_recipient_user_id"),
        (TO | {"recipient_user_id": "U0NOBODY"}, "user_not_found"),
        (TO | {"task_display_mode": "pretty"}, "invalid_arguments"),
        (TO | {"chunks": [{"type": "task_update"}]}, "invalid_chunks"),
    ],
)
def test_a_stream_that_cannot_start_has_slacks_error(
    web: WebClient, slack: Simulator, arguments: dict[str, Any], error: str
) -> None:
    place = {"channel": GENERAL, "thread_ts": slack.say("?").ts}
    with pytest.raises(SlackApiError) as failure:
        web.api_call("chat.startStream", json=place | arguments)
    assert failure.value.response["error"] == error


def test_a_direct_message_needs_no_recipient(web: WebClient, slack: Simulator) -> None:
    asked = slack.dm("?")
    started = web.chat_startStream(channel=asked.channel, thread_ts=asked.ts, markdown_text="one")
    stopped = web.chat_stopStream(channel=asked.channel, ts=started["ts"], markdown_text=" two")
    assert stopped["message"]["text"] == "one two"


@pytest.mark.parametrize(("mode", "kind"), [("plan", "plan"), ("timeline", "task_card")])
def test_tasks_are_shown_in_a_plan_or_one_by_one(
    web: WebClient, slack: Simulator, mode: str, kind: str
) -> None:
    place: dict[str, Any] = {"channel": GENERAL, "thread_ts": slack.say("?").ts, **TO}
    stream = web.chat_stream(**place, task_display_mode=mode)
    stream.append(chunks=[task("in_progress")])
    stream.append(chunks=[task("complete")])
    stopped = stream.stop()
    assert stopped is not None
    (block,) = stopped["message"]["blocks"]
    (card,) = block["tasks"] if kind == "plan" else [block]
    assert (block["type"], card["status"]) == (kind, "complete")


def test_a_stream_has_a_name_of_its_own(web: WebClient, slack: Simulator) -> None:
    place: dict[str, Any] = {"channel": GENERAL, "thread_ts": slack.say("?").ts, **TO}
    slack.web_api.scopes = ["chat:write"]
    with pytest.raises(SlackApiError, match="missing_scope"):
        web.chat_startStream(**place, username="Baker")
    slack.web_api.scopes = ["chat:write", "chat:write.customize"]
    ts = web.chat_startStream(**place, username="Baker", markdown_text="hi")["ts"]
    message = web.chat_stopStream(channel=GENERAL, ts=ts)["message"]
    assert message["username"] == "Baker"


def test_nothing_cannot_be_appended(web: WebClient, slack: Simulator) -> None:
    asked = slack.dm("?")
    started = web.chat_startStream(channel=asked.channel, thread_ts=asked.ts)["ts"]
    with pytest.raises(SlackApiError, match="no_text"):
        web.api_call("chat.appendStream", json={"channel": asked.channel, "ts": started})


def test_a_status_needs_a_thread_and_the_scope_to_write(web: WebClient, slack: Simulator) -> None:
    asked = slack.dm("?")
    place = {"channel_id": asked.channel, "thread_ts": asked.ts}
    slack.web_api.scopes = ["chat:write"]
    web.api_call("assistant.threads.setStatus", json=place | {"status": "is thinking"})
    for wrong, error in (
        ({"thread_ts": "1.0"}, "invalid_thread_ts"),
        ({"loading_messages": ["…"] * 11}, "invalid_arguments"),
    ):
        with pytest.raises(SlackApiError, match=error):
            web.api_call("assistant.threads.setStatus", json=place | {"status": "x"} | wrong)
    with pytest.raises(SlackApiError, match="missing_scope"):
        web.assistant_threads_setTitle(**place, title="Time")


def test_a_step_ends_once(web: WebClient, slack: Simulator) -> None:
    step = {"function_execution_id": slack.run_function("step", {})}
    web.api_call("functions.completeSuccess", json={**step, "outputs": {}})
    for method, more in (("completeSuccess", {"outputs": {}}), ("completeError", {"error": "no"})):
        with pytest.raises(SlackApiError, match="execution_not_in_running_state"):
            web.api_call(f"functions.{method}", json={**step, **more})
    with pytest.raises(SlackApiError, match="function_execution_not_found"):
        web.functions_completeError(function_execution_id="Fx0", error="no")
