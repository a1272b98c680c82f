"""`gopherbot check --try-client-msg-id`: what the workspace does with two posts of one id."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from .conftest import Installation
from .test_check import GENERAL, failing

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("honors", "setting", "value", "words"),
    [
        (True, "", "1", "1 post: Slack honors it"),
        (True, "1", "", "1 post: Slack honors it"),
        (False, "1", "0", "2 posts: Slack ignores it"),
        (False, "", "", "2 posts: Slack ignores it"),
    ],
)
def test_it_tries_what_the_workspace_does_with_a_client_msg_id(
    feedless: Installation, honors: bool, setting: str, value: str, words: str
) -> None:
    slack = feedless.slack
    before = list(slack.workspace.conversations[GENERAL].messages)
    slack.workspace.honors_client_msg_id = honors
    try:
        tried = trial(feedless, GOPHER_CLIENT_MSG_ID=setting)
    finally:
        slack.workspace.honors_client_msg_id = False
    assert tried["text"] == f"two calls with one id made {words}"
    assert tried["state"] == ("warning" if value else "ok")
    assert f"GOPHER_CLIENT_MSG_ID={value}" in tried["todo"] if value else not tried["todo"]
    assert list(slack.workspace.conversations[GENERAL].messages) == before, "they are deleted"


def trial(installation: Installation, **more: str) -> dict[str, str]:
    """Return the result of `check --try-client-msg-id`."""
    given = {"GOPHER_SLACK_PROBE_CHANNEL": GENERAL} | more
    found = installation.tool("check", "--json", "--try-client-msg-id", **given)
    results: list[dict[str, str]] = json.loads(found.stdout)["results"]
    [tried] = [result for result in results if result["about"] == "client_msg_id"]
    return tried


@pytest.mark.parametrize(
    ("method", "state", "words"),
    [
        ("chat.postMessage", "failed", "not tried: chat.postMessage: not_in_channel"),
        ("chat.delete", "warning", "Slack did not delete what was posted"),
    ],
)
def test_a_trial_of_a_client_msg_id_that_fails_is_told(
    feedless: Installation, method: str, state: str, words: str
) -> None:
    with ExitStack() as undo:
        failing(method, "not_in_channel")(feedless, undo)
        tried = trial(feedless)
    assert (tried["text"], tried["state"]) == (words, state)


def test_a_client_msg_id_is_not_tried_where_nobody_asked(feedless: Installation) -> None:
    before = len(feedless.slack.calls())
    given = {"GOPHER_WELCOME_MISSED": "20", "GOPHER_SLACK_PROBE_CHANNEL": GENERAL}
    printed = feedless.tool("check", **given).stdout
    assert "round trips; who joins while Slack sends no events is welcomed later" in printed
    assert "playground" not in printed, "it's not asked where nothing is shared with it"
    assert not [call for call in feedless.slack.calls()[before:] if call.method.startswith("chat.")]
    tried = trial(feedless, GOPHER_SLACK_PROBE_CHANNEL="")
    assert tried["text"] == "not tried: there is no channel to post in"
