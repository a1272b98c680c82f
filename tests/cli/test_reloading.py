"""`gopherbot dev` loads what a contributor saves, and survives what they break.

The project is copied, so that its own files stay as they are. Of the terms and of the table of the
standard library it gets only some: the bot is started a dozen times, and each time it reads them.
It uses the Redis of REDIS_URL; that of `test_dev.py` uses its own.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from commands import run
from support import SAMPLE, wait_until

from gopherbot.dev.bot import APP
from gopherbot.dev.procfile import ROOT
from gopherbot.dev.redis_server import RedisServer
from slack_simulator.client import SimulatorClient

from .conftest import Dev, running

pytestmark = pytest.mark.slow

DATABASE = 10
CONTENT = "gopherbot/content"
TERMS = "glossary/terms/practice.toml"
LONG = 120.0
"""Seconds to wait for what takes three on a quiet machine."""


class Workbench:
    """A copy of the project, and a `gopherbot dev` that runs from it."""

    def __init__(self, folder: Path, dev: Dev) -> None:
        self.folder = folder
        self.dev = dev
        self.client = SimulatorClient(dev.url)
        self.notes: set[str] = set()
        """What the page's header has said of the processes during reloads."""

    def save(self, name: str, text: str, *, beside: bool = False) -> None:
        """Write a file in place, or beside it and rename, as many editors do."""
        path = self.folder / name
        target = path.with_name(path.name + "~") if beside else path
        target.write_text(text, "utf-8")
        if beside:
            target.replace(path)

    def change(self, name: str, old: str, new: str, *, beside: bool = False) -> None:
        text = (self.folder / name).read_text("utf-8")
        assert old in text
        self.save(name, text.replace(old, new, 1), beside=beside)

    def answers(self, text: str, expected: str) -> Callable[[], bool]:
        """Return a question: does the bot answer this text with that?"""

        def does() -> bool:
            after = self.client.state()["seq"]
            self.client.say(text)
            # Asked more often, the bot would have no time left to reload.
            until = time.monotonic() + 1.0
            while (left := until - time.monotonic()) > 0:
                entries = self.client.feed(after, wait=left)
                if any(expected in str(entry) for entry in entries if entry.get("by_bot")):
                    return True
                after = entries[-1]["seq"] if entries else after
            return False

        return does

    def part(self, name: str) -> dict[str, str]:
        """Return what the page's header says of a process."""
        parts: list[dict[str, str]] = self.client.health()["parts"]
        return next(part for part in parts if part["name"] == name)

    def worker_process(self) -> int:
        """Return the process that the page shows as the worker."""
        return int(self.part("worker")["note"].rpartition(" ")[2])

    def pipes(self) -> int:
        """Return how many ends of pipes `gopherbot dev` holds."""
        held = Path(f"/proc/{self.dev.dyno.pid}/fd").iterdir()
        return sum(os.path.realpath(each).rpartition("/")[2].startswith("pipe:") for each in held)

    def wait_reloaded(self, name: str, since: int) -> None:
        """Wait until a file is in force that was saved since then, and all processes have it.

        One that is still to start would read what the next test saves.
        """

        def is_over() -> bool:
            # The new scheduler may lead before the page's ideas are ready, and that is said.
            notes = {part["note"] for part in self.client.health()["parts"]}
            self.notes.update(notes)
            printed = self.dev.printed.text(since)
            return f"reloaded: {name}" in printed and "  leading  " in printed

        wait_until(is_over, f"{name} is in force", LONG)

    def wait_for_error(self) -> str:
        """Wait until the page shows an error, and return it."""
        return wait_until(lambda: self.last_error, "the page shows an error", LONG)

    @property
    def last_error(self) -> str:
        """What the page shows: why a change isn't loaded, or the last error."""
        health = self.client.health()
        return str(health["problem"] or (health["last_error"] or {}).get("text", ""))


