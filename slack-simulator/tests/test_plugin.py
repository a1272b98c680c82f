"""The pytest plugin, in runs of its own."""

import json

import pytest

pytest_plugins = ["pytester"]

CALL = """
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

def call(slack, method, **arguments):
    try:
        return WebClient("xoxb-1", base_url=slack.api_url).api_call(method, json=arguments).data
    except SlackApiError as refusal:
        return refusal.response.data
"""


def outcome(pytester: pytest.Pytester, *tests: str) -> pytest.RunResult:
    pytester.makepyfile("\n".join([CALL, *tests]))
    return pytester.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider")


def test_a_failed_test_shows_the_conversation(pytester: pytest.Pytester) -> None:
    test = """
def test_it(slack_simulator):
    slack_simulator.say("good morning", user="newcomer")
    assert slack_simulator.posts()
"""
    result = outcome(pytester, test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["* Slack *", "#general", "*newcomer: good morning"])


def test_a_failed_test_leaves_a_page_with_all_that_happened(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("""
        def test_it(slack_simulator):
            slack_simulator.say("good morning")
            assert slack_simulator.posts()

        def test_fine(slack_simulator):
            slack_simulator.say("good night")
    """)
    options = ("-p", "no:xdist", "-p", "no:cacheprovider", "--slack-trace", "traces")
    result = pytester.runpytest_inprocess(*options)
    result.assert_outcomes(passed=1, failed=1)
    (page,) = (pytester.path / "traces").iterdir()
    assert "good morning" in page.read_text()
    result.stdout.fnmatch_lines([f"everything: *{page.name}"])


def test_a_call_that_is_not_simulated_fails_the_test(pytester: pytest.Pytester) -> None:
    test = """
def test_it(slack_simulator):
    assert call(slack_simulator, "team.billing.info")["error"] == "unknown_method"

def test_answered(slack_simulator):
    slack_simulator.web_api.answer("team.billing.info", {"plan": "free"})
    assert call(slack_simulator, "team.billing.info")["plan"] == "free"
"""
    result = outcome(pytester, test)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*team.billing.info isn't simulated yet*"])


def test_the_manifest_beside_the_configuration_limits_the_app(pytester: pytest.Pytester) -> None:
    events = {"event_subscriptions": {"bot_events": ["message.im"]}}
    manifest = {
        "display_information": {"name": "Crumb"},
        "oauth_config": {"scopes": {"bot": ["chat:write"]}},
        "settings": events,
    }
    pytester.makefile(".json", manifest=json.dumps(manifest))
    test = """
def test_it(slack_simulator):
    refused = call(slack_simulator, "users.list")
    assert (refused["error"], refused["needed"]) == ("missing_scope", "users:read")
    assert slack_simulator.say("in public").event_ids == []
    assert len(slack_simulator.dm("in private").event_ids) == 1
"""
    outcome(pytester, test).assert_outcomes(passed=1)


def test_a_seed_makes_ids_and_times_the_same(pytester: pytest.Pytester) -> None:
    test = """
import pytest

@pytest.fixture
def slack_seed():
    return 7

seen = []

@pytest.mark.parametrize("number", range(2))
def test_it(slack_simulator, number):
    seen.append((slack_simulator.join_team().user.id, slack_simulator.say("hello").ts))
    assert len(set(seen)) == 1
"""
    outcome(pytester, test).assert_outcomes(passed=2)


def test_channels_and_members_are_ones_own(pytester: pytest.Pytester) -> None:
    test = """
import pytest
from slack_simulator.workspace.setup import ChannelSetup, MemberSetup

@pytest.fixture
def slack_channels():
    return ChannelSetup(name="general", is_open=True), ChannelSetup(name="ovens")

@pytest.fixture
def slack_users():
    return MemberSetup(name="baker"), MemberSetup(name="guest", is_guest=True)

def test_it(slack_simulator):
    slack_simulator.say("dough is ready", channel="ovens", user="baker")
    members = slack_simulator.workspace.conversation("ovens").members
    assert "U0BAKER" in members and "U0GUEST" not in members
    assert "U0GUEST" in slack_simulator.workspace.conversation("general").members
"""
    outcome(pytester, test).assert_outcomes(passed=1)
