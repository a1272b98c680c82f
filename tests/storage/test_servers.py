"""The whole bot on a server as operators set it up: with a user of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import run
from support import BOT_TOKEN, SAMPLE, Bot, wait_until

from gopherbot.dev.bot import APP, environment
from gopherbot.dev.procfile import ROOT
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

pytestmark = pytest.mark.slow

QUESTION = "<@U0GOPHERBOT> coc"
"""Its answer names a channel, which is looked up in Redis."""


def test_documented_user_is_all_that_the_bot_needs(slack: Simulator, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    rule = re.search(r"^ACL SETUSER gopherbot (.*)$", page, re.MULTILINE)
    assert rule
    words = rule[1].replace("PASSWORD", "secret").replace("my-gopherbot", APP).split()
    with RedisServer() as server, server.client() as admin:
        admin.execute_command("ACL", "SETUSER", "gopherbot", *words)
        url = f"redis://gopherbot:secret@127.0.0.1:{server.port}"
        with Bot(url, slack, tmp_path, more={"GOPHER_CONTENT": str(SAMPLE)}) as bot:
            slack.say(QUESTION, "general")
            slack.wait_for_posts(1)
            bot.printed.wait("started", 3)
            settings = environment(url, slack, bot.port) | {
                "GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN,
                "GOPHER_CONTENT": str(SAMPLE),
            }
            checked = run("check", more=settings)
            wait_until(
                lambda: run("status", more=settings).stdout.count("probe:"), "it is looked at"
            )
            assert not [line for line in checked.stdout.splitlines() if line.startswith("✗ redis")]
            assert "permission" not in (bot.printed.text() + checked.stdout).lower()
        assert all(entry["username"] != "gopherbot" for entry in admin.acl_log())
