"""`gopherbot manifest`: Slack's app, from what is registered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gopherbot import table
from gopherbot.commands import manifest
from gopherbot.commands.manifest import command
from gopherbot.testing import bot
from gopherbot.web import events
from slack_simulator.web_api.caller import DEFAULT_SCOPES

pytestmark = pytest.mark.slow

URL = "https://my-bot.herokuapp.com"


@pytest.fixture(autouse=True)
def _(read_once: None) -> None:
    """Read the content once."""


def run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(command, arguments, env=variables)


def made(*arguments: str, **variables: str) -> dict[str, Any]:
    found = run(*arguments, **variables)
    assert found.exit_code == 0, found.output
    manifest: dict[str, Any] = json.loads(found.output)
    return manifest


def test_it_asks_for_what_the_rules_and_jobs_need_and_no_more() -> None:
    wanted = made()["oauth_config"]["scopes"]["bot"]
    # The simulated Slack grants more: as a workspace may that had another bot before, and for a
    # watcher that posts under another name.
    more = {"app_mentions:read", "chat:write.customize"}
    of_rows = {scope for row in table.EVENT_ACTORS for scope in row.subscriptions.values()}
    of_rows |= {scope for row in table.EVENT_ACTORS for scope in row.scopes}
    of_rows |= {scope for job in table.JOBS for scope in job.scopes}
    assert set(wanted) - of_rows <= set(DEFAULT_SCOPES) - more <= set(wanted)
    assert wanted == sorted(wanted)


def test_it_names_the_events_and_where_they_go() -> None:
    subscribed = made("--url", f"{URL}/")["settings"]["event_subscriptions"]
    assert subscribed["request_url"] == f"{URL}/slack/event"
    assert {
        *("message.channels", "message.groups", "message.im", "message.mpim"),
        *("team_join", "member_joined_channel", "channel_rename", "channel_archive"),
    } <= set(subscribed["bot_events"])
    assert subscribed["bot_events"] == sorted(subscribed["bot_events"])


def test_members_can_write_to_the_bot_directly() -> None:
    home = made()["features"]["app_home"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]


def test_the_address_comes_from_the_settings_if_it_is_not_given() -> None:
    def url(**variables: str) -> str:
        return str(made(**variables)["settings"]["event_subscriptions"]["request_url"])

    assert url(GOPHER_GATEWAY_URL=URL) == f"{URL}/slack/event"
    assert url(HEROKU_APP_DEFAULT_DOMAIN_NAME="a.herokuapp.com").startswith("https://a.herokuapp")
    assert "THE-APP" in url()


def test_slack_takes_https_only() -> None:
    found = run("--url", "http://my-bot.example.org")
    assert found.exit_code == 2
    assert "https://" in found.output


def test_a_bot_with_less_to_do_asks_for_less(tmp_path: Path) -> None:
    (tmp_path / "workspace.toml").write_text('name = "Bakers"\nbot = "baker"\n')
    (tmp_path / "answers.toml").write_text('["bread"]\nhelp = "about bread"\ntext = "Bread!"\n')
    manifest = made(GOPHER_CONTENT=str(tmp_path))
    assert manifest["display_information"]["name"] == "baker"
    assert manifest["features"]["bot_user"]["display_name"] == "baker"
    assert "Bakers" in manifest["display_information"]["description"]
    wanted = set(manifest["oauth_config"]["scopes"]["bot"])
    assert not wanted & {"files:read", "chat:write.customize", "users:read"}
    assert {"chat:write", "channels:read", "reactions:write"} <= wanted
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert not set(events) & {"team_join", "member_joined_channel"}


def test_names_fit_slacks_limits() -> None:
    manifest = made("--name", "x" * 100)
    assert len(manifest["display_information"]["name"]) == 35


def test_broken_content_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text('["hello"]\ntext = "hi"\n')
    found = run("--folder", str(tmp_path))
    assert found.exit_code == 1
    assert "answers.toml" in str(found.exception)


def test_every_event_that_is_subscribed_to_is_read() -> None:
    for event in manifest.subscriptions(bot.content.rules.rules):
        kind, _, place = event.partition(".")
        assert events.route(kind, {"groups": "group"}.get(place, place))
