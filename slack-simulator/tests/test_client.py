import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gateway import Gateway
from support import PATIENCE

from slack_simulator import Simulator
from slack_simulator.client import SimulatorClient, SimulatorClientError, SimulatorUnreachable

pytestmark = pytest.mark.slow


@pytest.fixture
def client(slack: Simulator) -> Iterator[SimulatorClient]:
    with SimulatorClient(slack.url) as client:
        yield client


def test_the_client_says_and_reads_the_feed(client: SimulatorClient, gateway: Gateway) -> None:
    said = client.say("@gopher help", channel="newbies", user="newcomer")
    assert gateway.wait(2)
    delivered = client.feed(after=0, wait=5, kind="message")
    assert delivered[0]["event_ids"] == said["event_ids"]
    reply = client.say("a &lt; b", thread_ts=said["ts"], channel="newbies", markup=True)
    assert reply["channel"] == said["channel"]


def test_the_client_can_do_whatever_the_control_api_can(
    client: SimulatorClient, slack: Simulator
) -> None:
    file = client.upload("main.go", "package main\n", text="look")
    assert file["file"] in slack.workspace.files
    assert client.join_team("gopherling")["user"].startswith("U")
    assert client.join_channel()["user"] == "U0NEWCOMER"
    assert client.leave_channel()["user"] == "U0NEWCOMER"
    client.react(file["channel"], file["ts"], "wave")
    client.unreact(file["channel"], file["ts"], "wave")
    client.edit(file["channel"], file["ts"], "look, @newcomer")
    message = slack.workspace.message(file["channel"], file["ts"])
    assert (message.text, message.reactions) == ("look, <@U0NEWCOMER>", {})
    client.delete(file["channel"], file["ts"])
    client.fault("ratelimited", retry_after=3)
    assert slack.faults.list()[0].retry_after == 3
    assert client.clear_faults()["faults"] == []
    assert client.set(latency=0.5)["settings"]["latency"] == 0.5
    client.trace({"step": "a"}, {"step": "b"})
    assert [entry["step"] for entry in slack.feed.after(0, "trace")] == ["a", "b"]
    client.merge(7, "all: better", project="tools")
    assert slack.services.gerrit.changes[7].project == "tools"
    client.set_live(streaming=True, next_episode=datetime(2024, 5, 7, tzinfo=UTC))
    assert slack.services.changelog.streaming
    assert client.post_status("hello")["id"] == slack.services.mastodon.statuses[0].id
    client.fail_service("gerrit", "down", times=1)
    client.fail_service("gerrit", None)
    assert client.state()["ok"]


def test_the_client_tells_why_it_was_refused(client: SimulatorClient) -> None:
    with pytest.raises(SimulatorClientError, match="channel_not_found"):
        client.say("hi", channel="nowhere")


def test_the_client_tells_that_nobody_is_there() -> None:
    with pytest.raises(SimulatorUnreachable, match="start one, or pass its address"):
        SimulatorClient("http://127.0.0.1:1").state()


def test_the_simulator_runs_as_a_process_of_its_own(gateway: Gateway) -> None:
    command = [sys.executable, "-m", "slack_simulator", "--port", "0"]
    options = ["--gateway", gateway.url, "--team-id", "T0OTHER", "--token", "xoxb-only"]
    options += ["--setup", "sample:SAMPLE"]
    folder = Path(__file__).parent
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        assert process.stdout is not None
        announced = process.stdout.readline()
        url = announced.split(",")[0].removeprefix("Slack simulator at ")
        try:
            with SimulatorClient(url) as client:
                client.say("hello")
                assert gateway.wait(1)[0].payload["team_id"] == "T0OTHER"
                assert client.state()["bot"]["name"] == "gopher"
        finally:
            process.terminate()
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--host", "0.0.0.0"], "loopback only"),
        (["--host", "nonsense"], "nonsense"),
        (["--setup", "nowhere:NOTHING"], "nowhere"),
        (["--setup", "os:path"], "isn't a WorkspaceSetup"),
    ],
)
def test_the_process_tells_why_it_cannot_start(options: list[str], why: str) -> None:
    command = [sys.executable, "-m", "slack_simulator", *options]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode in {1, 2}
    assert why in ended.stderr
    assert "Traceback" not in ended.stderr
