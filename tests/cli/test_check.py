"""`gopherbot check`: every fault of an installation is named, with what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chaos.hosts import clock_off
from commands import run

from gopherbot.dev.procfile import lines
from gopherbot.dev.redis_server import RedisServer, free_port
from gopherbot.operations import connection_budget, scopes
from gopherbot.storage import connection_limits
from gopherbot.testing import bot

from .conftest import Installation, content_without_feeds

pytestmark = pytest.mark.slow


def results(installation: Installation, *arguments: str, **more: str) -> dict[str, str]:
    """Return what is not good: text by what it is about."""
    found = json.loads(installation.tool("check", "--json", *arguments, **more).stdout)
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
    found = installation.tool("check")
    assert found.returncode == 0, found.stdout + found.stderr
    assert all(line.startswith("✓") for line in found.stdout.splitlines()[:-1])
    assert found.stdout.endswith("All checks passed.\n")
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
    return scopes.needed(loaded.rules.rules, loaded.data.watchers)


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
    assert any("Redis's" in text for text in found)


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
    assert "; the limit is 12" in text(found)


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
    source = (Path(scopes.__file__).parents[1] / "slack" / "client.py").read_text()
    called = set(re.findall(r'"((?:[a-z]+\.)+[a-zA-Z]+)"', source))
    assert {"chat.postMessage", "auth.test"} <= called
    assert called == set(scopes.METHODS)


def test_the_connections_are_those_that_the_bot_opens(installation: Installation) -> None:
    most = sum(connection_budget.of_dyno().values())
    # Its tests run one gateway process, this one's environment says nothing of it.
    assert connection_budget.of_dyno()["web"] == 2 * connection_limits.GATEWAY
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
