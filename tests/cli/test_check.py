"""`gopherbot check`: every fault of an installation is named, with what to do."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from cases import cases
from commands import run

from gopherbot.commands import manifest
from gopherbot.commands.check import check
from gopherbot.commands.check.configuration import CheckResult, CheckState
from gopherbot.dev.procfile import lines
from gopherbot.testing import bot
from slack_simulator import Fault

from .conftest import Installation, content_without_feeds

pytestmark = pytest.mark.slow


GENERAL = "C029RQSEE"
"""A channel that the bot is in, for its round trips."""
PROBE_CHANNEL = "GOPHER_SLACK_PROBE_CHANNEL"
SIGNS = {CheckState.WARNING: "!", CheckState.UNREACHABLE: "?", CheckState.FAILED: "✗"}


def checked(installation: Installation, **more: str) -> list[CheckResult]:
    """Return what `check` finds; `more` replaces variables, "" takes one away."""
    given = installation.environment | {"DYNO": "run.1", PROBE_CHANNEL: GENERAL} | more
    return list(check({name: value for name, value in given.items() if value}))


def wrong(found: Iterable[CheckResult]) -> str:
    """Return what isn't good, with its remedy."""
    return "\n".join(f"{SIGNS[r.state]} {r.text} → {r.todo}" for r in found if r.state in SIGNS)


def results(installation: Installation, **more: str) -> str:
    return wrong(checked(installation, **more))


def alike(found: str, expected: str) -> bool:
    """Return whether these results were found; "…" stands for any words."""
    return bool(re.fullmatch(re.escape(expected).replace("…", ".*"), found))


