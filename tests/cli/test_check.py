"""`gopherbot check`: every fault of an installation is named, with what to do."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from chaos.hosts import clock_off
from commands import run
from conftest import SettingsFor

from gopherbot.commands import manifest
from gopherbot.commands.check import check, redis_server
from gopherbot.commands.check.configuration import CheckState
from gopherbot.dev.procfile import lines
from gopherbot.dev.redis_server import RedisServer, free_port
from gopherbot.settings import Platform, RedisSettings
from gopherbot.storage import keys
from gopherbot.storage.client import RedisConnections
from gopherbot.testing import bot
from slack_simulator import Fault

from .conftest import Installation, content_without_feeds

pytestmark = pytest.mark.slow


GENERAL = "C029RQSEE"
"""A channel that the bot is in, for its round trips."""


def results(installation: Installation, *arguments: str, **more: str) -> dict[str, str]:
    """Return what is not good: state by text."""
    given = {"GOPHER_SLACK_PROBE_CHANNEL": GENERAL} | more
    found = json.loads(installation.tool("check", "--json", *arguments, **given).stdout)
    return {f["text"]: f["state"] for f in found["results"] if f["state"] != "ok"}


@pytest.fixture(scope="module")
def feedless(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The healthy one with content without feeds: to read them takes most of a check."""
    folder = tmp_path_factory.mktemp("feedless")
    (folder / "workspace.toml").write_text('source = "https://example.org/bot"\n')
    parts = (installation.bot, installation.slack, installation.client)
    return Installation(*parts, GOPHER_CONTENT=str(folder))


@pytest.fixture(scope="module")
def gerrit_only(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """The healthy one with all of its content but the feeds."""
    folder = content_without_feeds(tmp_path_factory.mktemp("gerrit-only") / "content")
    parts = (installation.bot, installation.slack, installation.client)
    return Installation(*parts, GOPHER_CONTENT=str(folder))


def text(found: dict[str, str]) -> str:
    return "\n".join(found)


def test_a_healthy_installation_has_one_good_line_for_each_thing(
    installation: Installation,
) -> None:
    found = installation.tool("check", GOPHER_SLACK_PROBE_CHANNEL=GENERAL)
    assert found.returncode == 0, found.stdout + found.stderr
    lines = found.stdout.splitlines()[:-1]
    assert all(line.startswith("✓") for line in lines)
    assert found.stdout.endswith("All checks passed.\n")
    unproven = [line for line in lines if not any(re.search(each, line) for each in RED)]
    assert unproven == [], "each line has a test in which it isn't good"
    assert len(lines) >= len(RED)
    for words in (
        "complete for web, worker and scheduler",
        f"{len(bot.content.data.watchers)} watchers",
        "nothing is evicted (noeviction)",
        "the token is @gopher's in Gophers",
        f"all {len(needed())} scopes are granted",
        "gerrit reads",
        "playground reads",
    ):
        assert words in found.stdout


def needed() -> dict[str, list[str]]:
    loaded = bot.content
    return manifest.needed_scopes(loaded.rules.rules, loaded.data.watchers)


def test_an_empty_environment_is_told_variable_by_variable() -> None:
    found = run("check", more={"DYNO": "run.1"}, fresh=True)
    assert found.returncode == 1
    for name in ("REDIS_URL", "HEROKU_APP_NAME", "GOPHER_SLACK_REQUEST_SECRET"):
        assert f"✗ configuration {name} is missing" in found.stdout
        assert f"→ heroku config:set {name}=" in found.stdout
    assert "Traceback" not in found.stderr


def test_what_is_right_is_checked_although_something_else_is_wrong(
    feedless: Installation,
) -> None:
    found = feedless.tool("check", GOPHER_SLACK_APP_ID="no app")
    assert found.returncode == 1
    assert "✗ configuration GOPHER_SLACK_APP_ID is malformed" in found.stdout
    assert "✓ redis" in found.stdout
    assert "✓ slack" in found.stdout
    assert "no app" not in found.stdout


def test_no_secret_is_shown(gerrit_only: Installation) -> None:
    env = gerrit_only.bot.environment
    printed = gerrit_only.tool("check", REDIS_URL="redis://u:hush-hush@127.0.0.1:1").stdout
    for secret in ("hush-hush", env["GOPHER_SLACK_BOT_ACCESS_TOKEN"]):
        assert secret not in printed


def test_a_redis_that_is_away_fails_the_check_and_not_a_release(feedless: Installation) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}"
    found = feedless.tool("check", REDIS_URL=nowhere)
    assert found.returncode == 1
    assert "✗ redis" in found.stdout
    assert found.stdout.splitlines()[-1] == "1 check failed."
    release = feedless.tool("check", "--release", REDIS_URL=nowhere)
    assert release.returncode == 0
    assert "! redis" in release.stdout


