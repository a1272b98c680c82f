"""`gopherbot explain`: what the bot would do, and what it nearly does.

In `explained.txt`, a line that begins with $ has a command's arguments; what it prints about the
bakers' content follows.
"""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from commands import run as run_apart

from gopherbot import cli
from gopherbot.explain import Scenario, explain
from gopherbot.explain.scenario import Names
from gopherbot.settings import CONTENT_FOLDER
from gopherbot.testing import bot

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
BAKERS = HERE.parent / "content" / "bakers"
PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hi")\n}\n'


@pytest.fixture(autouse=True)
def _(read_once: None) -> None:
    """Read the content once."""


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli.group, ["explain", *arguments], input=stdin)


def _explained() -> Iterator[tuple[str, str]]:
    for part in f"\n{(HERE / 'explained.txt').read_text('utf-8')}".split("\n$ ")[1:]:
        arguments, _, printed = part.partition("\n")
        yield arguments, printed.rstrip("\n")


@pytest.mark.parametrize(("arguments", "printed"), list(_explained()))
def test_each_message_is_explained_as_written_down(arguments: str, printed: str) -> None:
    found = run(*shlex.split(arguments), "--folder", str(BAKERS))

    # Line numbers of the bot's own code, which change with any edit there, are left out.
    assert re.sub(r"(?<=\.py):\d+", "", found.output.rstrip("\n")) == printed


def test_code_is_named_with_the_line_of_its_function() -> None:
    coin = (CONTENT_FOLDER / "commands" / "coin.py").read_text("utf-8").splitlines()
    (line,) = re.findall(r"commands/coin\.py:(\d+)", run("@gopher flip a coin").output)
    assert coin[int(line) - 1] == "@router.command("


def test_a_message_may_come_from_standard_input() -> None:
    assert "https://go.dev/tour/" in run("-", stdin="@gopher go tour\n").output


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("go tour", "--channel-kind", "dm", "--not-addressed"), "is always addressed to the bot"),
        ((" ",), "give a TEXT, or a --file"),
        ((), "give a TEXT, or a --file"),
    ],
)
def test_a_wrong_use_is_an_error(arguments: tuple[str, ...], error: str) -> None:
    found = run(*arguments)
    assert found.exit_code == 2
    assert error in found.output


@pytest.mark.parametrize(
    ("lines", "files", "near"), [(4, {}, False), (5, {}, True), (0, {"a.md": "x"}, True)]
)
def test_only_what_a_member_shares_nearly_goes_to_the_playground(
    lines: int, files: dict[str, str], near: bool
) -> None:
    found = explain(bot.content, "x" + "\nx" * lines, Scenario(files=files)).near
    whys = {miss.why for miss in found if miss.rule == "dynamic:playground"}
    assert whys == ({"its condition did not match"} if near else set())


def test_what_nearly_fires_is_reported_with_the_reason() -> None:
    for text, name in (("@gopher see the go tour", "go tour"), ("@gopher ghost bbq go tour", "")):
        found = explain(bot.content, text)
        assert not {outcome.rule for outcome in found.outcomes} & {miss.rule for miss in found.near}
        assert name in " ".join(miss.rule for miss in found.near)
    # Only the longest name counts.
    near = explain(bot.content, "@gopher see the go tour").near
    assert [miss.why for miss in near] == ["`go tour` must be the whole message"]
    # Short names stand in many messages.
    assert not explain(bot.content, "@gopher what about di and coc").near
    # A long message that holds a command's name isn't one.
    assert not explain(bot.content, "@gopher see the go tour" + " and read" * 30).near


def test_code_is_not_shared_but_would_be(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_bytes(PROGRAM.encode() + b"// caf\xe9\n")
    found = run("--file", str(tmp_path / "main.go"))
    assert found.output.startswith("(no text)\n")
    assert "● dynamic:playground" in found.output
    assert "8 lines would go to the Go Playground (not shared now)" in found.output
    assert "https://go.dev/play/p/not-shared" in found.output


def test_json_holds_everything() -> None:
    found = json.loads(run("@gopher wave @bob", "--json").output)
    assert (found["text"], found["addressed"]) == ("wave", True)
    assert found["outcomes"] == [
        {
            "rule": "reaction:wave",
            "source": "reactions.toml",
            "emoji": ["wave", "gopher"],
            "replies": [],
            "notes": [],
            "shared": [],
            "failure": "",
            "traceback": "",
        }
    ]
    said = json.loads(run("@gopher gotchas @bob", "--json").output)["outcomes"][0]["replies"][0]
    assert said["text"].startswith("@bob ")
    assert said["sent"]["mentions"] is True


def test_a_failing_rule_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        "from gopherbot.router import Router\n"
        "router = Router()\n"
        "@router.command('bad')\n"
        "def bad(ask):\n"
        "    '''fails'''\n"
        "    return 1 / 0\n"
    )
    found = run("@bot bad", "--folder", str(tmp_path))
    assert "fails with ZeroDivisionError: division by zero" in found.output


def test_chance_is_tossed_again_each_time() -> None:
    first = run("@gopher flip a coin").output
    assert any(run("@gopher flip a coin").output != first for _ in range(20))


def test_members_read_names_where_ids_are_known() -> None:
    names = Names("Gopher", ["general"])
    read = names.read(f"<@{names.user('Ann-Lee')}> <#CGENERAL0> <@UELSE> <!here>")
    assert read == "@Ann-Lee #general <@UELSE> <!here>"


def test_code_in_a_quiet_channel_named_by_its_id_is_not_shared() -> None:
    text = f"```\n{PROGRAM}\n\n\n\n```"
    assert explain(bot.content, text).outcomes
    assert not explain(bot.content, text, Scenario(channel="C4U9J9QBT")).outcomes


def test_it_is_plain_when_piped_and_in_colour_on_a_terminal() -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-m", "gopherbot", "explain", "@gopher go tour"]
    piped = subprocess.run(command, capture_output=True, check=True, env=environment)
    master, slave = pty.openpty()
    environment |= {"TERM": "xterm-256color"}
    subprocess.run(command, stdout=slave, check=True, env=environment)
    os.close(slave)
    terminal = os.read(master, 65536)
    os.close(master)
    assert b"\x1b[" not in piped.stdout
    assert b"\x1b[" in terminal


def test_it_needs_neither_slack_nor_redis_nor_a_framework() -> None:
    script = (
        "import sys; from gopherbot.commands.explain import command; "
        "command(['@gopher go tour'], standalone_mode=False); "
        "print([name for name in sys.modules if name.partition('.')[0] in "
        "('redis', 'slack_sdk', 'dramatiq', 'falcon', 'urllib3', 'apscheduler', 'gevent')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"[]"


def test_broken_content_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text("[go tour]")
    done = run_apart("explain", "hi", "--folder", str(tmp_path))
    assert done.returncode == 2
    assert "answers.toml: [go tour]: line 1 cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