@pytest.fixture(scope="module")
def gerrit_only(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The healthy one with all of its content but the feeds."""
    folder = content_without_feeds(tmp_path_factory.mktemp("gerrit-only") / "content")
    parts = (installation.bot, installation.slack, installation.client)
    return Installation(*parts, GOPHER_CONTENT=str(folder))


@contextmanager
def broken(installation: Installation, how: str) -> Iterator[None]:
    """Break what words of a table say, in the simulated Slack, and restore it."""
    slack = installation.slack
    api, workspace, bot_id = slack.web_api, slack.workspace, slack.identity.bot_user_id
    with ExitStack() as undo:
        match how.split():
            case ["failing", method, error]:
                slack.faults.add(Fault(kind="error", method=method, error=error, times=None))
                undo.callback(slack.faults.clear)
            case ["without", *scopes]:
                undo.callback(setattr, api, "scopes", api.scopes)
                api.scopes = sorted({*api.scopes} - {*scopes})
            case ["token", token]:
                undo.callback(setattr, api, "tokens", api.tokens)
                api.tokens = {token}
            case ["outside", channel]:
                workspace.leave_channel(channel, bot_id)
                undo.callback(workspace.join_channel, channel, bot_id)
            case ["archived", channel]:
                workspace.archive_channel(channel)
                undo.callback(partial(workspace.archive_channel, channel, archived=False))
            case [channel, name, value]:
                conversation = workspace.conversation(channel)
                undo.callback(setattr, conversation, name, getattr(conversation, name))
                setattr(conversation, name, value)
        yield


def test_a_healthy_installation_has_one_good_line_for_each_thing(
    installation: Installation,
) -> None:
    found = installation.tool("check", GOPHER_SLACK_PROBE_CHANNEL=GENERAL)
    assert found.returncode == 0, found.stdout + found.stderr
    *lines, last = found.stdout.splitlines()
    assert last == "All checks passed."
    assert not installation.client.keys("*:check"), "what it wrote is deleted"
    granted = ", ".join(sorted(set(installation.granted) - needed().keys()))
    content = re.escape(installation.environment["GOPHER_CONTENT"])
    expected = [
        r"configuration gopherbot-dev: complete for web, worker and scheduler",
        rf"content       {content}: \d+ rules, {len(bot.content.data.watchers)} watchers",
        r"redis         (valkey|redis) [\d.]+ at redis://127.*",
        r"redis         nothing is evicted \(noeviction\)",
        r"redis         [\d.]+ MiB used, no limit set",
        r"redis         one web, one worker and one scheduler keep at most .*",
        r"redis         plain TCP on this machine",
        r"redis         its clock agrees with this machine's",
        r"redis         writes, scripts and blocking reads work",
        r"slack         the token is @gopher's in Gophers",
        rf"slack         all {len(needed())} scopes are granted; granted but not needed: {granted}",
        r"slack         the bot is in the \d channels that it posts in: #general, #golang-cls, .*",
        r"slack         the bot is in #general, the channel of its round trips",
        r"services      gerrit reads http://127[\d.:]+/gerrit/changes/",
        *[r"services      feeds\..* reads https://.*: (1 item|\d+ items)"] * 3,
        r"services      vulnerabilities reads http://127[\d.:]+/vulndb/index/db.json",
        r"services      github reads http://127[\d.:]+/github/rate_limit",
        r"services      playground reads .*",
    ]
    for line, words in zip(lines, expected, strict=True):
        assert re.fullmatch(f"✓ {words}", line)


def needed() -> dict[str, list[str]]:
    loaded = bot.content
    return manifest.needed_scopes(
        loaded.rules.rules, loaded.data.watchers, loaded.data.moderation.tables
    )


@cases("how", "variables", "expected")
def test_what_is_wrong_is_told_with_what_to_do(
    gerrit_only: Installation, how: str, variables: dict[str, str], expected: str
) -> None:
    with broken(gerrit_only, how):
        found = results(gerrit_only, **variables)
    assert alike(found, expected), found


def test_an_empty_environment_is_told_variable_by_variable() -> None:
    found = run("check", more={"DYNO": "run.1"}, fresh=True)
    assert found.returncode == 1
    for name in ("REDIS_URL", "HEROKU_APP_NAME", "GOPHER_SLACK_REQUEST_SECRET"):
        assert f"✗ configuration {name} is missing" in found.stdout
        assert f"→ heroku config:set {name}=" in found.stdout
    assert re.search(r"_REQUEST_SECRET is missing: .* \(web\)$", found.stdout, re.MULTILINE)
    assert re.search(r"REDIS_URL is missing: [^(]*$", found.stdout, re.MULTILINE)
    assert "Traceback" not in found.stderr


@cases("variables", "status", "release", "words")
def test_what_may_pass_fails_the_check_and_no_release(
    feedless: Installation, variables: dict[str, str], status: int, release: int, words: str
) -> None:
    given = {"GOPHER_SLACK_PROBE_CHANNEL": GENERAL} | variables
    for arguments, expected in ((["check"], status), (["check", "--release"], release)):
        found = feedless.tool(*arguments, **given)
        assert found.returncode == expected
        line = re.escape(words.format("✗" if expected else "!")).replace("…", ".*\n +→ ")
        assert re.search(f"^{line}", found.stdout, re.MULTILINE), found.stdout
        verdict = "1 check failed." if expected else "No check failed, 1 warning."
        assert found.stdout.splitlines()[-1] == verdict
    as_json = json.loads(feedless.tool("check", "--json", **given).stdout)
    assert as_json["ok"] is not bool(status)


@cases("how", "content", "variables", "expected")
def test_what_is_wrong_with_the_content_is_told(
    feedless: Installation,
    tmp_path: Path,
    how: str,
    content: dict[str, str],
    variables: dict[str, str],
    expected: str,
) -> None:
    """For moderators, it takes a private channel with the bot in it."""
    confirmed = f'source = "https://example.org/bot"\ncontact_confirmed = {date.today()}\n'
    for file, text in ({"workspace.toml": confirmed} | content).items():
        (tmp_path / file).write_text(text.replace("CONFIRMED", confirmed))
    api = feedless.slack.web_api
    with ExitStack() as undo:
        undo.callback(setattr, api, "scopes", api.scopes)
        api.scopes = sorted({*api.scopes, "commands", "groups:read"})
        undo.enter_context(broken(feedless, how))
        found = checked(feedless, GOPHER_CONTENT=str(tmp_path), **variables)
    assert alike(wrong(found), expected), wrong(found)
    good = [each for each in found if each.about == "content" and each.state is CheckState.OK]
    assert len(good) == ("answers.toml" not in content)


def test_no_secret_is_shown_nor_left_in_the_environment(gerrit_only: Installation) -> None:
    secrets = {
        "REDIS_URL": "redis://u:hush@127.0.0.1:1",
        "GOPHER_SLACK_REQUEST_SECRET": "hush",
        "GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-hush",
    }
    environ = gerrit_only.environment | secrets
    assert "hush" not in str(list(check(environ)))
    assert not secrets.keys() & environ.keys()


def test_the_release_phase_runs_it() -> None:
    assert lines()["release"] == "python -m gopherbot check --release"


# `--try-client-msg-id`: what the workspace does with two posts of one id.


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
    with broken(feedless, f"failing {method} not_in_channel"):
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
