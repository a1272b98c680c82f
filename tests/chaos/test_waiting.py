"""The list of those who still wait, under kills: none is lost, and none is on it wrongly."""

from __future__ import annotations

import time

import pytest

from gopherbot.dev.bot import APP
from gopherbot.storage import keys
from gopherbot.storage.client import text
from slack_simulator import Simulator

from .harness import Bot, Inside

pytestmark = pytest.mark.xdist_group("kill")

QUESTIONS = 50
KILLS = 3


def test_the_list_holds_who_waits_whatever_dies(bot: Bot, slack: Simulator, inside: Inside) -> None:
    waiting = set()
    for number in range(QUESTIONS):
        said = slack.say(f"how do I sort {number} maps by value?")
        match number % 5:
            case 0:
                slack.say("use slices.Sorted", user="newcomer", thread_ts=said.ts)
            case 1:
                slack.workspace.react(said.channel, said.ts, "eyes", "newcomer")
            case 2:
                slack.workspace.edit(said.channel, said.ts, "solved, thank you", said.author.id)
            case 3:
                slack.workspace.delete(said.channel, said.ts, said.author.id)
            case 4:
                waiting.add(f"{said.channel} {said.ts} {said.author.id}")
        if number % (QUESTIONS // KILLS) == 5:
            bot.kill("worker", "all")
        time.sleep(0.1)

    inside.wait_until_over(slack)

    found = set(map(text, inside.client.zrange(keys.questions(APP, "waiting"), 0, -1)))
    assert found - waiting == set(), "answered, seen, edited or deleted, and still on the list"
    assert waiting - found == set(), "overlooked, and not on the list"
    stored = (text(key) for key in inside.client.scan_iter(f"{APP}:questions:*"))
    assert all("sort" not in str(inside.client.dump(key)) for key in stored)
