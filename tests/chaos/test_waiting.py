"""The list of those who still wait, under kills: none is lost, and none is on it wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from actors.conftest import edit
from actors.events.test_waiting import AFTERWARDS, ASKED, Act

from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.storage.waiting import WaitingQuestions
from slack_simulator import Simulator
from slack_simulator.workspace.changes import Posted

from .harness import Inside, dice
from .load import Verdict
from .table import Table
from .test_every_step import SOAK, STEPS, Scene

Story = tuple[str, str, Act, bool]
"""A name, what "regular" writes, what happens next, and whether the question waits in the end."""
STORIES: list[Story] = [
    *((name, ASKED, act, waits) for name, act, waits in AFTERWARDS),
    ("an edit into a question", "my body is closed", lambda s, q: edit(s, q, ASKED), True),
    ("the bot's answer", "<@U0GOPHERBOT> go tour", lambda s, q: None, False),
]


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
        for step, when in scene.each_step(f"waiting {name}", fetched=True):
            assert play(step, when) is waits, f"killed {when} step {step}"
        row = f"SIGKILL worker at any step of a question, then {name}"
        table.add(row, Verdict(scene.struck, 0, 0), scene.note)


def on_the_list(inside: Inside) -> set[str]:
    """Return the `ts` of the questions that wait, of whatever age."""
    return {each.ts for each in WaitingQuestions(inside.client, APP).waiting()}
