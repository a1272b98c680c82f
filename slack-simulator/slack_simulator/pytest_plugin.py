"""Fixtures for testing a Slack app. pytest loads them once the package is installed.

def test_it_greets(slack_simulator):
    slack_simulator.gateway = "http://127.0.0.1:3000/slack/events"
    slack_simulator.say("hello")
    slack_simulator.expect("Hello <@U0REGULAR>!")

A test that fails shows the conversation. One whose app called what isn't simulated fails.
"""

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from slack_simulator.simulator import Simulator
    from slack_simulator.workspace.setup import (
        AppSetup,
        ChannelSetup,
        MemberSetup,
        WorkspaceSetup,
    )

# The fixtures import the simulator: pytest loads this file in every project of an environment.

_running = pytest.StashKey["Simulator"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for traces, and the ini option for the app's manifest."""
    parser.getgroup("slack").addoption(
        "--slack-trace",
        metavar="FOLDER",
        help="Where each failed test leaves what happened in its Slack, as a web page.",
    )
    parser.addini(
        "slack_manifest",
        "The manifest of the Slack app in JSON, whose scopes and events the app gets.",
        type="string",
        default="manifest.json",
    )


@pytest.fixture
def slack_app(pytestconfig: pytest.Config) -> "AppSetup":
    """Return what the app registered with Slack. Override this fixture for your own.

    If the file that `slack_manifest` names exists, the app has what it asks for and no more.
    """
    from slack_simulator.workspace.setup import AppSetup, manifest  # noqa: PLC0415

    path = pytestconfig.rootpath / str(pytestconfig.getini("slack_manifest"))
    return manifest.read(path) if path.is_file() else AppSetup()


@pytest.fixture
def slack_channels() -> "tuple[ChannelSetup, ...]":
    """Return the workspace's channels. Override this fixture for your own."""
    from slack_simulator.workspace.setup import WorkspaceSetup  # noqa: PLC0415

    return WorkspaceSetup().channels


@pytest.fixture
def slack_users() -> "tuple[MemberSetup, ...]":
    """Return the members beside those named after their roles. Override this fixture."""
    return ()


@pytest.fixture
def slack_setup(
    slack_app: "AppSetup",
    slack_channels: "tuple[ChannelSetup, ...]",
    slack_users: "tuple[MemberSetup, ...]",
) -> "WorkspaceSetup":
    """Return the whole workspace. Override this fixture for its name, your bot's and the rest."""
    from slack_simulator.workspace.setup import WorkspaceSetup  # noqa: PLC0415

    return WorkspaceSetup(app=slack_app, channels=slack_channels, members=slack_users)


@pytest.fixture
def slack_seed() -> int | None:
    """Return the seed of IDs and times; None for others in each run. Override this fixture."""
    return None


@pytest.fixture
def slack_simulator(
    request: pytest.FixtureRequest, slack_setup: "WorkspaceSetup", slack_seed: int | None
) -> "Iterator[Simulator]":
    """Run a separate simulated Slack for each test."""
    from slack_simulator.simulator import Simulator  # noqa: PLC0415

    with Simulator(setup=slack_setup, seed=slack_seed) as simulator:
        request.node.stash[_running] = simulator
        yield simulator
        hints = {entry["hint"] for entry in simulator.feed.after(0, "api_call") if entry["hint"]}
    if hints:
        pytest.fail("\n".join(["The app called what the simulator doesn't have.", *sorted(hints)]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> "Generator[None, pytest.TestReport, pytest.TestReport]":
    """Add the conversation to the report of a test that failed, and leave its trace."""
    report = yield
    simulator = item.stash.get(_running, None)
    if report.when == "call" and report.failed and simulator is not None:
        from slack_simulator.members.transcript import transcript  # noqa: PLC0415

        shown = transcript(simulator)
        if folder := item.config.getoption("slack_trace"):
            shown += f"\n\neverything: {_trace(simulator, Path(folder), item.nodeid)}"
        report.sections.append(("Slack", shown))
    return report


def _trace(simulator: "Simulator", folder: Path, name: str) -> Path:
    """Write the trace of a test, and return its file."""
    from slack_simulator import trace_file  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')}.html"
    trace_file.save(simulator, file, name)
    return file