def test_a_slack_that_is_away_fails_the_check_and_not_a_release(feedless: Installation) -> None:
    away = f"http://127.0.0.1:{free_port()}/api/"
    assert feedless.tool("check", GOPHER_SLACK_API_URL=away).returncode == 1
    release = feedless.tool("check", "--release", GOPHER_SLACK_API_URL=away)
    assert release.returncode == 0
    assert "! slack         Slack does not answer" in release.stdout


def test_a_wrong_configuration_fails_a_release(feedless: Installation) -> None:
    found = feedless.tool("check", "--release", GOPHER_SLACK_TEAM_ID="TOTHER", DYNO="run.1")
    assert found.returncode == 1
    assert "GOPHER_SLACK_TEAM_ID names another" in found.stdout
    assert "→ heroku config:set GOPHER_SLACK_TEAM_ID=T" in found.stdout


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [
        (-40, "failed", "40 s behind Slack's: events look too old"),
        (-12, "warning", "12 s behind Slack's: events look too old"),
        (400, "failed", "400 s ahead of Slack's: every event is refused"),
    ],
)
def test_a_clock_that_is_off_is_told(
    installation: Installation, tmp_path: Path, seconds: int, state: str, words: str
) -> None:
    # No feeds: they are read by another process, which such a clock cannot wait for.
    (tmp_path / "workspace.toml").write_text('name = "Crabs"\n')
    found = results(installation, GOPHER_CONTENT=str(tmp_path), **clock_off(seconds))
    by_slack = {text: how for text, how in found.items() if "Slack's" in text}
    [(told, how)] = by_slack.items()
    # Slack tells its time to the second, and asking takes a moment.
    number = re.search(r"(\d+) s", told)
    assert number
    assert abs(int(number[1]) - abs(seconds)) <= 3
    assert re.sub(r"\d+", "N", told).endswith(re.sub(r"\d+", "N", words))
    assert how == state
    [by_redis] = {how for text, how in found.items() if "Redis's" in text}
    assert by_redis == state


def test_a_token_of_another_app_is_told(feedless: Installation) -> None:
    found = text(results(feedless, GOPHER_SLACK_APP_ID="A0ANOTHER"))
    assert "GOPHER_SLACK_APP_ID names another" in found


def test_a_token_that_slack_does_not_know_is_told(feedless: Installation) -> None:
    feedless.slack.web_api.tokens = {"xoxb-the-right-one"}
    try:
        found = results(feedless, "--release")
    finally:
        feedless.slack.web_api.tokens = None
    assert found == {"Slack rejects the bot token (invalid_auth)": "failed"}


def test_each_scope_that_is_missing_is_told_with_what_needs_it(gerrit_only: Installation) -> None:
    left = set(gerrit_only.granted) - {"reactions:write", "files:read"}
    gerrit_only.slack.web_api.scopes = sorted(left)
    try:
        found = results(gerrit_only)
    finally:
        gerrit_only.slack.web_api.scopes = gerrit_only.granted
    assert sorted(found) == [
        "the scope files:read is missing, for files.info",
        "the scope reactions:write is missing, for reactions.add, reactions.remove",
    ]


def test_a_channel_without_the_bot_is_told_before_a_post_is_rejected(
    gerrit_only: Installation,
) -> None:
    workspace = gerrit_only.slack.workspace
    workspace.leave_channel("golang-cls", "U0GOPHERBOT")
    try:
        found = gerrit_only.tool("check")
    finally:
        workspace.join_channel("golang-cls", "U0GOPHERBOT")
    assert found.returncode == 0
    assert "! slack         @gopher should post in #golang-cls (gerrit)" in found.stdout
    # The round trips are the other warning.
    assert found.stdout.endswith("No check failed, 2 warnings.\n")
    assert "→ write `/invite @gopher` in #golang-cls" in found.stdout
    assert "the bot is in the 2 channels that it posts in" in gerrit_only.tool("check").stdout


