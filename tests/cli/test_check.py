"""`gopherbot check`: every fault of an installation is named, with what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path

import pytest
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


SCOPE = "add it under OAuth & Permissions (or paste `gopherbot manifest`) and reinstall"
STATUS = "see https://slack-status.com"
OTHER = "✗ the token belongs to {}, but {} names another: every event… → heroku config:set {}={}"
TRIPS = (
    "no round trips: nothing notices if Slack stops sending events → …, the id of an operators'…"
)
BYPASSES = (
    "the probe bypasses the gateway, because its address… → heroku config:set GOPHER_GATEWAY_U…"
)
MISSED = "GOPHER_WELCOME_MISSED has no effect: without round trips… → heroku config:set GOPHER…"
UNSEEN = (
    f"! can't see whether the bot is in {GENERAL}: a private channel takes the scope groups:read"
)
SHADOW = (
    "! ENV is staging: shadow mode, the bot only does… → heroku config:set ENV=production, unl…"
)
UNHEARD = "! nobody's questions are followed in #newbies"
REACTIONS = "✗ the scope reactions:write is missing, for reactions.add, reactions.remove"
TEAM, APP = "GOPHER_SLACK_TEAM_ID", "GOPHER_SLACK_APP_ID"


@pytest.mark.parametrize(
    ("broken", "variables", "expected"),
    [
        (nothing, {}, ""),
        *(
            (
                nothing,
                {flag: value},
                f"✗ {flag} is neither 1 nor 0: it counts as off → heroku…",
            )
            for flag, value in (("GOPHER_REDIS_SKIPVERIFY", "yes"), ("GOPHER_ONE_CORE", "true"))
        ),
        (nothing, {"GOPHER_ONE_CORE": "0", "GOPHER_CLIENT_MSG_ID": "False"}, ""),
        (
            nothing,
            {"WEB_CONCURRENCY": "two"},
            "✗ WEB_CONCURRENCY is malformed: it must be a number from 1 to 1000 → heroku config…",
        ),
        (
            nothing,
            {"GOPHER_SLAK_TEAM_ID": "T1"},
            f"! nothing reads GOPHER_SLAK_TEAM_ID → rename it to {TEAM}, or unset it",
        ),
        (nothing, {APP: "no app"}, f"✗ {APP} is malformed… → heroku config:set {APP}=…"),
        (nothing, {APP: "A0OTHER"}, OTHER.format("app A0GOPHERBOT", APP, APP, "A0GOPHERBOT")),
        (nothing, {TEAM: "T0OTHER"}, OTHER.format("team T0GOPHERS", TEAM, TEAM, "T0GOPHERS")),
        (
            another_token,
            {},
            "✗ Slack rejects the bot token (invalid_auth) → copy it again from OA…",
        ),
        (
            without_scopes("reactions:write", "files:read"),
            {},
            f"✗ the scope files:read is missing, for files.info → {SCOPE}\n{REACTIONS} → {SCOPE}",
        ),
        # A Slack without this scope hides its app and the members, and a private channel.
        (
            without_scopes("users:read"),
            {APP: "A0OTHER"},
            f"✗ the scope users:read is missing, for the event team_join, missed_joins → {SCOPE}",
        ),
        (
            without_scopes("channels:read"),
            {},
            f"✗ the scope channels:read is missing, for … → {SCOPE}\n{UNSEEN} → `gopherbot status…",
        ),
        # A staging bot need not be where it will not post.
        (
            outside,
            {},
            "! @gopher should post in #golang-cls (gerrit)… → write `/invite @gopher` in…",
        ),
        (outside, {"ENV": "staging"}, SHADOW),
        # But it must be where it listens.
        (
            deaf,
            {"ENV": "staging"},
            f"{SHADOW}\n{UNHEARD}: the bot isn't a… → invite it in #newbies",
        ),
        (
            closed,
            {"ENV": "staging"},
            f"{SHADOW}\n{UNHEARD}, which isn't a public… → create or unarchive #newbies, …",
        ),
        (
            nothing,
            {"GOPHER_GERRIT_URL": "http://[::1]:1"},
            "! can't read gerrit: … → the bot retries…",
        ),
        (nothing, {PROBE_CHANNEL: ""}, f"! {TRIPS}"),
        (nothing, {PROBE_CHANNEL: "", "GOPHER_WELCOME_MISSED": "20"}, f"! {MISSED}\n! {TRIPS}"),
        (
            nothing,
            {PROBE_CHANNEL: "C0NO"},
            "✗ no round trips in C0NO: channel_not_found → heroku config:set GOPHER…",
        ),
        (nothing, {"GOPHER_GATEWAY_URL": ""}, f"! {BYPASSES}"),
        (
            nothing,
            {"GOPHER_GATEWAY_URL": "", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "a.example.org"},
            "",
        ),
        *(
            (failing(method, error), {}, f"! {words}: {method}: …{error} → {STATUS}")
            for error in ("internal_error", "fatal_error")
            for method, words in (
                ("conversations.info", f"can't look at {GENERAL}"),
                ("conversations.list", "can't list channels"),
                ("bots.info", "can't see its app"),
            )
        ),
        (
            nothing,
            {"GOPHER_SLACK_API_URL": "http://127.0.0.1:1/api/"},
            f"? Slack does not answer: … → {STATUS}",
        ),
        (
            nothing,
            {"REDIS_URL": "redis://u:hush@127.0.0.1:1"},
            "? redis://…127.0.0.1:1/0 does not answer without TLS: … → see `heroku addons`…",
        ),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(
    gerrit_only: Installation, broken: Break, variables: dict[str, str], expected: str
) -> None:
    with ExitStack() as undo:
        broken(gerrit_only, undo)
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


@pytest.mark.parametrize(
    ("variables", "status", "release", "words"),
    [
        (
            {"REDIS_URL": "redis://127.0.0.1:1"},
            1,
            0,
            "{} redis         redis://127.0.0.1:1/0 does…",
        ),
        ({"GOPHER_SLACK_API_URL": "http://127.0.0.1:1/api/"}, 1, 0, "{} slack         Slack does…"),
        ({"GOPHER_SLACK_TEAM_ID": "T0OTHER"}, 1, 1, "✗ slack         the token belongs to team…"),
        ({"GOPHER_GATEWAY_URL": ""}, 0, 0, "! configuration the probe bypasses the gateway…"),
    ],
)
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
def test_a_channel_without_round_trips_is_told(
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


def public(installation: Installation, undo: ExitStack) -> None:
    """Make the moderators' channel public."""
    channel = installation.slack.workspace.conversation("moderators")
    undo.callback(setattr, channel, "kind", channel.kind)
    channel.kind = "channel"


