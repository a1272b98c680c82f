"""`gopherbot status`: how a running bot is, as an operator reads it."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from commands import run
from conftest import RunningBot
from rich.console import Console
from status.test_alerts import well
from support import SAMPLE, Bot, Inside, wait_until

from gopherbot import table
from gopherbot.commands.status import view
from gopherbot.dev.bot import APP
from gopherbot.dev.procfile import base_environment
from gopherbot.dev.redis_server import RedisServer
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import CONTENT_FOLDER, Platform
from gopherbot.status.alerts import find_alerts
from gopherbot.status.snapshot import JobStatus, StatusSnapshot
from gopherbot.storage.watcher_state import Announcement
from gopherbot.storage.waves import KnownWave
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port

from .conftest import Installation, snapshot

pytestmark = pytest.mark.slow


def printed_hour(installation: Installation) -> dict[str, int]:
    """Return what `status --json` says of the last hour."""
    found: dict[str, Any] = json.loads(installation.tool("status", "--json").stdout)
    hour: dict[str, int] = found["snapshot"]["hour"]
    return hour


def alerts(bot: Bot) -> str:
    """Return what `status` warns of, in its words."""
    found = find_alerts(snapshot(bot), Platform.detect())
    return "\n".join(map(str, found))


def wait_for_alert(bot: Bot, words: str) -> str:
    """Wait until `status` warns in these words, and return what it prints."""
    wait_until(lambda: words in alerts(bot), f"it is told: {words}", every=0.1)
    found = run("status", more=bot.environment)
    assert found.returncode == 1
    assert words in found.stdout
    return found.stdout


@pytest.fixture
def healthy(installation: Installation) -> Installation:
    """It has been probed, and all that its processes have counted is told."""
    key = f"{APP}:jobs"
    wanted = len(scheduled_jobs(CONTENT_FOLDER))
    wait_until(lambda: installation.client.hlen(key) >= wanted, "every job succeeded")
    wait_until(lambda: installation.client.exists(f"{APP}:probe"), "a probe came through")
    return installation


def printed(snapshot: StatusSnapshot, width: int) -> str:
    file = StringIO()
    Console(file=file, width=width, highlight=False).print(view(snapshot, []))
    return file.getvalue()


@pytest.mark.parametrize(
    ("card", "told"),
    [(None, "would have told the moderators"), (("C1", "2.0"), "the moderators were told")],
)
def test_a_wave_is_shown_with_what_moderators_were_told(
    card: tuple[str, str] | None, told: str
) -> None:
    wave = KnownWave("1", [("C1", "1.0"), ("C1", "1.1"), ("C2", "1.2")], members=1, card=card)
    line = f"3 messages in 2 channels: {told}; the first is C1 1.0"
    assert line in printed(well(waves=[wave]), 150)


@pytest.mark.parametrize("width", [80, 100, 150])
def test_a_narrow_terminal_cuts_what_is_last_and_no_figure(width: int) -> None:
    said = Announcement("*A very long announcement* " * 10, at=1.7e9 - 50)
    healthy = well(jobs=[JobStatus("feeds.The Go Blog", 600, 30.0, said)])
    shown = printed(healthy, width)
    assert re.search(r"^queue +waiting +delayed +in flight +oldest +dead$", shown, re.MULTILINE)
    assert re.search(r"^feeds.The Go Blog +10 min +30 s ago +50 s ago: \*A", shown, re.MULTILINE)
    assert shown.count("…") == 1


def test_a_healthy_bot_is_told_to_be_well(healthy: Installation) -> None:
    found = healthy.tool("status")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "✓ all is well" in found.stdout
    assert "shadow" not in found.stdout
    # Whoever reads a pipe reads lines.
    assert "ignored (unhandled event types)" in healthy.tool("status", COLUMNS="80").stdout
    assert "through gateway, queue and worker" in found.stdout
    assert "channel cache: 17 channels, read" in found.stdout
    for job in scheduled_jobs(CONTENT_FOLDER):
        assert job.name in found.stdout
    for kind in ("web", "worker", "scheduler"):
        assert any(
            line.startswith(kind) and "c0ffee12" in line for line in found.stdout.splitlines()
        )


def test_what_happened_in_the_last_hour_is_counted(healthy: Installation) -> None:
    before = printed_hour(healthy)
    said = healthy.slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    healthy.bot.handled(said.event_id)

    def has_grown(after: Mapping[str, int]) -> bool:
        public = "received:slack_message_public"
        return all(after.get(n, 0) > before.get(n, 0) for n in (public, "answered", "effects"))

    why = "the event is among the received and the answered"
    wait_until(lambda: has_grown(snapshot(healthy.bot).hour), why, every=0.1)
    assert has_grown(printed_hour(healthy)), why


def test_where_nothing_runs_it_says_so_and_where_to_look(installation: Installation) -> None:
    found = installation.tool("status", HEROKU_APP_NAME="nobody", DYNO="run.1")
    assert found.returncode == 1
    for kind in ("gateway", "worker", "scheduler"):
        assert f"✗ no {kind} is alive" in found.stdout
    assert "heroku logs --dyno-name worker" in found.stdout


@pytest.mark.parametrize(
    "command",
    ["status", "why Ev1", "dead list", "dead retry --all", "dead drop --all --yes", "dead show x"],
)
def test_unreachable_redis_is_one_clear_message(installation: Installation, command: str) -> None:
    away = f"redis://127.0.0.1:{free_port()}"
    found = installation.tool(*command.split(), REDIS_URL=away)
    assert found.returncode == 2
    assert found.stderr.startswith("Redis does not answer")
    assert "gopherbot check" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("url", "words"), [("", f"{APP}, "), ("redis://127.0.0.1:1", "Redis does")]
)
def test_it_watches_until_it_is_interrupted(healthy: Installation, url: str, words: str) -> None:
    away = {"REDIS_URL": url} if url else {}
    watching = subprocess.Popen(
        [sys.executable, "-m", "gopherbot", "status", "--watch"],
        env=base_environment() | healthy.bot.environment | {"COLUMNS": "150"} | away,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout
    try:
        pictures = (line for line in watching.stdout if line.startswith(words))
        assert next(pictures)
        assert next(pictures)
    finally:
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 0
        watching.stdout.close()


def test_a_wrong_secret_is_told_under_the_probe(running_bot: RunningBot, slack: Simulator) -> None:
    """The probe is signed with the same wrong secret, and comes through."""
    bot = running_bot(
        GOPHER_SLACK_REQUEST_SECRET="the secret of an app that is long gone",
        GOPHER_CONTENT=str(SAMPLE),
    )
    for number in range(3):
        slack.say(f"is anybody there? {number}", channel="general")
    wait_for_alert(bot, "is not the signing secret")


def test_a_token_revoked_meanwhile_is_reported(running_bot: RunningBot, slack: Simulator) -> None:
    bot = running_bot(GOPHER_CONTENT=str(SAMPLE))
    slack.web_api.tokens = {"xoxb-another"}
    slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    wait_for_alert(bot, "Slack rejects the bot token (invalid_auth")


def test_a_command_that_redis_refuses_is_told(slack: Simulator, tmp_path: Path) -> None:
    """A worker that may not name its connections fetches nothing."""
    with RedisServer() as server, server.client() as client:
        client.execute_command("ACL", "SETUSER", "bot", "on", ">pw", "~*", "&*", "+@all", "-client")
        url = server.url.replace("//", "//bot:pw@")
        more = {"GOPHER_CONTENT": str(SAMPLE)}
        with Bot(url, slack, tmp_path, names=("worker",), more=more) as bot:
            assert "✗ Redis refuses" in wait_for_alert(bot, "Redis refuses a command of a worker")
            line = bot.printed.wait("redis refuses a command")[0]
    assert line["level"] == "warning"
    assert len(bot.printed.lines("redis refuses a command")) <= 3, "it is logged once a cause"


# A feed in a bot of one's own: announced, rejected, and what an operator sees of it.

FEED = "bread.example.org/feed"
TABLE = f'[feeds."Bread"]\nchannel = "ovens"\nurl = "https://{FEED}"\n'


@pytest.fixture
def bakers(tmp_path: Path) -> Iterator[Installation]:
    """The bakers' bot, in whose #ovens nobody has invited it."""
    folder = tmp_path / "bakers"
    folder.mkdir()
    (folder / "workspace.toml").write_text('name = "Bakers"\nbot = "crumb"\n')
    (folder / "watchers.toml").write_text(TABLE)
    with RedisServer() as server, Simulator() as slack, server.client() as client:
        slack.workspace.add_channel("ovens")
        slack.workspace.leave_channel("ovens", slack.identity.bot_user_id)
        slack.services.feeds.post(FEED, "Rye & wheat")
        more = {"GOPHER_CONTENT": str(folder)}
        with Bot(server.url, slack, tmp_path, more=more) as bot:
            yield Installation(bot, slack, client)