def test_a_service_that_is_away_is_a_warning(gerrit_only: Installation) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    found = gerrit_only.tool("check", GOPHER_GERRIT_URL=nowhere)
    assert found.returncode == 0
    assert "! services      can't read gerrit" in found.stdout


def test_shadow_mode_is_pointed_out(feedless: Installation) -> None:
    found = results(feedless, ENV="staging")
    assert list(found.values()) == ["warning"]
    assert "ENV is staging: shadow mode" in text(found)


def test_a_staging_bot_need_not_be_where_it_will_not_post(gerrit_only: Installation) -> None:
    workspace = gerrit_only.slack.workspace
    workspace.leave_channel("golang-cls", "U0GOPHERBOT")
    try:
        found = results(gerrit_only, ENV="staging")
    finally:
        workspace.join_channel("golang-cls", "U0GOPHERBOT")
    assert "golang-cls" not in text(found)


@pytest.mark.parametrize(
    ("channel", "state", "words"),
    [
        ("", "warning", "no round trips: nothing notices if Slack stops sending events"),
        ("C0NOSUCHCHAN", "failed", "no round trips in C0NOSUCHCHAN: channel_not_found"),
        ("golang-cls", "failed", "no round trips: the bot isn't a member of #golang-cls"),
        ("old-news", "failed", "is archived"),
    ],
)
def test_a_channel_without_round_trips_is_told(
    feedless: Installation, channel: str, state: str, words: str
) -> None:
    workspace = feedless.slack.workspace
    workspace.leave_channel("golang-cls", "U0GOPHERBOT")
    if channel == "old-news":
        workspace.archive_channel(workspace.add_channel(channel).id)
    there = {each.name: each.id for each in workspace.conversations.values()}
    try:
        found = results(feedless, GOPHER_SLACK_PROBE_CHANNEL=there.get(channel, channel))
    finally:
        workspace.join_channel("golang-cls", "U0GOPHERBOT")
    [told] = found
    assert words in told
    assert found[told] == state


def test_a_private_channel_that_the_bot_may_not_see_is_not_called_good(
    gerrit_only: Installation,
) -> None:
    left = set(gerrit_only.granted) - {"channels:read"}
    gerrit_only.slack.web_api.scopes = sorted(left)
    try:
        found = results(gerrit_only)
    finally:
        gerrit_only.slack.web_api.scopes = gerrit_only.granted
    assert found["can't see whether the bot is in C029RQSEE: a private channel takes the scope "
                 "groups:read"] == "warning"  # fmt: skip


@pytest.mark.parametrize(
    ("honors", "setting", "state", "words"),
    [
        (True, "", "warning", "1 post: Slack honors it"),
        (True, "1", "ok", "1 post: Slack honors it"),
        (False, "1", "warning", "2 posts: Slack ignores it"),
        (False, "", "ok", "2 posts: Slack ignores it"),
    ],
)
def test_it_tries_what_the_workspace_does_with_a_client_msg_id(
    feedless: Installation, honors: bool, setting: str, state: str, words: str
) -> None:
    slack, variables = feedless.slack, {"GOPHER_SLACK_PROBE_CHANNEL": GENERAL}
    before = list(slack.workspace.conversations[GENERAL].messages)
    slack.workspace.honors_client_msg_id = honors
    try:
        arguments = ("check", "--json", "--try-client-msg-id")
        found = feedless.tool(*arguments, GOPHER_CLIENT_MSG_ID=setting, **variables)
    finally:
        slack.workspace.honors_client_msg_id = False
    [tried] = [r for r in json.loads(found.stdout)["results"] if r["about"] == "client_msg_id"]
    assert tried["text"] == f"two calls with one id made {words}"
    assert tried["state"] == state
    assert bool(tried["todo"]) == (state == "warning")
    assert list(slack.workspace.conversations[GENERAL].messages) == before, "they are deleted"


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
    fault = Fault(kind="error", method=method, error="not_in_channel", times=None)
    with failing(feedless, fault):
        found = results(feedless, "--try-client-msg-id")
    assert [how for text, how in found.items() if words in text] == [state]


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("conversations.info", f"can't look at {GENERAL}: conversations.info"),
        ("conversations.list", "can't list channels: conversations.list"),
        ("bots.info", "can't see its app: bots.info"),
    ],
)
@pytest.mark.parametrize("error", ["internal_error", "fatal_error"])
def test_what_slack_does_not_let_it_look_at_is_not_called_good(
    gerrit_only: Installation, method: str, words: str, error: str
) -> None:
    with failing(gerrit_only, Fault(kind="error", method=method, error=error, times=None)):
        found = results(gerrit_only)
    [told] = found
    assert told.startswith(words)
    assert found[told] == "warning"


