"""Published bots and old versions of Slack's SDKs, from PyPI and npm, unmodified."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bolt_apps import APPS

from slack_simulator import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.nightly]

HTTP = "/slack/events"
BOLT = ("slack_bolt==1.9.0", "slack_sdk==3.19.0")
# What each installs from PyPI, its command, its Request URL's path, what is said, and the answer.
BOTS = {
    "bolt-1.9-http": (BOLT, "echo.py", HTTP, "<@U0BOT> hi", "You said: hi"),
    "bolt-1.9-socket": (BOLT, "echo.py", "", "<@U0BOT> hi", "You said: hi"),
    "slack-machine": (("slack-machine==0.40.1",), "bin/slack-machine", "", "ping", "pong"),
    "slackclient": (
        ("slackclient==2.9.4", "slackeventsapi==3.0.3"),
        "slackclient_app.py",
        HTTP,
        "hi",
        "Hello <@U0NEWCOMER>!",
    ),
}


@pytest.mark.parametrize(("packages", "command", "path", "said", "answer"), BOTS.values(), ids=BOTS)
def test_a_bot_from_pypi_answers(
    packages: tuple[str, ...],
    command: str,
    path: str,
    said: str,
    answer: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(APPS / "published", tmp_path, dirs_exist_ok=True)
    shutil.copy(APPS / "echo.py", tmp_path)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tmp_path)]
    subprocess.run([*install, *packages], check=True, capture_output=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run_app = [sys.executable, "-m", "slack_simulator.run_app", *command.split()]
    with Simulator() as slack, slack.running(*run_app, path=path, folder=tmp_path):
        slack.say(said, channel="general", user="newcomer")
        slack.expect(answer, channel="general")
