"""A feed in a bot of one's own: announced, rejected, and what an operator sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Bot, Inside, wait_until

from gopherbot import table
from gopherbot.dev.redis_server import RedisServer
from gopherbot.status.snapshot import JobStatus
from slack_simulator import Simulator

from .conftest import Installation, snapshot

pytestmark = pytest.mark.slow

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