def test_welcomes_of_missed_joins_are_good_where_round_trips_are(feedless: Installation) -> None:
    given = {"GOPHER_WELCOME_MISSED": "20", "GOPHER_SLACK_PROBE_CHANNEL": GENERAL}
    printed = feedless.tool("check", **given).stdout
    assert "round trips; who joins while Slack sends no events is welcomed later" in printed
    found = results(feedless, **given | {"GOPHER_SLACK_PROBE_CHANNEL": ""})
    assert "GOPHER_WELCOME_MISSED has no effect" in text(found)


@contextmanager
def failing(installation: Installation, fault: Fault) -> Iterator[None]:
    """Let Slack answer so for a while."""
    installation.slack.faults.add(fault)
    try:
        yield
    finally:
        installation.slack.faults.clear()


def test_a_client_msg_id_is_not_tried_where_nobody_asked(feedless: Installation) -> None:
    before = len(feedless.slack.calls())
    assert results(feedless) == {}
    assert not [call for call in feedless.slack.calls()[before:] if call.method.startswith("chat.")]
    found = results(feedless, "--try-client-msg-id", GOPHER_SLACK_PROBE_CHANNEL="")
    assert "not tried: there is no channel to post in" in found


def test_a_probe_that_goes_past_the_gateway_is_pointed_out(feedless: Installation) -> None:
    assert "the probe bypasses the gateway" in text(results(feedless, GOPHER_GATEWAY_URL=""))
    herokus = results(
        feedless, GOPHER_GATEWAY_URL="", HEROKU_APP_DEFAULT_DOMAIN_NAME="a-b.herokuapp.com"
    )
    assert not herokus


def test_a_project_without_an_address_is_pointed_out(
    installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "workspace.toml").write_text('name = "Crabs"\n')
    found = results(installation, GOPHER_CONTENT=str(tmp_path))
    assert list(found.values()) == ["warning"]
    assert "`source` is empty" in text(found)


def test_broken_content_is_told(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text('["hello"]\ntext = "hi"\n')
    found = installation.tool("check", GOPHER_CONTENT=str(tmp_path))
    assert found.returncode == 1
    assert "✗ content       answers.toml: [hello]: `help` is missing" in found.stdout


@pytest.fixture
def other_redis() -> Iterator[RedisServer]:
    """A server of one's own, to be spoilt."""
    with RedisServer() as server:
        yield server


def test_a_redis_that_does_not_fit_is_told(
    feedless: Installation, other_redis: RedisServer
) -> None:
    with other_redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 200_000)
        client.config_set("maxclients", 12)
    found = results(feedless, "--release", REDIS_URL=other_redis.url)
    assert sorted(found.values()) == ["failed", "failed", "warning"]
    assert "eviction policy allkeys-lru" in text(found)
    assert "when it is full, the gateway refuses events" in text(found)
    assert "1 of 12 are open now: there is no room for all" in text(found)


def test_a_second_set_of_processes_that_does_not_fit_is_pointed_out(
    feedless: Installation, other_redis: RedisServer
) -> None:
    """The smallest plan of Heroku's has 20 connections."""
    with other_redis.client() as client:
        client.config_set("maxclients", 20)
    [told] = results(feedless, REDIS_URL=other_redis.url).items()
    assert told[0].endswith("there is no room for a second set, as in a deploy")
    assert told[1] == "warning"


