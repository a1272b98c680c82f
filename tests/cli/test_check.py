"""`gopherbot check`: every fault of an installation is named, with what to do."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cases import cases
from commands import run

from gopherbot.commands import manifest
from gopherbot.commands.check import check
from gopherbot.commands.check.configuration import CheckState
from gopherbot.dev.procfile import lines
from gopherbot.testing import bot
from slack_simulator import Fault

from .conftest import Installation, content_without_feeds

pytestmark = pytest.mark.slow


GENERAL = "C029RQSEE"
"""A channel that the bot is in, for its round trips."""
PROBE_CHANNEL = "GOPHER_SLACK_PROBE_CHANNEL"
SIGNS = {CheckState.WARNING: "!", CheckState.UNREACHABLE: "?", CheckState.FAILED: "✗"}


def results(installation: Installation, **more: str) -> str:
    """Return what isn't good, with its remedy; `more` replaces variables, "" takes one away."""
    given = installation.environment | {"DYNO": "run.1", PROBE_CHANNEL: GENERAL} | more
    found = check({name: value for name, value in given.items() if value})
    wrong = [f"{SIGNS[r.state]} {r.text} → {r.todo}" for r in found if r.state is not CheckState.OK]
    return "\n".join(wrong)


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


Break = Callable[[Installation, ExitStack], object]
"""Breaks something, and pushes what mends it."""


def failing(method: str, error: str) -> Break:
    def fail(installation: Installation, undo: ExitStack) -> None:
        installation.slack.faults.add(Fault(kind="error", method=method, error=error, times=None))
        undo.callback(installation.slack.faults.clear)

    return fail


def without_scopes(*scopes: str) -> Break:
    def forbid(installation: Installation, undo: ExitStack) -> None:
        api, granted = installation.slack.web_api, installation.granted
        api.scopes = sorted(set(granted) - set(scopes))
        undo.callback(setattr, api, "scopes", granted)

    return forbid


def another_token(installation: Installation, undo: ExitStack) -> None:
    installation.slack.web_api.tokens = {"xoxb-the-right-one"}
    undo.callback(setattr, installation.slack.web_api, "tokens", None)


def outside(installation: Installation, undo: ExitStack) -> None:
    """Take the bot out of #golang-cls."""
    workspace = installation.slack.workspace
    workspace.leave_channel("golang-cls", "U0GOPHERBOT")
    undo.callback(workspace.join_channel, "golang-cls", "U0GOPHERBOT")


def deaf(installation: Installation, undo: ExitStack) -> None:
    """Take the bot out of #newbies."""
    workspace = installation.slack.workspace
    workspace.leave_channel("newbies", "U0GOPHERBOT")
    undo.callback(workspace.join_channel, "newbies", "U0GOPHERBOT")


def closed(installation: Installation, undo: ExitStack) -> None:
    """Archive #newbies."""
    archive = installation.slack.workspace.archive_channel
    archive("newbies")
    undo.callback(partial(archive, "newbies", archived=False))


def nothing(installation: Installation, undo: ExitStack) -> None:
    """Break nothing: the variables are wrong."""


def public(installation: Installation, undo: ExitStack) -> None:
    """Make the moderators' channel public."""
    channel = installation.slack.workspace.conversation("moderators")
    undo.callback(setattr, channel, "kind", channel.kind)
    channel.kind = "channel"


BREAKS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (*(nothing, failing, without_scopes, another_token, outside, deaf, closed, public),)
}


def test_a_healthy_installation_has_one_good_line_for_each_thing(
    installation: Installation,
) -> None:
    found = installation.tool("check", GOPHER_SLACK_PROBE_CHANNEL=GENERAL)
    assert found.returncode == 0, found.stdout + found.stderr
    *lines, last = found.stdout.splitlines()
    assert last == "All checks passed."
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


@cases("broken", "variables", "expected")
def test_what_is_wrong_is_told_with_what_to_do(
    gerrit_only: Installation, broken: str, variables: dict[str, str], expected: str
) -> None:
    name, *arguments = broken.split()
    with ExitStack() as undo:
        (BREAKS[name](*arguments) if arguments else BREAKS[name])(gerrit_only, undo)
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


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("golang-cls", "the bot isn't a member of #golang-cls → write `/invite @gopher` in #go…"),
        ("old-news", "… is archived → heroku config:set GOPHER_SLACK_PROBE_CHANNEL=C…"),
    ],
)
def test_a_channel_without_round_trips_fails(
    feedless: Installation, channel: str, words: str
) -> None:
    workspace = feedless.slack.workspace
    if channel == "old-news":
        workspace.archive_channel(workspace.add_channel(channel).id)
    [id] = [each.id for each in workspace.conversations.values() if each.name == channel]
    with ExitStack() as undo:
        outside(feedless, undo)
        found = results(feedless, GOPHER_SLACK_PROBE_CHANNEL=id)
    assert alike(found, f"✗ no round trips: {words}"), found


@cases("spoil", "content", "table", "words")
def test_what_is_for_moderators_needs_a_private_channel_with_the_bot_in_it(
    gerrit_only: Installation, tmp_path: Path, spoil: str, content: str, table: str, words: str
) -> None:
    confirmed = f"contact_confirmed = {date.today()}\nsource = 'https://example.org'\n"
    (tmp_path / "workspace.toml").write_text(f"{content}\n{confirmed}")
    (tmp_path / "moderation.toml").write_text(f'[{table}]\nchannel = "moderators"\n')
    with ExitStack() as undo:
        BREAKS[spoil](gerrit_only, undo)
        api, before = gerrit_only.slack.web_api, gerrit_only.slack.web_api.scopes
        undo.callback(setattr, api, "scopes", before)
        api.scopes = sorted({*before, "commands", "groups:read"})
        found = results(gerrit_only, GOPHER_CONTENT=str(tmp_path))
    wrong = [line for line in found.splitlines() if "watchers.toml" not in line]
    assert alike("\n".join(wrong), words), found


@cases("file", "text", "words")
def test_what_is_wrong_with_the_content_is_told(
    feedless: Installation, tmp_path: Path, file: str, text: str, words: str
) -> None:
    (tmp_path / "workspace.toml").write_text('source = "https://example.org/bot"\n')
    (tmp_path / file).write_text(f"{text}\n")
    found = results(feedless, GOPHER_CONTENT=str(tmp_path))
    assert alike(found, words), found


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