def job(bakers: Installation) -> JobStatus:
    """Return what `status` knows of the feed."""
    (mine,) = [each for each in snapshot(bakers.bot).jobs if each.name == "feeds.Bread"]
    return mine


def test_a_watcher_that_slack_rejects_is_told_until_the_bot_is_invited(
    bakers: Installation,
) -> None:
    slack, inside = bakers.slack, Inside(bakers.client)
    bakers.bot.printed.wait("slack rejected it", watcher="feeds.Bread")
    # By then it is also known that the bot isn't in #ovens: one of the two is told, not both.
    bakers.bot.printed.wait("channel cache filled")
    wait_until(lambda: job(bakers).rejected, "status shows it", every=0.1)
    printed = bakers.tool("status", COLUMNS="200").stdout
    assert "Slack rejects the posts of `feeds.Bread` in #ovens (not_in_channel" in printed
    assert "write `/invite @crumb` in #ovens" in printed
    assert printed.count("/invite") == 1
    assert slack.posts("ovens") == []
    slack.workspace.join_channel("ovens", slack.identity.bot_user_id)
    # What the scheduler does ten minutes later.
    inside.send(table.BACKGROUND, "feeds", "Bread")
    wait_until(lambda: slack.posts("ovens"), "it is announced")
    (post,) = slack.posts("ovens")
    assert post.text.partition("\n")[0] == "*Rye &amp; wheat*"
    wait_until(lambda: job(bakers).rejected is None, "status shows it no more", every=0.1)
    wait_until(lambda: job(bakers).succeeded is not None, "it is a success", every=0.1)
    printed = bakers.tool("status", COLUMNS="200").stdout
    assert "Slack rejects" not in printed
    assert "/invite" not in printed
    assert "*Rye &amp; wheat*" in printed
    inside.send(table.BACKGROUND, "feeds", "Bread")
    inside.wait_drained()
    assert len(slack.posts("ovens")) == 1


def test_check_reads_the_feed(bakers: Installation) -> None:
    assert f"feeds.Bread reads https://{FEED}: 1 item" in bakers.tool("check").stdout
    bakers.slack.services.feeds.fail("down")
    assert "can't read feeds.Bread: bread.example.org answered 503" in bakers.tool("check").stdout
