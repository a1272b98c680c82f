"""The list of those who still wait, under kills: none is lost, and none is on it wrongly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from actors.events.test_edits import edit
from actors.events.test_waiting import AFTERWARDS, ASKED, Act

from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.storage import keys
from gopherbot.storage.waiting import WaitingQuestions
from slack_simulator import Simulator
from slack_simulator.workspace.changes import Posted

from .harness import Bot, Inside, dice
from .load import Verdict
from .table import Table
from .test_every_step import SOAK, STEPS, Scene, is_enough, some

QUESTIONS = 50
KILLS = 3
Story = tuple[str, str, Act, bool]
"""A name, what "regular" writes, what happens next, and whether the question waits in the end."""
STORIES: list[Story] = [
    *((name, ASKED, act, waits) for name, act, waits in AFTERWARDS),
    ("an edit into a question", "my body is closed", lambda s, q: edit(s, q, ASKED), True),
    ("the bot's answer", "<@U0GOPHERBOT> go tour", lambda s, q: None, False),
]


@pytest.mark.xdist_group("kill")
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
                waiting.add(said.ts)
        if number % (QUESTIONS // KILLS) == 5:
            bot.kill("worker", "all")
        time.sleep(0.1)

    inside.wait_until_over(slack)

    found = on_the_list(inside)
    assert found - waiting == set(), "answered, seen, edited or deleted, and still on the list"
    assert waiting - found == set(), "overlooked, and not on the list"
    stored = inside.client.zrange(keys.questions(APP), 0, -1)
    assert stored
    assert not [fact for fact in stored if b"sort" in fact]


def chosen() -> Sequence[Story]:
    return STORIES if SOAK or STEPS else dice("waiting").sample(STORIES, 3)


@pytest.mark.parametrize(
    ("name", "first", "act", "waits"), chosen(), ids=[story[0] for story in chosen()]
)
def test_the_list_is_exact_whichever_step_a_worker_dies_at(
    name: str,
    first: str,
    act: Act,
    waits: bool,
    server: RedisServer,
    slack: Simulator,
    tmp_path: Path,
    table: Table,
) -> None:
    """Slack delivers everything twice, too."""
    with ExitStack() as stack:
        scene = Scene(stack, server, slack, tmp_path)
        scene.start("worker")
        scene.slack.deliveries.redeliver = 2

        def play(step: int = -1, when: str = "") -> bool:
            """Kill at a step, and return whether the question waits in the end."""
            scene.steps.begin(step, when)
            said: Posted = scene.slack.say(first)
            scene.stage.settle()
            act(scene.slack, said)
            scene.stage.settle()
            if scene.steps.struck.is_set():
                scene.bot.wait_until_up("worker")
            return said.ts in on_the_list(scene.inside)

        for _ in range(2):
            assert play() is waits
        count = scene.steps.count
        steps = [(step, when) for step in range(count + 1) for when in ("before", "after")][1:]
        struck = 0
        for step, when in some(steps, f"waiting {name}"):
            assert play(step, when) is waits, f"killed {when} step {step} of {count}"
            struck += scene.steps.struck.is_set()
            if is_enough(struck):
                break
        assert struck, "nothing was killed"
        note = f"{struck} of {len(steps)} steps"
        table.add(
            f"SIGKILL worker at any step of a question, then {name}",
            Verdict(struck, 0, 0, 0.0),
            note,
        )


def on_the_list(inside: Inside) -> set[str]:
    """Return the `ts` of the questions that wait, of whatever age."""
    return {each.ts for each in WaitingQuestions(inside.client, APP).waiting()}
