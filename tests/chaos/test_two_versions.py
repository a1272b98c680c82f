"""Two releases at once, as in every deploy and rollback: processes of another one beside today's.

The previous release runs from the commit of the newest sample (`tests/samples/`), with today's
libraries. The next one is today's with one more actor.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import msgspec
import pytest
from samples.sample import load_all

from gopherbot.dev.procfile import ROOT
from gopherbot.queues import messages
from slack_simulator.events.envelopes import wrap

from .harness import LINES, Bot, wait_until
from .load import Load
from .trial import Trial

# One after the other: other trees' processes start without the help of a fork server.
pytestmark = pytest.mark.xdist_group("two versions")

PREVIOUS = load_all()[-1].release
NEW_JOBS = {"vulnerabilities"}
"""The jobs that the previous release lacks and that today's content has."""
RATE = 15.0
MISSED = "deliveries in the last hour failed"
"""What status rightly says: of so few deliveries, those to gateways being replaced are many."""
TODAY = str(ROOT)
UNKNOWN = 5
ROW = """EVENT_ACTORS = (
    EventActor(
        "of_the_next_release",
        "is unknown to today's workers",
        handler="events.next_release.handle",
        type="user_huddle_changed",
        max_age=10 * MINUTE,
    ),
"""
HANDLER = """
from gopherbot import logs

log = logs.get_logger(__name__)

def handle(context, envelope):
    log.info("of the next release")
"""


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tree of the previous release."""
    done = subprocess.run(["git", "archive", PREVIOUS], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.fail(
            f"This clone lacks the previous release. Run: git fetch origin {PREVIOUS}",
            pytrace=False,
        )
    tree = tmp_path_factory.mktemp("previous")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(tree, filter="data")
    return str(tree)


@pytest.fixture(scope="module")
def following(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Today's tree with one more actor."""
    tree = tmp_path_factory.mktemp("following")
    shutil.copy(ROOT / "Procfile", tree)
    for name in ("gopherbot", "glossary"):
        shutil.copytree(ROOT / name, tree / name)
    table = tree / "gopherbot" / "table" / "__init__.py"
    table.write_text(table.read_text().replace("EVENT_ACTORS = (\n", ROW, 1))
    (tree / "gopherbot" / "actors" / "events" / "next_release.py").write_text(HANDLER)
    return str(tree)


def alerts_of(bot: Bot, tree: str) -> list[str]:
    """Return what a release's `gopherbot status` finds wrong with the bot."""
    program = [sys.executable, "-P", "-m", "gopherbot", "status", "--json"]
    environment = bot.environment | {"PYTHONPATH": tree}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert not done.stderr
    return [alert["text"] for alert in msgspec.json.decode(done.stdout)["alerts"]]


def replace(bot: Bot, line: str, tree: str) -> None:
    """Replace a line by a release's, as a platform does: two gateways can't have one port."""
    old = bot.forget(line)
    if line == "web":
        old.stop()
    bot.start(line, tree=tree)
    bot.wait_until_ready()
    old.stop()


def check(trial: Trial, load: Load, row: str) -> None:
    """Judge a load. Fails if anything was lost, doubled or dead-lettered but a new release's job.

    The previous release dead-letters what its workers do not know; a job is sent again when due.
    """
    trial.check(row, load)
    letters = trial.inside.all_dead().values()
    assert {messages.decode(each).actor_name for each in letters} <= NEW_JOBS
    trial.inside.drop_dead_letters()


def test_the_trees_hold_what_runs(previous: str, following: str) -> None:
    for tree in (previous, following):
        where = [sys.executable, "-P", "-c", "import gopherbot; print(gopherbot.__file__)"]
        found = subprocess.check_output(where, env={"PYTHONPATH": tree}, text=True)
        assert Path(found.strip()).is_relative_to(tree)


def test_jobs_unknown_to_the_previous_release(previous: str) -> None:
    code = "".join(file.read_text() for file in Path(previous, "gopherbot").rglob("*.py"))
    assert '"channel_cache"' in code
    assert not {name for name in NEW_JOBS if f'"{name}"' in code}


@pytest.mark.parametrize("old", LINES)
def test_previous_release_beside_todays(idle_trial: Trial, old: str, previous: str) -> None:
    trial, bot = idle_trial, idle_trial.bot
    for line in LINES:
        bot.start(line, tree=previous if line == old else "")
    bot.wait_until_ready()
    trial.slack.latency = 0.1
    check(trial, trial.load(60, RATE), f"The previous release's {old}, all else today's")
    for tree in (previous, TODAY):
        assert not alerts_of(bot, tree)


@pytest.mark.nightly
def test_a_deploy_a_rollback_and_a_deploy(idle_trial: Trial, previous: str) -> None:
    trial, bot = idle_trial, idle_trial.bot
    for line in LINES:
        bot.start(line, tree=previous)
    bot.wait_until_ready()
    trial.slack.latency = 0.1
    load = trial.load(10_000, RATE)
    for tree in (TODAY, previous, TODAY):
        for line in LINES:
            replace(bot, line, tree)
    load.stop()
    check(trial, load, "A deploy, a rollback and a deploy")
    for tree in (previous, TODAY):
        assert not [text for text in alerts_of(bot, tree) if MISSED not in text]


def test_unknown_message_waits_for_its_worker(idle_trial: Trial, following: str) -> None:
    trial, bot = idle_trial, idle_trial.bot
    bot.start("web", tree=following)
    bot.start("worker")
    bot.wait_until_ready()
    known = trial.load(16, RATE)
    for _ in range(UNKNOWN):
        trial.slack.deliveries.send(wrap(trial.slack.identity, {"type": "user_huddle_changed"}))
    known.finish()
    wait_until(lambda: trial.judge.accepted() >= set(known.said), 30, "all is accepted")
    wait_until(lambda: not trial.judge.unanswered(known.said), 30, "what it knows is answered")
    assert not bot.logged("of the next release")
    wait_until(lambda: trial.inside.pending() == UNKNOWN, 30, "what it does not know is put off")
    replace(bot, "worker", following)
    check(trial, known, "An actor that today's worker does not know")
    assert bot.logged("of the next release") == UNKNOWN
