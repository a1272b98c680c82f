"""What the page gets to see of `gopherbot diff` and `gopherbot why`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gopherbot.commands.diff import versions
from gopherbot.dev.bot import LocalBot
from gopherbot.dev.explainer import Explainer
from gopherbot.dev.extensions import Extensions
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator
from slack_simulator.client import SimulatorClient, SimulatorClientError
from slack_simulator.workspace.objects import Json

pytestmark = pytest.mark.slow

QUESTION = {"text": "@gopher books", "channel": "general", "kind": "channel", "user": "regular"}
BOOKS = '[books]\nhelp = "a book"\ntext = "Read the first one."\n'


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "workspace.toml").write_text('name = "Gophers"\nbot = "gopher"\n')
    (folder / "answers.toml").write_text(BOOKS)
    return folder


@pytest.fixture
def client(folder: Path) -> Iterator[SimulatorClient]:
    """The page's side of a bot that doesn't run."""
    with (
        RedisServer() as redis,
        Simulator(setup=GOPHERS) as slack,
        Explainer(folder) as explainer,
        Extensions(LocalBot(redis.url, slack), explainer, partial(versions.commit, None, folder)),
        SimulatorClient(slack.url, timeout=120) as client,
    ):
        yield client


def reply(client: SimulatorClient, **more: object) -> str:
    answer: Json = client._post("/sim/explain", {**QUESTION, **more})
    return str(answer.get("problems") or answer["outcomes"][0]["replies"][0]["text"])


def test_it_says_what_was_and_is_said(folder: Path, client: SimulatorClient) -> None:
    git(folder.parent, "init", "-q", "-b", "main")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-qm", "Begin")
    (folder / "answers.toml").write_text(BOOKS.replace("first", "second"))
    assert reply(client) == "Read the second one."
    assert reply(client, before=True) == "Read the first one."
    found = client._post("/sim/compare", {})
    assert (found["before"][:4], found["after"], found["problems"]) == (
        "main",
        "the working tree",
        [],
    )
    git(folder.parent, "commit", "-qam", "Read on")
    client._post("/sim/compare", {})
    assert reply(client, before=True) == "Read the second one."


def test_without_a_repository_it_says_so(client: SimulatorClient) -> None:
    assert reply(client) == "Read the first one."
    assert "not a git repository" in reply(client, before=True)
    with pytest.raises(SimulatorClientError, match="not a git repository"):
        client._post("/sim/compare", {})


def test_why_explains_a_message_that_never_came(client: SimulatorClient) -> None:
    said = client.say("@gopher books")
    found = client._post("/sim/why", {"channel": said["channel"], "ts": said["ts"]})
    assert found["steps"] == []
    assert found["verdict"]
    assert found["now"][0] == "fires: command:books"
    plain = client.say("@gopher books", markup=True)
    found = client._post("/sim/why", {"channel": plain["channel"], "ts": plain["ts"]})
    assert found["now"] == [
        "@gopher is plain text here, not a mention",
        "no rule fires",
        "nearly fires: command:books: `books` must be the whole message",
    ]
    assert client.feed(0, kind="api_call") == []
    with pytest.raises(SimulatorClientError, match="message_not_found"):
        client._post("/sim/why", {"channel": said["channel"], "ts": "1234567890.123456"})