def test_connections_of_another_bot_are_counted(
    feedless: Installation, other_redis: RedisServer
) -> None:
    most = sum(redis_server.connections_of_process().values())
    with ExitStack() as others, other_redis.client() as client:
        client.config_set("maxclients", 2 * most + 5)
        assert results(feedless, REDIS_URL=other_redis.url) == {}
        for _ in range(most):
            others.enter_context(other_redis.client()).ping()
        [told] = results(feedless, REDIS_URL=other_redis.url)
        # The test's own is one more.
        assert f"{most + 1} of them by others: there is no room for a second set" in told
        client.config_set("maxclients", 2 * most)
        [told] = results(feedless, REDIS_URL=other_redis.url)
        assert "there is no room for all" in told


def test_one_s_own_connections_are_not_counted_twice() -> None:
    most = sum(redis_server.connections_of_dyno().values())
    running = Counter(web=2, worker=1, scheduler=1)
    info = {"maxclients": 2 * most, "connected_clients": most + 1}
    assert redis_server._connections(info, running).state is CheckState.OK


def test_whose_connections_are_open_is_judged_by_redis_s_clock(
    settings_for: SettingsFor, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, now = settings_for(), int(time.time() * 1000)
    entry = f'{now} {now} 10000 {{"kind":"worker"}}'
    redis_client.hset(keys.processes(settings.identity.app), "worker.1", entry)
    ahead = SimpleNamespace(time=lambda: time.time() + 60)
    monkeypatch.setattr(redis_server, "time", ahead)
    found = [each.text for each in redis_server.check_redis(settings, Platform.MACHINE)]
    assert [each for each in found if "connections" in each and "by others" not in each]


def test_a_user_that_may_not_ask_for_info_is_no_outage(
    feedless: Installation, other_redis: RedisServer
) -> None:
    url = limited(other_redis, "+@all", "-info")
    [told] = results(feedless, REDIS_URL=url).items()
    assert "refuses INFO: version, eviction, memory and connections were not checked" in told[0]
    assert told[1] == "warning"


@pytest.mark.parametrize("without", ["client", "eval", "blmove", "time", "multi", "set"])
def test_a_command_that_the_bot_needs_and_redis_refuses_is_told(
    feedless: Installation, other_redis: RedisServer, without: str
) -> None:
    forbidden = {"eval": "-@scripting", "set": "-@write"}.get(without, f"-{without}")
    found = results(feedless, REDIS_URL=limited(other_redis, "+@all", forbidden))
    assert [text for text in found if "it refuses what the bot needs" in text]
    assert set(found.values()) == {"failed"}


def test_a_user_of_other_keys_is_told(feedless: Installation, other_redis: RedisServer) -> None:
    found = results(feedless, REDIS_URL=limited(other_redis, "+@all", "resetkeys", "~other:*"))
    assert "it refuses what the bot needs" in text(found)


def limited(server: RedisServer, *rules: str) -> str:
    """Make a user with these rules, and return the server's address with it."""
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "bot", "on", ">pw", "~*", "&*", *rules)
    return server.url.replace("//", "//bot:pw@")


@pytest.mark.parametrize(
    ("used", "state"), [(80, CheckState.OK), (81, CheckState.WARNING), (99, CheckState.FAILED)]
)
def test_a_redis_without_room_fails_and_one_with_little_is_pointed_out(
    used: int, state: CheckState
) -> None:
    assert redis_server._memory({"used_memory": used, "maxmemory": 100}).state is state


@pytest.mark.parametrize(
    ("ahead", "state"),
    [
        *((-60, CheckState.FAILED), (-12, CheckState.WARNING), (2, CheckState.OK)),
        *((12, CheckState.WARNING), (60, CheckState.FAILED)),
    ],
)
def test_a_clock_that_is_not_redis_s_is_told(ahead: float, state: CheckState) -> None:
    assert redis_server._clock(ahead).state is state


@pytest.mark.parametrize(
    ("version", "state"), [("6.2.0", CheckState.OK), ("6.0.16", CheckState.FAILED)]
)
def test_the_oldest_redis_that_will_do(version: str, state: CheckState) -> None:
    where = RedisSettings("localhost", 6379)
    assert redis_server._version(where, {"redis_version": version}).state is state


