"""Runs the Bolt apps of apps/ against a simulator, as they are."""

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


@contextmanager
def running(name: str, mode: str, setup: WorkspaceSetup | None = None) -> Iterator[Simulator]:
    """A simulator with an app behind it, unmodified."""
    port = free_port()
    with Simulator(setup=setup or WorkspaceSetup()) as slack:
        # A busy machine is no reason to fail.
        slack.interactivity.triggers.seconds = 60.0
        slack.deliveries.timeout = 30.0
        environment = {**os.environ, **slack.environment(), "PORT": str(port)}
        if mode == "http":
            del environment["SLACK_APP_TOKEN"]
        command = [sys.executable, "-m", "slack_simulator.run_app", str(APPS / f"{name}.py")]
        with subprocess.Popen(command, env=environment) as process:
            try:
                if mode == "http":
                    slack.gateway = f"http://127.0.0.1:{port}/slack/events"
                    slack.wait_for_app()
                else:
                    slack.socket_mode.wait_until_connected()
                yield slack
            finally:
                process.terminate()
