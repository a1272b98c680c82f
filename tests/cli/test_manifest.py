"""`gopherbot manifest`: Slack's app, from what is registered."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cases import cases
from click.testing import CliRunner, Result
from support import SAMPLE

from gopherbot import cli
from gopherbot.commands import manifest
from gopherbot.table import EVENT_ACTORS
from gopherbot.testing import bot
from gopherbot.web import events

pytestmark = pytest.mark.slow

URL = "https://my-bot.herokuapp.com"


@pytest.fixture(autouse=True)
def _(read_once: None) -> None:
    """Read the content once."""


def run(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(cli.group, ["manifest", *arguments], env=variables)


def made(*arguments: str, **variables: str) -> dict[str, Any]:
    found = run(*arguments, **variables)
    assert found.exit_code == 0, found.output
    manifest: dict[str, Any] = json.loads(found.output)
    return manifest


@pytest.fixture
def bakers(tmp_path: Path) -> Path:
    """Content with as little in it as a bot can do with."""
    (tmp_path / "workspace.toml").write_text('name = "Bäckers"\nbot = "baker"\n', "utf-8")
    (tmp_path / "answers.toml").write_text('["bread"]\nhelp = "about bread"\ntext = "Bread!"\n')
    return tmp_path


SCOPES = [
    *("channels:history", "channels:read", "chat:write", "groups:history", "im:history"),
    *("im:write", "metadata.message:read", "mpim:history", "reactions:read", "reactions:write"),
]
EVENTS = [
    *("channel_archive", "channel_created", "channel_deleted", "channel_rename"),
    *("channel_unarchive", "message.channels", "message.groups", "message.im", "message.mpim"),
    "reaction_added",
]


def test_it_asks_for_what_the_bot_needs_and_no_more(bakers: Path) -> None:
    assert made("--url", f"{URL}/", "--folder", str(bakers)) == {
        "display_information": {
            "name": "baker",
            "description": "The chat bot of the Bäckers community",
        },
        "features": {
            # Else members couldn't write to the bot directly.
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "baker", "always_online": True},
        },
        "oauth_config": {"scopes": {"bot": SCOPES}},
        "settings": {
            "event_subscriptions": {"request_url": f"{URL}/slack/event", "bot_events": EVENTS},
            "interactivity": {"is_enabled": False},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
    assert "Bäckers" in run("--folder", str(bakers)).output


@cases("file", "content", "scopes", "events")
def test_each_part_of_the_content_asks_for_its_own(
    bakers: Path, file: str, content: str, scopes: list[str], events: list[str]
) -> None:
    (bakers / file).write_text(content)
    found = made(GOPHER_CONTENT=str(bakers))
    assert found["oauth_config"]["scopes"]["bot"] == sorted({*SCOPES, *scopes})
    assert found["settings"]["event_subscriptions"]["bot_events"] == sorted({*EVENTS, *events})


def test_reports_take_interactivity_two_shortcuts_and_their_scopes(bakers: Path) -> None:
    (bakers / "moderation.toml").write_text('[reports]\nchannel = "moderators"\n')
    found = made("--url", URL, GOPHER_CONTENT=str(bakers))
    scopes = {"commands", "groups:read", "users:read"}
    assert found["oauth_config"]["scopes"]["bot"] == sorted({*SCOPES, *scopes})
    assert found["settings"]["event_subscriptions"]["bot_events"] == EVENTS
    assert found["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": f"{URL}/slack/interactivity",
    }
    shortcuts = found["features"]["shortcuts"]
    assert [(each["type"], each["callback_id"]) for each in shortcuts] == [
        ("message", "report_message"),
        ("global", "tell_moderators"),
    ]
    assert all(len(each["name"]) <= 24 for each in shortcuts)


def test_each_scope_is_told_with_what_needs_it() -> None:
    loaded = bot.content
    needed = manifest.needed_scopes(
        loaded.rules.rules, loaded.data.watchers, loaded.data.moderation.tables
    )
    assert needed["im:write"] == ["conversations.open"]
    looked_up = ["conversations.history", "conversations.replies"]
    assert needed["groups:history"] == ["the event message.groups", *looked_up]
    assert needed["users:read"] == ["the event team_join", "missed_joins"]
    assert needed["files:read"] == ["files.info"]
    assert needed["reactions:write"] == ["reactions.add", "reactions.remove"]
    answers = ["chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete"]
    assert needed["chat:write"][:6] == [*answers, "round_trip", "gerrit"]


def test_an_event_s_actor_may_need_more(monkeypatch: pytest.MonkeyPatch) -> None:
    row = dataclasses.replace(EVENT_ACTORS[0], name="pins", scopes=("pins:write",))
    pins = dataclasses.replace(row, subscriptions={"pin_added": "pins:read"})
    monkeypatch.setattr(manifest, "EVENT_ACTORS", (pins,))
    needed = manifest.needed_scopes([], [])
    assert (needed["pins:read"], needed["pins:write"]) == (["the event pin_added"], ["pins"])


def test_an_event_for_moderators_is_asked_for_with_its_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = dataclasses.replace(EVENT_ACTORS[0], subscriptions={"pin_added": "pins:read"})
    pins = dataclasses.replace(row, scopes=("pins:write",), moderation="waves")
    monkeypatch.setattr(manifest, "EVENT_ACTORS", (pins,))
    assert "pins:read" not in manifest.needed_scopes([], [], {"reports"})
    assert {"pins:read", "pins:write"} < manifest.needed_scopes([], [], {"waves"}).keys()


def test_the_address_comes_from_the_settings_if_it_is_not_given() -> None:
    def url(*arguments: str, **variables: str) -> str:
        return str(made(*arguments, **variables)["settings"]["event_subscriptions"]["request_url"])

    assert url(GOPHER_GATEWAY_URL=URL) == f"{URL}/slack/event"
    assert url("--url", "https://given", GOPHER_GATEWAY_URL=URL) == "https://given/slack/event"
    assert url(HEROKU_APP_DEFAULT_DOMAIN_NAME="a.herokuapp.com").startswith("https://a.herokuapp")
    assert "THE-APP" in url()


def test_slack_takes_https_only() -> None:
    found = run("--url", "http://my-bot.example.org")
    assert found.exit_code == 2
    assert "https://" in found.output


def test_names_fit_slacks_limits(bakers: Path) -> None:
    long = f'name = "{"x" * 200}"\nbot = "{"y" * 100}"\n'
    (bakers / "workspace.toml").write_text(long)
    named = made("--name", "z" * 100, "--folder", str(bakers), GOPHER_CONTENT=str(SAMPLE))
    assert named["display_information"]["name"] == "z" * 35
    assert len(named["display_information"]["description"]) == 140
    assert named["features"]["bot_user"]["display_name"] == "y" * 80


def test_every_event_that_is_subscribed_to_is_read() -> None:
    for event in manifest.subscriptions(bot.content.rules.rules):
        kind, _, place = event.partition(".")
        assert events.route(kind, {"groups": "group"}.get(place, place))


def test_the_scopes_of_every_method_that_is_called_are_known() -> None:
    slack = Path(manifest.__file__).parents[1] / "slack"
    source = "".join((slack / f"{name}.py").read_text() for name in ("client", "directory"))
    called = set(re.findall(r'"((?:[a-z]+\.)+[a-zA-Z]+)"', source))
    assert {"chat.postMessage", "auth.test"} <= called
    assert called == set(manifest.METHODS)
