"""What isn't simulated says so, to the app, in the feed and to whoever waits for it."""

from typing import Any

import pytest
from conftest import Control
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Simulator
from slack_simulator.web_api.methods import METHODS


def refused(web: WebClient, method: str) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as failure:
        web.api_call(method)
    return dict(failure.value.response.data)


def test_a_call_that_no_check_foresaw_is_answered(
    web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METHODS, "api.test", lambda _, arguments: arguments.values["none"])
    with pytest.raises(SlackApiError, match="fatal_error") as failure:
        web.api_test()
    (told,) = failure.value.response["response_metadata"]["messages"]
    assert told == "[ERROR] the simulator can't read these arguments of api.test"


def test_a_method_of_slacks_that_is_missing_says_how_to_answer_it(
    web: WebClient, slack: Simulator
) -> None:
    answer = refused(web, "team.billing.info")
    assert answer["error"] == "unknown_method"
    (message,) = answer["response_metadata"]["messages"]
    assert "team.billing.info isn't simulated yet" in message
    (entry,) = slack.feed.after(0, "api_call")
    assert entry["hint"] in message


def test_a_method_that_slack_lacks_too_may_be_misspelled(web: WebClient, slack: Simulator) -> None:
    refused(web, "chat.postMesage")
    (entry,) = slack.feed.after(0, "api_call")
    assert "is it misspelled?" in entry["hint"]


def test_an_answer_of_ones_own_is_given(web: WebClient, slack: Simulator) -> None:
    slack.web_api.answer("team.billing.info", {"plan": "free"})
    assert web.team_billing_info()["plan"] == "free"
    assert slack.wait_for_calls("team.billing.info")
    slack.web_api.answer("auth.test", {"error": "account_inactive"})
    assert refused(web, "auth.test")["error"] == "account_inactive"


def test_an_answer_may_come_from_another_process(web: WebClient, control: Control) -> None:
    assert control.post("/sim/answers", {"method": "team.billing.info", "answer": {"plan": "x"}})
    assert web.team_billing_info()["plan"] == "x"


def test_waiting_for_a_call_that_is_refused_fails_at_once(slack: Simulator) -> None:
    with pytest.raises(LookupError, match=r"team\.billing\.info isn't simulated yet"):
        slack.wait_for_calls("team.billing.info")
