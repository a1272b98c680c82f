"""Faults as a line of text, and named sets of them."""

import re

import pytest
import urllib3
from conftest import Control
from gateway import Gateway
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator import Fault, Simulator
from slack_simulator.client import SimulatorClient, SimulatorClientError
from slack_simulator.scenarios import scenario
from slack_simulator.scenarios.scenario import Scenario
from slack_simulator.web_api.fault_lines import SETS, fault_of

GENERAL = "C029RQSEE"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            "chat.postMessage ratelimited 30s",
            Fault(kind="ratelimited", method="chat.postMessage", retry_after=30),
        ),
        ("* 429 7s twice", Fault(kind="ratelimited", retry_after=7, times=2)),
        ("chat.* 503 3 times", Fault(kind="server_error", method="chat.*", status=503, times=3)),
        ("* slow 0.5s always", Fault(kind="slow", seconds=0.5, times=None)),
        ("* cut after 5", Fault(kind="cut_before", skip=5)),
        ("* lost in #general", Fault(kind="cut_after", channel="general")),
        ("* halfway", Fault(kind="cut_during")),
        ("* garbled", Fault(kind="wrong_content_type")),
        (
            "users.info error user_not_found for U0REGULAR",
            Fault(kind="error", method="users.info", error="user_not_found", user="U0REGULAR"),
        ),
    ],
)
def test_a_line_is_a_fault(line: str, fault: Fault) -> None:
    assert fault_of(line) == fault


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("chat.postMessage", "names no kind of fault"),
        ("* sleepy", "'sleepy' is no kind of fault"),
        ("* slow 3", "`3s` for a time"),
        ("* slow 3 minutes", "`3s` for a time, `3 times` for a number"),
        ("* 503 0 times", "one or more times"),
        ("* slow tomorrow", "'tomorrow' in"),
        ("* error", "something is missing after 'error'"),
        ("event message", "something is missing after 'message'"),
        ("event message slow", "events are lost, twice or late, not 'slow'"),
        ("event message lost in general", "can only have a time"),
    ],
)
def test_a_line_that_is_wrong_says_why(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fault_of(line)


@pytest.mark.parametrize("method", ["chat.nope", "chats.*"])
def test_a_fault_of_no_method_is_refused(slack: Simulator, method: str) -> None:
    why = re.escape(f"Slack's SDKs know no method {method}")
    with pytest.raises(ValueError, match=why):
        slack.fault(f"{method} 503")
    with pytest.raises(SimulatorClientError, match=why):
        SimulatorClient(slack.url).fault("server_error", method=method)
    assert slack.faults.list() == []


def test_a_fault_hits_an_answered_method_by_its_name_or_family(slack: Simulator) -> None:
    slack.web_api.answer("custom.read", {})
    for method in ("custom.read", "custom.*"):
        slack.fault(f"{method} 503")
        assert urllib3.request("POST", f"{slack.api_url}custom.read").status == 503


def test_a_fault_of_a_family_hits_its_methods_only(web: WebClient, slack: Simulator) -> None:
    slack.fault("chat.* error fatal_error always")
    assert web.auth_test()["ok"]
    for method in ("chat.postMessage", "chat.getPermalink"):
        with pytest.raises(SlackApiError, match="fatal_error"):
            web.api_call(method)


def test_a_fault_for_a_user_spares_the_others(web: WebClient, slack: Simulator) -> None:
    slack.fault("users.info error fatal_error always for regular")
    web.users_info(user="U0REVIEWER")
    with pytest.raises(SlackApiError, match="fatal_error"):
        web.users_info(user="U0REGULAR")


@pytest.mark.parametrize("name", SETS)
def test_a_named_set_adds_its_faults(control: Control, slack: Simulator, name: str) -> None:
    status, answer = control.post("/sim/faults/lines", {"text": name})
    assert status == 200
    of_calls = [line for line in SETS[name] if not line.startswith("event ")]
    assert len(answer["faults"]) == len(of_calls)
    assert slack.faults.list() == [fault_of(line) for line in of_calls]


def test_events_are_lost_and_doubled(slack: Simulator, gateway: Gateway) -> None:
    slack.fault("event message lost")
    slack.fault("event message twice")
    for text in ("one", "two", "three"):
        slack.say(text)
    slack.deliveries.wait_idle()
    assert sorted(received.event["text"] for received in gateway.received) == [
        *("three", "two", "two"),
    ]


def test_a_late_event_comes_last(slack: Simulator, gateway: Gateway) -> None:
    slack.fault("event message late 0.2s")
    slack.say("one")
    slack.say("two")
    assert [event["text"] for event in gateway.events(2)] == ["two", "one"]


def test_a_scenario_brings_its_faults(web: WebClient, slack: Simulator) -> None:
    line = "chat.postMessage error fatal_error"
    slack.play(Scenario(actions=[scenario.Fault(at=0.0, line=line)]))
    with pytest.raises(SlackApiError, match="fatal_error"):
        web.chat_postMessage(channel=GENERAL, text="x")
