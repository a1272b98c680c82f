"""What the README and the docs show, done by somebody who knows nothing of this repository."""

import os
import re
import socket
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from bolt_apps import JAVASCRIPT
from support import wait_until

from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient
from slack_simulator.workspace.objects import Json

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
OWN_SETUP = """

def test_the_workspace_is_ones_own(slack_simulator):
    assert slack_simulator.identity.team_name == "Bakers"
    assert slack_simulator.workspace.conversation("ovens").kind == "channel"
"""

PATIENT = """
import functools

import pytest


@pytest.fixture
def slack_simulator(slack_simulator):
    slack_simulator.interactivity.triggers.seconds = 60.0
    slack_simulator.deliveries.timeout = 30.0
    slack_simulator.patience = 60.0
    for name in ("wait_for_posts", "wait_for_view", "wait_for_calls"):
        patient = functools.partial(getattr(slack_simulator, name), timeout=60.0)
        setattr(slack_simulator, name, patient)
    return slack_simulator
"""
"""A busy machine is no reason to fail."""


def fenced(language: str) -> list[str]:
    """The blocks in a language on all pages."""
    text = "\n".join(page.read_text() for page in PAGES)
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """How many tests of each file pass, in a folder with no configuration of pytest's around it."""
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "conftest.py").write_text(PATIENT)
    write(folder, *(name for name in named_blocks() if name))
    (folder / "test_own.py").write_text("import pytest\n" + named_blocks()[""] + OWN_SETUP)
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment["PYTHONPATH"] = str(ROOT)
    # The plugin is named here, so that it need not be installed.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-v", "-p", "slack_simulator.pytest_plugin"]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return Counter(re.findall(r"^(\w+\.py)::.* PASSED", ended.stdout, re.MULTILINE))


def named_blocks() -> dict[str, str]:
    """The Python of the pages by the file that its first line names; "" for what has no name."""
    names = {block: re.match(r"# (\w+\.py)\n", block) for block in fenced("python")}
    return {name[1] if name else "": block for block, name in names.items()}


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(named_blocks()[name])


def test_every_block_is_run_by_a_test_of_this_file() -> None:
    assert set(named_blocks()) == {
        *("app.py", "test_app.py", "notes.py", "test_notes.py", "test_replay.py"),
        *("test_two_apps.py", ""),
    }
    assert {block.splitlines()[0] for block in fenced("js")} == {"// app.js", "// app.test.js"}
    assert len(fenced("sh")) == 4


def test_the_readmes_links_work_on_the_packages_page_too() -> None:
    text = README.read_text()
    assert not re.findall(r"\]\((?!https://)", text)
    named = dict(re.findall(r"^\[(\w+)\]: https://\S+/slack-simulator/(\S+)$", text, re.MULTILINE))
    assert named.keys() == set(re.findall(r"\]\[(\w+)\]", text))
    assert all((ROOT / file).is_file() for file in named.values())


def test_an_app_is_tested_as_the_readme_shows(passed: Counter[str]) -> None:
    assert passed["test_app.py"] == 4


def test_modals_and_home_are_tested_as_the_readme_shows(passed: Counter[str]) -> None:
    assert passed["test_notes.py"] == 2


def test_two_apps_are_tested_as_the_readme_shows(passed: Counter[str]) -> None:
    assert passed["test_two_apps.py"] == 1


def test_what_members_did_is_played_as_the_readme_shows(passed: Counter[str]) -> None:
    assert passed["test_replay.py"] == 1


def test_the_workspace_is_made_as_the_readme_shows(passed: Counter[str]) -> None:
    assert passed["test_own.py"] == 1


def test_a_project_that_has_no_slack_app_loads_no_simulator() -> None:
    loaded = "print(*{name.partition('.')[0] for name in sys.modules})"
    script = f"import sys, slack_simulator.pytest_plugin; {loaded}"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert not {"msgspec", "urllib3", "wsproto"}.intersection(ended.stdout.decode().split())


@pytest.mark.usefixtures("node_modules")
def test_an_app_in_javascript_is_tested_as_the_readme_shows(tmp_path: Path) -> None:
    for script in fenced("js"):
        name = script.splitlines()[0].removeprefix("// ")
        (tmp_path / name).write_text(script)
    (tmp_path / "node_modules").symlink_to(JAVASCRIPT / "node_modules")
    (command,) = (block for block in fenced("sh") if "node --test" in block)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        command.split(), cwd=tmp_path, env={**os.environ, "PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "# pass 1" in ended.stdout


def is_open(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def test_it_runs_by_hand_as_the_readme_shows(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "notes.py")
    page, app = free_port(), free_port()
    install, variables, run, _ = (
        block.replace("8065", str(page)).replace("3000", str(app)) for block in fenced("sh")
    )
    pip, start = install.strip().splitlines()
    assert pip == "pip install ."
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT), "PORT": str(app)}
    environment |= dict(line.split("=", 1) for line in variables.split())
    with ExitStack() as ending:

        def begin(command: str) -> None:
            shell = ["sh", "-c", f"exec env {command.strip()}"]
            process = subprocess.Popen(shell, cwd=tmp_path, env=environment)
            ending.callback(process.wait)
            ending.callback(process.terminate)

        begin(f"{start} --port {page}")
        wait_until(lambda: is_open(page), "the simulator is up")
        slack = ending.enter_context(SimulatorClient(f"http://127.0.0.1:{page}"))
        begin("python app.py")
        wait_until(lambda: is_open(app), "the app is up")
        slack.say("hello", channel="general", user="newcomer")

        def posts() -> list[Json]:
            return [each for each in slack.feed(kind="message") if each["by_bot"]]

        (post,) = wait_until(posts, "the app answered")
        assert post["message"]["text"] == "Hello <@U0NEWCOMER>!"

        begin(run)
        wait_until(
            lambda: "apps.connections.open" in {e["method"] for e in slack.feed(kind="api_call")},
            "the other app connected",
        )
