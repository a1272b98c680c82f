"""Fixtures for testing a Slack app. pytest loads them once the package is installed.

def test_it_greets(slack_simulator):
    slack_simulator.gateway = "http://127.0.0.1:3000/slack/events"
    slack_simulator.say("hello")
    [post] = slack_simulator.wait_for_posts(1)
    assert post.text == "Hello <@U0REGULAR>!"
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from slack_simulator.simulator import Simulator
    from slack_simulator.workspace.setup import WorkspaceSetup

# The fixtures import the simulator: pytest loads this file in every project of an environment.


@pytest.fixture
def slack_setup() -> "WorkspaceSetup":
    """Return the initial workspace. Override this fixture for your own names and channels."""
    from slack_simulator.workspace.setup import WorkspaceSetup  # noqa: PLC0415

    return WorkspaceSetup()


@pytest.fixture
def slack_simulator(slack_setup: "WorkspaceSetup") -> "Iterator[Simulator]":
    """Run a separate simulated Slack for each test."""
    from slack_simulator.simulator import Simulator  # noqa: PLC0415

    with Simulator(setup=slack_setup) as simulator:
        yield simulator