@pytest.mark.parametrize(
    ("where", "state"),
    [
        (RedisSettings("localhost", 6379), CheckState.OK),
        (RedisSettings("redis.example.org", 6379), CheckState.WARNING),
        (RedisSettings("redis.example.org", 6379, tls=True), CheckState.OK),
        (RedisSettings("redis.example.org", 6379, tls_overruled=True), CheckState.WARNING),
    ],
)
def test_what_can_be_read_in_transit_is_pointed_out(
    where: RedisSettings, state: CheckState
) -> None:
    assert redis_server._transport(where).state is state


def test_a_secret_that_was_read_is_in_no_environment_any_more() -> None:
    environ = dict(SECRETS)
    list(check(environ))
    assert not SECRETS.keys() & environ.keys()


SECRETS = {
    "REDIS_URL": "redis://:hush@127.0.0.1:1",
    "GOPHER_SLACK_REQUEST_SECRET": "hush",
    "GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-hush",
}


def test_a_playground_that_nothing_is_shared_with_is_not_asked(feedless: Installation) -> None:
    assert "playground" not in feedless.tool("check").stdout


def test_a_wrong_password_is_wrong_and_no_outage(
    feedless: Installation, other_redis: RedisServer
) -> None:
    with other_redis.client() as client:
        client.config_set("requirepass", "right")
    url = f"redis://:wrong@127.0.0.1:{other_redis.port}"
    found = results(feedless, "--release", REDIS_URL=url)
    assert list(found.values()) == ["failed"]
    assert "rejects the password" in text(found)


def test_the_scopes_of_every_method_that_is_called_are_known() -> None:
    source = (Path(manifest.__file__).parents[1] / "slack" / "client.py").read_text()
    called = set(re.findall(r'"((?:[a-z]+\.)+[a-zA-Z]+)"', source))
    assert {"chat.postMessage", "auth.test"} <= called
    assert called == set(manifest.METHODS)


def test_the_connections_are_those_that_the_bot_opens(installation: Installation) -> None:
    most = sum(redis_server.connections_of_dyno().values())
    # Its tests run one gateway process, this one's environment says nothing of it.
    assert redis_server.connections_of_dyno()["web"] == 2 * RedisConnections.GATEWAY
    clients: list[dict[str, Any]] = installation.client.client_list()
    # One is the test's own.
    assert 5 < len(clients) - 1 <= most


def test_the_release_phase_runs_it(installation: Installation) -> None:
    assert lines()["release"] == "python -m gopherbot check --release"


def test_a_slack_without_users_read_hides_its_app_and_is_told_so(
    gerrit_only: Installation,
) -> None:
    gerrit_only.slack.web_api.scopes = sorted(set(gerrit_only.granted) - {"users:read"})
    try:
        found = results(gerrit_only, GOPHER_SLACK_APP_ID="A0ANOTHER")
    finally:
        gerrit_only.slack.web_api.scopes = gerrit_only.granted
    assert list(found) == ["the scope users:read is missing, for the event team_join, missed_joins"]


RED: dict[str, Callable[..., None]] = {
    "complete for web": test_an_empty_environment_is_told_variable_by_variable,
    r"content .* rules, ": test_broken_content_is_told,
    r"redis .* at redis://": test_the_oldest_redis_that_will_do,
    "plain TCP": test_what_can_be_read_in_transit_is_pointed_out,
    "nothing is evicted": test_a_redis_that_does_not_fit_is_told,
    "MiB used": test_a_redis_that_does_not_fit_is_told,
    "its clock agrees": test_a_clock_that_is_not_redis_s_is_told,
    "keep at most": test_a_second_set_of_processes_that_does_not_fit_is_pointed_out,
    "writes, scripts": test_a_command_that_the_bot_needs_and_redis_refuses_is_told,
    "the token is": test_a_token_that_slack_does_not_know_is_told,
    "scopes are granted": test_each_scope_that_is_missing_is_told_with_what_needs_it,
    "channels that it posts in": test_a_channel_without_the_bot_is_told_before_a_post_is_rejected,
    "channel of its round trips": test_a_channel_without_round_trips_is_told,
    r"services .* reads ": test_a_service_that_is_away_is_a_warning,
}
"""For each line of a healthy installation, the test in which it isn't good."""
