"""A wave of spam in shadow mode, seen by the Procfile's processes and told by `status`.

What moderators see of one is in `scenarios/` and in `actors/events/test_waves.py`.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import run
from support import SAMPLE, Bot, wait_until

from bench import spammers
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator

pytestmark = pytest.mark.slow

PLACES = ("general", "random", "newbies", "jobs", "modules", "reviews")
WAVES = '[waves]\nchannel = "moderators"\nshadow = true\n'


@pytest.fixture
def bot(redis_server: RedisServer, tmp_path: Path) -> Iterator[Bot]:
    content = tmp_path / "content"
    content.mkdir()
    (content / "workspace.toml").write_text((SAMPLE / "workspace.toml").read_text())
    (content / "moderation.toml").write_text(WAVES)
    with Simulator(setup=GOPHERS) as slack:
        slack.web_api.scopes = [*slack.web_api.scopes, "groups:read"]
        folder = {"GOPHER_CONTENT": str(content)}
        with Bot(redis_server.url, slack, tmp_path, names=("web", "worker"), more=folder) as bot:
            yield bot


def test_a_wave_of_spam(bot: Bot) -> None:
    slack, chance = bot.slack, random.Random(1)
    for place in PLACES:
        slack.say(spammers.edited(spammers.texts()[0], ["changed case"], chance), place, "newcomer")

    def status() -> str:
        return run("status", more=bot.environment).stdout

    wait_until(lambda: "6 messages in 6 channels: would have told" in status(), "it is counted")
    assert not slack.workspace.conversation("moderators").messages
