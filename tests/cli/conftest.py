"""`gopherbot dev` as a newcomer runs it.

And, for the operator's tools, one installation that runs, and a way to break its environment.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import redis
from commands import run
from support import PATIENCE, Bot, Inside, Printed, wait_until

from gopherbot.commands import manifest, why
from gopherbot.commands.why import Sources
from gopherbot.commands.why.story import History
from gopherbot.dev.procfile import ROOT, Dyno
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.rulebook import loader
from gopherbot.rulebook.loader import LoadedContent
from gopherbot.rulebook.watchers import scheduled_jobs
from gopherbot.settings import CONTENT_FOLDER, Role, Settings
from gopherbot.status.snapshot import SnapshotCollector, StatusSnapshot
from gopherbot.storage.client import connect
from gopherbot.testing import bot
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port
from slack_simulator.client import SimulatorClient, SimulatorClientError
from slack_simulator.workspace.objects import Json

_load = cache(loader.load)


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read each content folder once for all commands that run in this process."""
    gophers = bot.content

    def load(folder: Path = CONTENT_FOLDER) -> LoadedContent:
        return gophers if folder == CONTENT_FOLDER else _load(folder)

    monkeypatch.setattr(loader, "load", load)


class Dev:
    """A running `gopherbot dev`."""

    def __init__(
        self, folder: Path, name: str, project: Path = ROOT, option: str = "", **more: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.printed = Printed(folder / f"{name}.log")
        self.early: Json = {}
        """What was said while it started."""
        command = f"{sys.executable} -m gopherbot dev --port {self.port} {option}"
        if project != ROOT:
            command = f"sh -c 'cd {project} && exec {command}'"
        self.dyno = Dyno(command, more, self.printed.file)

    def say_at_once(self, text: str) -> Json:
        """Send a message as soon as the simulator answers, before the bot can be ready."""
        with SimulatorClient(self.url) as client:

            def said() -> Json:
                with suppress(SimulatorClientError):
                    return client.say(text)
                return {}

            return wait_until(said, f"the simulator listens:\n{self.printed.text()}")

    def wait_until_up(self) -> None:
        wait_until(self._is_up, f"it is up:\n{self.printed.text()}", 180)

    def _is_up(self) -> bool:
        assert self.dyno.process.poll() is None, self.printed.text()
        return "Ctrl-C stops everything" in self.printed.text()

    def end(self) -> None:
        """Press Ctrl-C, and wait until nothing is left of it."""
        pids, before = self.dyno.pids(), self.printed.size()
        self.dyno.process.send_signal(signal.SIGINT)
        assert len(pids) > 4
        assert self.dyno.process.wait(PATIENCE) == 0
        assert "Stopping" in self.printed.text(before)
        assert "Traceback" not in self.printed.text(before)
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", self.port)) != 0
        wait_until(lambda: not any(map(_is_alive, pids)), "every process is gone")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def running(
    folder: Path, name: str, project: Path = ROOT, option: str = "", **more: str
) -> Iterator[Dev]:
    dev = Dev(folder, name, project, option, **more)
    try:
        dev.early = dev.say_at_once("the early gopher")
        dev.wait_until_up()
        yield dev
    finally:
        if dev.dyno.process.poll() is None:
            dev.dyno.kill()


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """One with a Redis of its own, to which something was said while it started."""
    with running(tmp_path_factory.mktemp("dev"), "bundled") as dev:
        yield dev


def story(bot: Bot, *what: str) -> History:
    """Return what `why` tells of something, without a process: to ask until it is told."""
    settings = _as_a_tool(bot)
    with connect(settings.redis, connections=1) as client:
        evidence = Sources(client, settings.identity.app)
        return why.find_story(evidence, why.parse(what))[2]


def verdict(bot: Bot, *what: str) -> str:
    """Return its first line."""
    return str(story(bot, *what).verdict)


def snapshot(bot: Bot) -> StatusSnapshot:
    """Return what `status` sees of a bot, without a process: to ask until it is seen."""
    settings = _as_a_tool(bot)
    jobs = scheduled_jobs(settings.content)
    with connect(settings.redis, connections=1) as client:
        collector = SnapshotCollector(client, settings.identity.app, jobs, shadow=settings.shadow)
        return collector.collect()


def _as_a_tool(bot: Bot) -> Settings:
    return Settings.read(Role.TOOL, dict(bot.environment))  # It takes the secrets out.


class Installation:
    """A bot that runs, and `gopherbot` run beside it, with its environment; `more` replaces it."""

    def __init__(self, bot: Bot, slack: Simulator, client: redis.Redis, **more: str) -> None:
        self.bot = bot
        self.environment = bot.environment | more
        self.slack = slack
        self.client = client
        self.inside = Inside(client)

    @property
    def granted(self) -> list[str]:
        """The scopes of an app that had another bot before, and what this one's manifest asks."""
        loaded = loader.load(CONTENT_FOLDER)
        asked = manifest.needed_scopes(
            loaded.rules.rules, loaded.data.watchers, loaded.data.moderation.tables
        )
        return sorted({*(GOPHERS.app.scopes or ()), *asked})

    def tool(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a tool to its end; `more` replaces variables, and one that is "" is taken away."""
        given = self.environment | {"COLUMNS": "150"} | more
        return run(*arguments, more={name: value for name, value in given.items() if value})


def _content_with_a_source(folder: Path) -> Path:
    """Copy the Gophers' content, with what its owner may not have set yet."""
    folder.mkdir()
    for file in CONTENT_FOLDER.glob("*.t*"):
        text = file.read_text("utf-8")
        if file.name == "workspace.toml":
            text = re.sub(
                "^source = .*",
                f'source = "https://example.org/bot"\ncontact_confirmed = {date.today()}',
                text,
                flags=re.MULTILINE,
            )
        (folder / file.name).write_text(text, "utf-8")
    return folder


def content_without_feeds(folder: Path) -> Path:
    """Copy the Gophers' content, but for the feeds: their news comes whenever it comes."""
    watchers = _content_with_a_source(folder) / "watchers.toml"
    tables = re.split(r"^(?=\[)", watchers.read_text(), flags=re.MULTILINE)
    watchers.write_text("".join(each for each in tables if not each.startswith("[feeds.")))
    return folder


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A healthy one: nothing in it may be broken for good."""
    # A Redis of its own: the shared one is emptied for every test that looks into it.
    with RedisServer() as server, Simulator(setup=GOPHERS) as slack, server.client() as client:
        folder = tmp_path_factory.mktemp("installation")
        more = {
            "HEROKU_SLUG_COMMIT": "c0ffee1234567890",
            "GOPHER_CONTENT": str(_content_with_a_source(folder / "content")),
        }
        with Bot(server.url, slack, folder, more=more) as bot:
            bot.printed.wait("channel cache filled")
            installation = Installation(bot, slack, client)
            slack.web_api.scopes = installation.granted
            yield installation


@pytest.fixture(scope="package")
def feedless(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The healthy one with content without feeds: to read them takes most of a check."""
    folder = tmp_path_factory.mktemp("feedless")
    (folder / "workspace.toml").write_text('source = "https://example.org/bot"\n')
    parts = (installation.bot, installation.slack, installation.client)
    return Installation(*parts, GOPHER_CONTENT=str(folder))
