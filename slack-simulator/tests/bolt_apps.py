"""Runs the Bolt apps of apps/ against a simulator, as they are: in Python and in JavaScript."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from slack_simulator import Simulator
from slack_simulator.workspace.setup import WorkspaceSetup

APPS = Path(__file__).parent / "apps"
JAVASCRIPT = APPS / "javascript"
EVENTS = "/slack/events"


def npm_install(folder: Path) -> None:
    """Install the packages of a folder; without npm, skip the test, or fail it in CI."""
    if shutil.which("npm") is None:
        if "CI" in os.environ:
            pytest.fail("apps in JavaScript need Node.js from version 18, and npm")
        pytest.skip("npm is missing: sudo apt-get install nodejs npm")
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True)


@contextmanager
def running(
    name: str,
    mode: str,
    setup: WorkspaceSetup | None = None,
    *,
    node: bool = False,
    folder: Path | None = None,
) -> Iterator[Simulator]:
    """A simulator with an app behind it, unmodified, which is run in `folder`."""
    app = JAVASCRIPT / f"{name}.js" if node else APPS / f"{name}.py"
    with Simulator(setup=setup or WorkspaceSetup()) as slack:
        # A busy machine is no reason to fail.
        slack.interactivity.triggers.seconds = 60.0
        slack.deliveries.timeout = 30.0
        with slack.running(str(app), path=EVENTS if mode == "http" else "", folder=folder):
            yield slack
