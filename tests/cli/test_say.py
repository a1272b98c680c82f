"""`gopherbot say`: a message goes through the whole bot, and what it did is printed."""

import re
import shlex
from collections.abc import Iterator
from subprocess import CompletedProcess

import pytest
from click.testing import CliRunner
from commands import run
from pytest_httpserver import HTTPServer
from slack_sdk import WebClient
from werkzeug import Request, Response

from gopherbot import cli
from gopherbot.commands import say as say_command
from gopherbot.dev.procfile import ROOT
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient

from .conftest import Dev, content_without_feeds, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """One that says nothing by itself: what it says meanwhile would be printed, too."""
    folder = tmp_path_factory.mktemp("say")
    content = content_without_feeds(folder / "content")
    with running(folder, "say", GOPHER_CONTENT=str(content), TMPDIR=str(folder)) as dev:
        yield dev


def say(dev: Dev, *arguments: str) -> CompletedProcess[str]:
    done = run("say", "--simulator", dev.url, *arguments)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done


def test_it_can_be_said_by_dm_without_a_mention(dev: Dev) -> None:
    printed = say(dev, "--channel", "dm", "flip a coin").stdout
    assert "said in a DM" in printed
    assert "heads" in printed or "tails" in printed


def test_it_can_be_said_anywhere_by_anyone_and_in_a_thread(dev: Dev) -> None:
    with SimulatorClient(dev.url) as client:
        parent = client.say("a question", "newbies", "reviewer")
    options = ("--channel", "newbies", "--user", "moderator", "--thread", parent["ts"])
    printed = say(dev, *options, "xkcd:standards").stdout
    assert "said in #newbies, in the thread:" in printed
    assert "https://xkcd.com/927" in printed


def test_reactions_and_attachments_are_shown(dev: Dev) -> None:
    assert "reacted :bbqgopher:" in say(dev, "who brings the bbq?").stdout
    printed = say(dev, "@gopher newbie resources").stdout
    assert "https://go.dev/tour/" in printed


def test_it_says_so_when_the_bot_did_nothing(dev: Dev) -> None:
    printed = say(dev, "good morning").stdout
    assert printed.startswith("The bot handled it and had nothing to say")
    assert "ts " in printed


def test_talk_to_nobody_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    monkeypatch.setattr(say_command, "WAIT_SECONDS", 1.0)
    with Simulator(httpserver.url_for("/slack/events")) as slack:
        bot = WebClient(token="xoxb-test", base_url=slack.api_url)

        def announce(_: Request) -> Response:
            bot.chat_postMessage(channel="general", text="There's news.")
            return Response()

        httpserver.expect_request("/slack/events").respond_with_handler(announce)
        done = CliRunner().invoke(cli.group, ["say", "--simulator", slack.url, "hello"])
    assert "There's news." not in done.stdout
    assert "No reply or reaction within 1 s." in done.stdout


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        (("--channel", "newbie"), "There is no channel 'newbie' here, but "),
        (("--user", "nobody"), "There is no member 'nobody' here, but "),
        (("--thread", "1.0"), "Slack would refuse it: thread_not_found"),
    ],
)
def test_a_wrong_place_is_a_clear_error(dev: Dev, options: tuple[str, str], printed: str) -> None:
    done = run("say", "--simulator", dev.url, *options, "hello")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert printed in done.stderr
    assert "gopherbot dev" not in done.stderr
    assert done.stdout == ""


def test_the_only_bot_is_found_on_any_port(dev: Dev) -> None:
    done = run("say", "xkcd:standards", more={"TMPDIR": str(dev.printed.path.parent)}, fresh=True)
    assert "https://xkcd.com/927" in done.stdout, done.stderr


def test_without_a_bot_it_says_what_to_start() -> None:
    page = f"http://127.0.0.1:{free_port()}"
    done = run("say", "--simulator", page, "hello", fresh=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"No simulator answers at {page}: start the bot with `make dev`")
    assert len(done.stderr.splitlines()) == 1


SAID = {
    'gopherbot say "@gopher flip a coin"': r"said in #general:\n  (heads|tails)\n",
    'gopherbot say --channel newbies "@gopher newbie resources"': r"https://go\.dev/tour/",
    'gopherbot say --user newcomer --channel dm "help"': r"said in a DM",
}


def test_all_of_the_readme_s_lines_are_said() -> None:
    assert commands(README, "gopherbot say") == list(SAID)


@pytest.mark.parametrize("line", SAID)
def test_what_the_readme_says_is_answered(dev: Dev, line: str) -> None:
    _, command, *arguments = shlex.split(line)
    done = run(command, "--simulator", dev.url, *arguments)
    assert done.returncode == 0, done.stderr
    assert re.search(SAID[line], done.stdout), done.stdout


# What README.md and CONTRIBUTING.md tell people to type, typed as it stands there.

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def commands(text: str, name: str) -> list[str]:
    """Return the lines of the text's blocks of sh that begin so, without their comments."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(name)]


@pytest.mark.parametrize(
    "line",
    [
        *commands(README, "gopherbot explain"),
        *commands(CONTRIBUTING, "gopherbot explain"),
        *commands(CONTRIBUTING, "gopherbot lint"),
        *re.findall(r"`(gopherbot explain [^`]+)`", CONTRIBUTING),
    ],
)
def test_what_a_page_says_works(line: str) -> None:
    _, command, *arguments = shlex.split(line)
    # `explain` has its tests of a fresh one.
    done = run(command, *arguments, fresh=command != "explain")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout
