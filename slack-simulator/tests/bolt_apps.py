"""Runs the Bolt apps of apps/ against a simulator, as they are: in Python and in JavaScript."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import free_port

from slack_simulator import Simulator
from slack_simulator.workspace.setup import WorkspaceSetup

APPS = Path(__file__).parent / "apps"
JAVASCRIPT = APPS / "javascript"


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
    port = free_port()
    with Simulator(setup=setup or WorkspaceSetup()) as slack:
        # A busy machine is no reason to fail.
        slack.interactivity.triggers.seconds = 60.0
        slack.deliveries.timeout = 30.0
        environment = {**os.environ, **slack.environment(), "PORT": str(port)}
        if mode == "http":
            del environment["SLACK_APP_TOKEN"]
        python = [sys.executable, "-m", "slack_simulator.run_app", str(APPS / f"{name}.py")]
        command = ["node", str(JAVASCRIPT / f"{name}.js")] if node else python
        with subprocess.Popen(command, cwd=folder, env=environment) as process:
            try:
                if mode == "http":
                    slack.gateway = f"http://127.0.0.1:{port}/slack/events"
                    slack.wait_for_app()
                else:
                    slack.socket_mode.wait_until_connected()
                yield slack
            finally:
                process.terminate()