@pytest.mark.parametrize(
    ("spoil", "content", "table", "words"),
    [
        (nothing, 'contact = "a@b.org"', "reports", ""),
        (nothing, "", "waves", ""),
        (
            nothing,
            "",
            "reports",
            "! `contact` is empty: … → set it to an e-mail address in workspace.toml",
        ),
        *(
            (
                public,
                'contact = "a@b.org"',
                table,
                f"✗ {table} reach nobody: moderators isn't a private channel … → …",
            )
            for table in ("reports", "waves")
        ),
    ],
)
def test_what_is_for_moderators_needs_a_private_channel_with_the_bot_in_it(
    gerrit_only: Installation, tmp_path: Path, spoil: Break, content: str, table: str, words: str
) -> None:
    confirmed = f"contact_confirmed = {date.today()}\nsource = 'https://example.org'\n"
    (tmp_path / "workspace.toml").write_text(f"{content}\n{confirmed}")
    (tmp_path / "moderation.toml").write_text(f'[{table}]\nchannel = "moderators"\n')
    with ExitStack() as undo:
        spoil(gerrit_only, undo)
        api, before = gerrit_only.slack.web_api, gerrit_only.slack.web_api.scopes
        undo.callback(setattr, api, "scopes", before)
        api.scopes = sorted({*before, "commands", "groups:read"})
        found = results(gerrit_only, GOPHER_CONTENT=str(tmp_path))
    wrong = [line for line in found.splitlines() if "watchers.toml" not in line]
    assert alike("\n".join(wrong), words), found


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (
            "workspace.toml",
            'name = "Crabs"',
            "! `source` is empty: … → set it to the repository's…",
        ),
        (
            "workspace.toml",
            'source = "https://example.org/bot"\ncontact = "ops@example.org"',
            "! no one has confirmed…ops@example.org is read → write to it…",
        ),
        (
            "answers.toml",
            '["hello"]\ntext = "hi"',
            "✗ answers.toml: [hello]: `help` is missing… → …",
        ),
    ],
)
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