def lives(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(") ")[2][0] != "Z"


@pytest.fixture(scope="module")
def bench(
    tmp_path_factory: pytest.TempPathFactory, shared_redis: RedisServer
) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("clone")
    for part in ("gopherbot", "glossary"):
        shutil.copytree(ROOT / part, folder / part)
    for part in ("Procfile", "setup.cfg"):
        shutil.copy(ROOT / part, folder / part)
    shutil.copytree(SAMPLE / "reference", folder / CONTENT / "reference", dirs_exist_ok=True)
    for terms in (folder / TERMS).parent.glob("*.toml"):
        if terms != folder / TERMS:
            terms.unlink()
    url = f"{shared_redis.url}/{DATABASE}"
    with running(folder, "reloading", folder, "--all-logs", REDIS_URL=url) as dev:
        started = ("  worker started  ", "  leading  ")
        wait_until(lambda: all(s in dev.printed.text() for s in started), "all work", LONG)
        yield Workbench(folder, dev)


ANSWERS = f"{CONTENT}/answers.toml"
WORKING = '["aaa first"]\nhelp = "an answer for this test"\ntext = "It was seen."\n\n'
BROKEN = '["aaa first"]\nhelp = "an answer for this test\ntext = "It was seen."\n\n'


def test_the_redis_of_redis_url_is_used(bench: Workbench, shared_redis: RedisServer) -> None:
    assert "as set in REDIS_URL" in bench.dev.printed.text()
    with redis.Redis("127.0.0.1", port=shared_redis.port, db=DATABASE, protocol=2) as client:
        wait_until(lambda: client.exists(f"{APP}:channels:by_id"), "the channel cache is there")


def test_an_answer_is_seen_when_it_is_saved(bench: Workbench) -> None:
    before = bench.dev.printed.size()
    bench.change(ANSWERS, '\n["', f'\n{WORKING}["')
    bench.wait_reloaded("answers.toml", before)
    wait_until(bench.answers("@gopher aaa first", "It was seen."), "the answer is seen", LONG)
    assert [note for note in bench.notes if "NewConnectionError" in note] == []
    lines = bench.dev.printed.text(before).splitlines()
    notices = [entry["text"] for entry in bench.client.feed(0, kind="notice")]
    assert notices == ["changed: answers.toml, reloading …", "reloaded: answers.toml"]
    assert [line for line in lines if line in notices] == notices

    def is_offered() -> bool:
        ideas = bench.client.state()["suggestions"]
        return any(
            (idea["text"], idea["help"]) == ("aaa first", "an answer for this test")
            for idea in ideas
        )

    wait_until(is_offered, "it is offered on the page", LONG)


def test_a_broken_file_is_shown_and_the_bot_goes_on(bench: Workbench) -> None:
    bench.change(ANSWERS, WORKING, BROKEN)
    error = bench.wait_for_error()
    assert "answers.toml:" in error
    assert "closing quote" in error
    assert "not reloaded: answers.toml" in bench.dev.printed.text()
    assert bench.dev.printed.text().count("closing quote") == 1
    assert "cannot start" not in error
    assert "PID" not in error
    wait_until(bench.answers("@gopher aaa first", "It was seen."), "it goes on", LONG)
    said = run("say", "--simulator", bench.dev.url, "so", "much bbq")
    assert said.returncode == 0
    assert "answers.toml:" in said.stderr
    assert "bbqgopher" in said.stdout


DICE = "gopherbot/content/commands/dice.py"
COMMAND = (
    "from gopherbot.model import Ask, Reply\n"
    "from gopherbot.router import Router\n\n"
    "router = Router()\n\n\n"
    '@router.command("roll a die")\n'
    "def roll(ask: Ask) -> Reply:\n"
    '    """a number"""\n'
    '    return Reply("You rolled 4.")\n'
)


def test_a_fix_that_an_editor_renames_into_place_is_loaded(bench: Workbench) -> None:
    before = bench.dev.printed.size()
    bench.save(DICE, COMMAND)
    bench.change(ANSWERS, BROKEN, WORKING.replace("seen", "fixed"), beside=True)
    bench.wait_reloaded("answers.toml", before)
    wait_until(bench.answers("@gopher aaa first", "It was fixed."), "the fix is loaded", LONG)
    assert not bench.last_error


def test_a_new_command_is_seen_and_a_mistake_in_it_is_shown(bench: Workbench) -> None:
    wait_until(bench.answers("@gopher roll a die", "You rolled 4."), "the command is there", LONG)
    bench.save(DICE, COMMAND.replace("-> Reply:", "-> Reply"))
    assert "dice.py: line 8:" in bench.wait_for_error()


def test_a_fix_and_a_term_saved_together_are_both_loaded(bench: Workbench) -> None:
    term = (
        '["aaa term"]\n'
        'definition = "a term that is there for this test alone, and nowhere else."\n'
        'links = ["https://go.dev/ref/spec"]\n\n'
    )
    before = bench.dev.printed.size()
    bench.save(TERMS, term + (bench.folder / TERMS).read_text("utf-8"))
    bench.save(DICE, COMMAND.replace("rolled 4", "rolled 6"))
    bench.wait_reloaded("dice.py", before)
    wait_until(bench.answers("@gopher roll a die", "You rolled 6."), "the fix is loaded", LONG)
    wait_until(bench.answers("@gopher define aaa term", "for this test alone"), "the term", LONG)


def test_a_new_job_runs(bench: Workbench) -> None:
    # It does not know the job, and takes its time to end.
    printed = bench.dev.printed
    before, old = printed.size(), bench.worker_process()
    os.kill(old, signal.SIGSTOP)
    bench.save(
        "gopherbot/actors/maintenance/greet.py",
        '"""Says good morning."""\n\n'
        "from gopherbot import logs\n"
        "from gopherbot.actors.context import WorkerContext\n\n\n"
        "def run(context: WorkerContext) -> None:\n"
        '    """Say it."""\n'
        '    logs.get_logger("greet").warning("it is a new day")\n',
    )
    bench.change(
        "gopherbot/table/jobs.py",
        "JOBS = (\n",
        'JOBS = (\n    Job("greet", "greet", every=3600),\n',
    )
    wait_until(lambda: "  worker started" in printed.text(before), "the next worker", LONG)
    # Nobody sends the job while it might still take it up.
    assert "scheduler started" not in printed.text(before) or not lives(old)
    if lives(old):
        os.kill(old, signal.SIGCONT)
    wait_until(lambda: "  it is a new day" in printed.text(before), "the job ran", LONG)


WIRING = "gopherbot/actors/__init__.py"
COUNTED = "len(loaded.rules.rules)"
MISCOUNTED = "len(loaded.rules.ruled)"


def test_a_mistake_that_only_a_worker_meets_is_shown_and_the_bot_goes_on(bench: Workbench) -> None:
    before, old = bench.dev.printed.size(), bench.worker_process()
    bench.change(WIRING, COUNTED, MISCOUNTED)
    error = bench.wait_for_error()
    assert 'actors/__init__.py", line ' in error
    assert MISCOUNTED in error
    assert "has no attribute 'ruled'" in error
    assert "not reloaded: __init__.py" in bench.dev.printed.text(before)
    assert bench.worker_process() == old
    said = run("say", "--simulator", bench.dev.url, "so", "much bbq")
    assert "actors/__init__.py" in said.stderr
    assert "bbqgopher" in said.stdout
    bench.change(WIRING, MISCOUNTED, COUNTED)
    bench.wait_reloaded("__init__.py", before)
    assert not bench.last_error
    assert bench.worker_process() != old


def test_a_file_that_breaks_during_a_trial_is_shown_and_the_bot_goes_on(bench: Workbench) -> None:
    before, old = bench.dev.printed.size(), bench.worker_process()
    path = bench.folder / ANSWERS
    good = path.read_text("utf-8")
    broken = good.replace('help = "', "help = ", 1)
    # It is loaded after the answers. A worker would read what it writes.
    breaks_another = (
        "import sys\nfrom pathlib import Path\n\n"
        f"answers = Path({str(path)!r})\n"
        f"broken = {broken!r}\n"
        'if "actors" in sys.argv[0] and answers.read_text() != broken:\n'
        "    answers.write_text(broken)\n"
    )
    bench.save(DICE, breaks_another + COMMAND)
    error = bench.wait_for_error()
    assert "answers.toml:" in error
    assert path.read_text("utf-8") == broken
    assert bench.worker_process() == old
    wait_until(bench.answers("@gopher aaa first", "It was fixed."), "it goes on", LONG)
    assert "worker exited" not in bench.dev.printed.text(before)

    bench.save(DICE, COMMAND)
    bench.save(ANSWERS, good)
    bench.wait_reloaded("answers.toml, dice.py", before)
    assert not bench.last_error


def test_a_file_that_never_ends_to_load_is_given_up_once_it_is_fixed(bench: Workbench) -> None:
    before, begun = bench.dev.printed.size(), bench.folder / "begun"
    endless = f"from pathlib import Path\n\nPath({str(begun)!r}).touch()\nwhile True:\n    pass\n"
    bench.save(DICE, endless)
    wait_until(begun.exists, "it is tried", LONG)
    bench.save(DICE, COMMAND)
    bench.wait_reloaded("dice.py", before)


CLOCK = "gopherbot/scheduler/__main__.py"


def test_a_process_that_keeps_exiting_is_shown_and_works_once_it_is_fixed(bench: Workbench) -> None:
    before, pipes = bench.dev.printed.size(), bench.pipes()
    bench.change(CLOCK, "clock.run()", "clock.runs()")
    error = bench.wait_for_error()
    assert "scheduler exited with status 1" in error
    assert '__main__.py", line ' in error
    assert "clock.runs()" in error
    fixed = bench.dev.printed.size()
    bench.change(CLOCK, "clock.runs()", "clock.run()")
    bench.wait_reloaded("__main__.py", fixed)
    assert not bench.last_error
    wait_until(lambda: bench.part("scheduler")["state"] == "ok", "it works", LONG)
    assert "scheduler exited" in bench.dev.printed.text(before)
    wait_until(lambda: bench.pipes() <= pipes, "the pipes of those that ended are closed")


def test_what_is_said_while_the_gateway_restarts_waits_for_it(bench: Workbench) -> None:
    before, start = bench.dev.printed.size(), bench.client.state()["seq"]
    said: list[str] = []

    def is_reloaded() -> bool:
        said.extend(bench.client.say("good morning")["event_ids"])
        return "reloaded: __init__.py" in bench.dev.printed.text(before)

    def attempts() -> list[dict[str, Any]]:
        ended = bench.client.feed(start, kind="acknowledged")
        return [attempt for attempt in ended if attempt["event_id"] in said]

    bench.change("gopherbot/web/__init__.py", '"""', '"""Changed. ')
    wait_until(is_reloaded, "it is reloaded", LONG, every=0.05)
    wait_until(lambda: len(attempts()) >= len(said) > 10, "all is delivered", LONG)
    assert {(attempt["status"], attempt["attempt"]) for attempt in attempts()} == {(200, 0)}


def test_a_worker_that_dies_is_started_again(bench: Workbench) -> None:
    def states() -> set[str]:
        return {part["state"] for part in bench.client.health()["parts"]}

    wait_until(lambda: states() == {"ok"}, "all is well", LONG)
    printed = bench.dev.printed
    before = printed.size()
    os.kill(bench.worker_process(), signal.SIGKILL)
    wait_until(lambda: "worker exited with status -9" in printed.text(before), "it is told")
    wait_until(lambda: "  worker started  " in printed.text(before), "another has started", LONG)
    wait_until(bench.answers("@gopher aaa first", "It was fixed."), "it works again", LONG)


def test_ctrl_c_leaves_nothing_behind(bench: Workbench) -> None:
    """Nor do the processes that were started again."""
    bench.dev.end()
