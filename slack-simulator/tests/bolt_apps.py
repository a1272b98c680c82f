"""Runs the Bolt apps of apps/ against a simulator, as they are: in Python and in JavaScript."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slack_simulator import Simulator
from slack_simulator.workspace.setup import WorkspaceSetup

APPS = Path(__file__).parent / "apps"
JAVASCRIPT = APPS / "javascript"
EVENTS = "/slack/events"


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
