"""Every scenario, played with the Procfile's processes on a real Redis, and told by `why`.

`chaos/test_every_step.py` plays them again, and kills a process at a step of each.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import run
from support import PATIENCE, Bot, Inside, wait_until, with_moderators

from bot.player import RECORDINGS, SCENARIOS, Scenario, Stage, differences
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.table import BACKGROUND
from slack_simulator import Simulator
from slack_simulator.workspace.changes import Posted

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bot(shared_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A gateway and a worker, which the scenarios share."""
    with shared_redis.client() as client, Simulator(setup=GOPHERS) as slack:
        client.flushall()
        slack.deliveries.delays = (0.1, 0.2, 0.4)
        # A busy machine may take more than Slack's three seconds to open a form.
        slack.interactivity.triggers.seconds = PATIENCE
        slack.web_api.scopes = [*slack.web_api.scopes, "groups:read"]
        folder = tmp_path_factory.mktemp("bot")
        more = {"GOPHER_CONTENT": str(with_moderators(tmp_path_factory.mktemp("content")))}
        with Bot(shared_redis.url, slack, folder, names=("web", "worker"), more=more) as bot:
            yield bot


@pytest.fixture(scope="module")
def stage(bot: Bot, shared_redis: RedisServer) -> Iterator[Stage]:
    with shared_redis.client() as client:
        inside = Inside(client)

        def settle() -> None:
            bot.slack.deliveries.wait_idle(20)
            wait_until(lambda: inside.pending() == 0, "every message is done")
            # An answer is an event, too.
            bot.slack.deliveries.wait_idle(20)

        def run_job(name: str) -> None:
            inside.send(BACKGROUND, name)
            settle()

        # A watcher finds its channel by name.
        run_job("channel_cache")
        run_job("gerrit")
        yield Stage(bot.slack, settle, run_job)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_members_see_what_a_scenario_says_and_why_agrees(
    path: Path, stage: Stage, bot: Bot
) -> None:
    scenario = Scenario.read(path)
    stage.play(scenario)
    assert differences(scenario, stage.seen()) == []
    for number, verdict in scenario.verdicts:
        said = stage.said[number - 1]
        assert verdict == _verdict(bot, said, verdict)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_of_the_page_ends_as_its_scenario_says(
    path: Path, stage: Stage, shared_redis: RedisServer
) -> None:
    with shared_redis.client() as client:
        # A wave by the same member would be part of the one before.
        for key in client.scan_iter("*:wave*"):
            client.delete(key)
    stage.play_recording(path)
    expected = Scenario.read(path.with_suffix(".scenario"))
    assert differences(expected, stage.seen()) == []


def _verdict(bot: Bot, said: Posted, expected: str) -> str:
    """Return what `why` says of a message, when the heartbeat has written the worker's journal."""
    deadline = time.monotonic() + PATIENCE
    while True:
        why = run("why", said.channel, said.ts, "--json", more=bot.environment)
        verdict: str = json.loads(why.stdout)["story"]["verdict"]
        if verdict == expected or time.monotonic() > deadline:
            return verdict
        time.sleep(0.3)


def test_what_is_missing_too_much_or_doubled_is_a_difference(tmp_path: Path) -> None:
    file = tmp_path / "a.scenario"
    file.write_text("regular: hi\n=> general: ^a\n=> general: ^b\n=> :wave: on 1\n")
    seen = [("general", "axe"), ("general", "ant"), (":ghost: on 1", "")]
    assert differences(Scenario.read(file), seen) == [
        "not seen: general: ^b",
        "not seen: :wave: on 1",
        "seen: general: ant",
        "seen: :ghost: on 1",
    ]


def test_a_line_that_is_no_step_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.scenario"
    file.write_text("regular says hi\n")
    with pytest.raises(ValueError, match="not a step: 'regular says hi'"):
        Scenario.read(file)
