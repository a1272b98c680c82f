"""docs/your-own.md, followed to the letter: its files are made, its commands run, its bot asked."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import redis
from support import BOT_TOKEN, PATIENCE, Bot, Printed, wait_until

from gopherbot import table
from gopherbot.dev.bot import environment
from gopherbot.dev.procfile import ROOT, Dyno, base_environment
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient
from slack_simulator.workspace.objects import AppIdentity
from slack_simulator.workspace.setup import WorkspaceSetup

pytestmark = pytest.mark.nightly

GUIDE = (ROOT / "docs" / "your-own.md").read_text()
FILES: list[tuple[str, str, str]] = re.findall(
    r"^`(bakers/[\w./]+)`: (\w+)[^\n]*\n\n```toml\n(.*?)```", GUIDE, re.MULTILINE | re.DOTALL
)
"""Each file, what to do with it (add, replace, or make a new one), and the text."""
COMMANDS = re.findall(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", GUIDE, re.DOTALL)
DATABASE = 12

BAKERS = WorkspaceSetup(identity=AppIdentity(team_name="Bakers", bot_name="crumb"))
GOPHERS = re.compile(r"go\.dev|golang|goroutine|newbies|gotimefm|gopher", re.IGNORECASE)


def commands(program: str) -> dict[str, str]:
    """Return the guide's commands that begin so, each with what it is said to print."""
    return {
        line: output
        for lines, output in COMMANDS
        for line in lines.splitlines()
        if line.startswith(program)
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the guide was followed: the folder beside `bakers`."""
    folder = tmp_path_factory.mktemp("your-own")
    run(folder, "gopherbot new bakers")
    for name, how, text in FILES:
        path = folder / name
        before = "" if how == "a" else path.read_text()
        if how == "replace":
            comment = takewhile(lambda line: line.startswith("#"), before.splitlines())
            before = "\n".join(comment)
        path.write_text(f"{before}\n\n{text}")
    return folder


def run(folder: Path, command: str) -> str:
    """Run a command of the guide; give what it prints."""
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=base_environment(),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_guide_is_read() -> None:
    assert [name for name, *_ in FILES] == [
        f"bakers/{name}.toml"
        for name in (
            *("workspace", "answers", "reactions", "channels", "welcome"),
            *("glossary/bread", "watchers"),
        )
    ]
    assert len(commands("gopherbot")) == 5
    assert len(commands("heroku config:set")) == 8


def test_it_begins_with_a_folder_that_teaches(tmp_path: Path) -> None:
    ((command, output),) = commands("gopherbot new").items()
    assert run(tmp_path, command) == output


def test_its_files_are_in_order(folder: Path) -> None:
    ((command, output),) = commands("gopherbot lint").items()
    assert run(folder, command) == output


def test_its_manifest_is_the_bakers(folder: Path) -> None:
    ((command, _),) = commands("gopherbot manifest").items()
    manifest = json.loads(run(folder, command))
    assert manifest["display_information"]["name"] == "crumb"
    assert manifest["features"]["bot_user"]["display_name"] == "crumb"
    address = manifest["settings"]["event_subscriptions"]["request_url"]
    assert address == "https://bakers-crumb.herokuapp.com/slack/event"
    assert not GOPHERS.search(json.dumps(manifest))


def test_it_runs_locally_and_does_what_the_guide_says(folder: Path, tmp_path: Path) -> None:
    ((command, _),) = commands("GOPHER_CONTENT=").items()
    watchers = folder / "bakers" / "watchers.toml"
    with_feed = watchers.read_text()
    watchers.unlink()
    port = free_port()
    printed = Printed(tmp_path / "dev.log")
    dev = subprocess.Popen(
        ["sh", "-c", f"exec env {command} --port {port}"],
        cwd=folder,
        env=base_environment(),
        stdout=printed.file,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        wait_until(lambda: "Ctrl-C stops" in printed.text(), f"it is up:\n{printed.text()}", 60)
        assert '"@crumb flip a coin"' in printed.text()
        for say, output in commands("gopherbot say").items():
            told = run(folder, say.replace("say", f"say --simulator http://127.0.0.1:{port}"))
            assert told.startswith(output), told
        with SimulatorClient(f"http://127.0.0.1:{port}") as client:
            state = client.state()
            watchers.write_text(with_feed)

            def announced() -> list[str]:
                posts = client.feed(state["seq"], kind="message")
                ovens = [post for post in posts if post["channel_name"] == "ovens"]
                return [post["message"]["text"] for post in ovens]

            [text] = wait_until(announced, "the feed's item is announced", every=0.2)
            # The program's own name is in its commands and log lines.
            shown = (printed.text() + json.dumps(client.feed(0))).replace("gopherbot", "")
            assert not GOPHERS.search(shown), GOPHERS.findall(shown)
            assert re.fullmatch(r":bread: New on the blog: <https://bread\S+\|The latest .*>", text)
        open_channels = {c["name"] for c in state["channels"] if not c["is_archived"]}
        assert {"starters", "ovens", "general"} <= open_channels
        assert not open_channels & {"newbies", "golang-cls", "gotimefm"}
    finally:
        dev.send_signal(signal.SIGINT)
        dev.wait(PATIENCE)
        printed.file.close()


@pytest.fixture(scope="module")
def slack() -> Iterator[Simulator]:
    """The bakers' workspace."""
    with Simulator(setup=BAKERS) as slack:
        slack.deliveries.delays = (0.1, 0.2, 0.4)
        for name in ("starters", "ovens"):
            slack.workspace.add_channel(name)
        yield slack


@pytest.fixture(scope="module")
def bot(
    folder: Path,
    shared_redis: RedisServer,
    slack: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bot]:
    """The Procfile's lines, with the variables of the guide: what it leaves open is filled in."""
    url = f"{shared_redis.url}/{DATABASE}"
    with redis.Redis("127.0.0.1", port=shared_redis.port, db=DATABASE, protocol=2) as client:
        client.flushdb()
    given = dict(
        line.removeprefix("heroku config:set ").split("=", 1)
        for line in commands("heroku config:set")
    )
    ours = environment(url, slack, 8000) | {"GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN}
    for name, value in given.items():
        if "…" in value:
            given[name] = ours[name]
    assert set(given) <= {*ours, "GOPHER_CONTENT", "GOPHER_REDIS_SKIPVERIFY"}
    more = given | {"GOPHER_CONTENT": str(folder / given["GOPHER_CONTENT"])}
    more.pop("GOPHER_GATEWAY_URL")
    with Bot(url, slack, tmp_path_factory.mktemp("bakers"), more=more) as bot:
        bot.printed.wait("channel cache filled")
        yield bot


def test_it_says_its_own_things(bot: Bot, slack: Simulator) -> None:
    after = slack.feed.seq
    slack.say("<@U0BOT> starter", channel="ovens")
    (post,) = slack.wait_for_posts(1, after=after)
    starters = slack.workspace.conversation("starters").id
    assert post.text == (
        f"Flour, water and patience. :bread: Come to <#{starters}> when it doesn't rise."
    )


def test_it_reacts_and_welcomes_as_its_community_likes(bot: Bot, slack: Simulator) -> None:
    after = slack.feed.seq
    slack.say("a croissant, please")
    (reaction,) = slack.wait_for_reactions(1, after=after)
    assert reaction.emoji == "croissant"
    slack.join_team("kneader")
    (welcome,) = slack.wait_for_posts(1, after=after)
    starters = slack.workspace.conversation("starters").id
    assert welcome.text.startswith("*Welcome to the Bakers!* I'm <@U0BOT>.")
    assert f"• <#{starters}> keeping a starter alive" in welcome.text


def test_nothing_of_the_gophers_is_left(bot: Bot, slack: Simulator) -> None:
    after = slack.feed.seq
    slack.dm("help")
    (help,) = slack.wait_for_posts(1, after=after)
    told = help.text + json.dumps(help.attachments)
    assert "explain a word that bakers use, as in `define autolyse`" in told
    assert not GOPHERS.search(told)
    for text in ("d/fmt", "define goroutine", "xkcd:1053", "<@U0BOT> go tour", "bbq"):
        bot.handled(slack.say(text).event_id)
    assert slack.posts()[-1] == help
    assert not [reaction for reaction in slack.reactions() if reaction.seq > after]


def test_no_watcher_of_the_gophers_runs(bot: Bot) -> None:
    (leading,) = bot.printed.wait("leading")
    everywhere = [job.name for job in table.JOBS if not job.table]
    assert leading["jobs"] == [*everywhere, "feeds.Bread and Butter"]


def test_it_finds_nothing_missing(bot: Bot, folder: Path) -> None:
    for line in commands("heroku run"):
        tool = line.removeprefix("heroku run ")
        dyno = Dyno(tool, bot.environment | {"COLUMNS": "150"}, subprocess.PIPE)
        printed = dyno.process.communicate(timeout=2 * PATIENCE)[0].decode()
        if tool.endswith("check"):
            assert dyno.process.returncode == 0, printed
            assert f"{folder}/bakers: " in printed
            assert "1 watcher" in printed
            assert printed.count("services") == 1
            assert "feeds.Bread and Butter reads https://bread.example.org/feed" in printed
        assert "gerrit" not in printed
    assert not os.path.lexists(ROOT / "bakers")
