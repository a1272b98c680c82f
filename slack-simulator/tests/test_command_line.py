"""`slack-simulator`, and `slack-simulator test COMMAND`, as real processes."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import PATIENCE, wait_until

from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient, SimulatorClientError
from slack_simulator.scenarios.scenario import Say, Scenario

pytestmark = pytest.mark.slow

SIMULATOR = [sys.executable, "-m", "slack_simulator"]
POST = """
import os
from slack_sdk import WebClient
web = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
web.chat_postMessage(channel="general", text="from <the> command")
"""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SIMULATOR, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@contextmanager
def serving(*arguments: str) -> Iterator[SimulatorClient]:
    port = free_port()
    with subprocess.Popen([*SIMULATOR, "--port", str(port), *arguments]) as process:
        try:
            with SimulatorClient(f"http://127.0.0.1:{port}") as slack:
                wait_until(lambda: answers(slack), "the simulator is up")
                yield slack
        finally:
            process.send_signal(signal.SIGTERM)


def answers(slack: SimulatorClient) -> bool:
    try:
        return bool(slack.state())
    except SimulatorClientError:
        return False


def test_a_command_that_succeeds_leaves_nothing(tmp_path: Path) -> None:
    ended = run("test", sys.executable, "-c", POST, folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_fails_leaves_its_status_and_a_trace(tmp_path: Path) -> None:
    ended = run("test", sys.executable, "-c", f"{POST}\nexit(3)", folder=tmp_path)
    assert ended.returncode == 3
    assert "slack-trace.html" in ended.stderr
    page = (tmp_path / "slack-trace.html").read_text()
    assert "#general bot: from &lt;the&gt; command" in page.replace("U0BOT", "bot")
    assert "POST /api/chat.postMessage" in page
    assert "xoxb-simulated" not in page
    assert "http://" not in page.replace("http://127.0.0.1", "").replace("http://localhost", "")


def test_a_command_that_is_killed_names_the_signal(tmp_path: Path) -> None:
    ended = run("test", "sh", "-c", "kill -9 $$", folder=tmp_path)
    assert ended.returncode == 128 + signal.SIGKILL
    assert "sh was ended by signal 9 (Killed)." in ended.stderr


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    ended = run("test", "no-such-command", folder=tmp_path)
    assert ended.returncode == 1
    assert "no-such-command: No such file or directory" in ended.stderr


def test_a_test_in_another_process_drives_the_simulator(tmp_path: Path) -> None:
    script = "from slack_simulator.client import SimulatorClient as C; C().say('hi'); print('ok')"
    assert run("test", sys.executable, "-c", script, folder=tmp_path).stdout == "ok\n"


def test_faults_on_the_command_line_hit_the_app(tmp_path: Path) -> None:
    fault = "chat.postMessage error fatal_error"
    ended = run("test", "--fault", fault, sys.executable, "-c", POST, folder=tmp_path)
    assert "fatal_error" in ended.stderr
    wrong = run("test", "--fault", "chat.postMessage sleepy", "true", folder=tmp_path)
    assert "'sleepy' is no kind of fault" in wrong.stderr
    wrong = run("test", "--fault", "chat.nope 503", "true", folder=tmp_path)
    assert "Slack's SDKs know no method chat.nope" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    empty = run("test", "--fault", " ", "true", folder=tmp_path)
    assert "the fault is empty" in empty.stderr


def test_options_behind_the_command_are_its_own(tmp_path: Path) -> None:
    script = "import sys; print(sys.argv[1:])"
    ended = run("test", sys.executable, "-c", script, "--seed", "x", "--help", folder=tmp_path)
    assert ended.stdout == "['--seed', 'x', '--help']\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--seed", "7", "test", "true"), "--seed goes after `test`"),
        (("test", "--sed", "7", "true"), "No such option"),
        (("test", "--trace", "none/trace.html", "true"), "there is no folder none"),
    ],
)
def test_an_option_of_a_test_that_cannot_be_used_is_named(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    ended = run(*arguments, folder=tmp_path)
    assert ended.returncode == 2
    assert problem in ended.stderr


def test_what_members_did_is_recorded(tmp_path: Path) -> None:
    file = tmp_path / "scenario.json"
    with serving("--record", str(file)) as slack:
        slack.say("for the record", user="reviewer")
    (action,) = Scenario.load(file).actions
    assert isinstance(action, Say)
    assert (action.user, action.text) == ("reviewer", "for the record")


def test_a_seeded_simulator_is_the_same_in_each_run() -> None:
    def said() -> str:
        with serving("--seed", "7") as slack:
            slack.join_team("somebody")
            return str(slack.say("hello", user="somebody"))

    first = said()
    assert "ts" in first
    assert said() == first


def test_a_workspace_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "workspace.toml"
    file.write_text('[identity]\nteam_name = "Bakers"\n[[channels]]\nname = "ovens"\n')
    with serving("--setup", str(file)) as slack:
        state = slack.state()
    assert state["team"]["name"] == "Bakers"
    assert "ovens" in {channel["name"] for channel in state["channels"]}


@pytest.mark.parametrize(
    ("setup", "problem"),
    [
        ("[[channels]]\n", "missing required field `name`"),
        ("[[chanels]]\n", "unknown field `chanels`"),
        ("[identity]\nteam = 7\n", "unknown field `team` - at `$.identity`"),
        ('[[other_apps]]\nname = "crumb"\nscope = []\n', "unknown field `scope`"),
    ],
)
def test_a_wrong_field_of_a_workspace_is_named(tmp_path: Path, setup: str, problem: str) -> None:
    (tmp_path / "workspace.toml").write_text(setup)
    ended = run("--setup", "workspace.toml", folder=tmp_path)
    assert ended.returncode == 2
    assert problem in ended.stderr


def test_an_app_has_what_its_manifest_asks_for(tmp_path: Path) -> None:
    manifest = {
        "display_information": {"name": "Crumb"},
        "features": {
            "slash_commands": [{"command": "/bake", "url": "http://x", "description": ""}]
        },
        "oauth_config": {"scopes": {"bot": ["chat:write"]}},
    }
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(manifest))
    with serving("--manifest", str(file)) as slack:
        state = slack.state()
    assert state["settings"]["scopes"] == ["chat:write"]
    assert [each["command"] for each in state["app"]["slash_commands"]] == ["/bake"]
    file.write_text("{}")
    assert "has no display_information" in run("--manifest", str(file), folder=tmp_path).stderr


def test_a_taken_port_names_the_way_out(tmp_path: Path) -> None:
    with serving() as slack:
        ended = run("--port", slack.url.rpartition(":")[2], folder=tmp_path)
    assert ended.returncode == 1
    assert "choose another --port" in ended.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout.startswith("slack-simulator")


def test_an_app_runs_without_warnings_about_packages_that_it_does_not_use(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('up')")
    run_app = [sys.executable, "-m", "slack_simulator.run_app", "app.py"]
    ended = run("test", *run_app, folder=tmp_path)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "up")
    assert "deprecated" not in ended.stderr


@pytest.mark.usefixtures("node_modules")
def test_a_command_that_npm_installed_runs_in_node(tmp_path: Path) -> None:
    (tmp_path / "bot").write_text("#!/usr/bin/env node\nconsole.log(typeof process.version);\n")
    ended = run("test", sys.executable, "-m", "slack_simulator.run_app", "bot", folder=tmp_path)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "string")


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--app", "localhost:3000", "a Request URL is like http://127.0.0.1:3000/slack/events"),
        ("--app", "http://", "a Request URL is like http://127.0.0.1:3000/slack/events"),
        ("--app", "http://localhost:99999", "a Request URL is like"),
        ("--setup", "none.json", "there is no such file"),
        ("--record", "none/scenario.json", "there is no folder none"),
        ("--port", "99999", "99999 is not in the range 0<=x<=65535"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(
    tmp_path: Path, option: str, value: str, problem: str
) -> None:
    ended = run(option, value, folder=tmp_path)
    assert ended.returncode == 2
    assert option in ended.stderr
    assert problem in ended.stderr
