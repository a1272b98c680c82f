"""A wave of spam, seen by the Procfile's processes: from the first message to the last button."""

from __future__ import annotations

import json
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
WAVES = '[waves]\nchannel = "moderators"\nshadow = {}\n'


@pytest.fixture(params=["false", "true"], ids=["told", "shadow"])
def bot(request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path) -> Iterator[Bot]:
    content = tmp_path / "content"
    content.mkdir()
    (content / "workspace.toml").write_text((SAMPLE / "workspace.toml").read_text())
    (content / "moderation.toml").write_text(WAVES.format(request.param))
    with Simulator(setup=GOPHERS) as slack:
        slack.web_api.scopes = [*slack.web_api.scopes, "groups:read"]
        folder = {"GOPHER_CONTENT": str(content)}
        with Bot(redis_server.url, slack, tmp_path, names=("web", "worker"), more=folder) as bot:
            yield bot


def test_a_wave_of_spam(bot: Bot, request: pytest.FixtureRequest) -> None:
    slack, chance = bot.slack, random.Random(1)
    for place in PLACES:
        slack.say(spammers.edited(spammers.texts()[0], ["changed case"], chance), place, "newcomer")

    def cards() -> list[str]:
        found = slack.workspace.conversation("moderators").messages.values()
        return [json.dumps(post.blocks) for post in found]

    def status() -> str:
        return run("status", more=bot.environment).stdout

    if "shadow" in request.node.name:
        wait_until(lambda: "6 messages in 6 channels: would have told" in status(), "it is counted")
        assert cards() == []
        return
    wait_until(lambda: [card.count("/archives/") for card in cards()] == [6], "a card shows all")
    assert "6 messages in 6 channels: the moderators were told" in status()
    [post] = slack.posts("moderators")
    slack.click("On it", "moderator", on=post)
    wait_until(lambda: "is on it" in cards()[0], "the card says who")
    slack.click("These are fine", "reviewer", on=post)
    wait_until(lambda: "said these are fine" in cards()[0], "the card says so")
    for place in PLACES:
        slack.say(spammers.texts()[0], place, "regular")
    slack.say(spammers.texts()[1], "general", "regular")
    bot.handled(slack.say(f"{spammers.texts()[0]} again", "jobs", "regular").event_id)
    assert len(cards()) == 1
