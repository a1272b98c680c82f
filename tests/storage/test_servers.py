"""The whole bot on servers as operators set them up: one that fails over, and one with users."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from commands import run
from support import BOT_TOKEN, SAMPLE, Bot, wait_until

from gopherbot.dev.bot import APP, environment
from gopherbot.dev.procfile import ROOT
from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

pytestmark = pytest.mark.slow

QUESTION = "<@U0GOPHERBOT> coc"
"""Its answer names a channel, which is looked up in Redis."""


class Name:
    """A name that leads to one server, and later to another. Connections that are open stay."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def name_of(server: RedisServer) -> Iterator[Name]:
    name = Name(server.port)
    threading.Thread(target=name.serve, daemon=True).start()
    yield name
    name._server.close()


def test_after_a_failover_that_leaves_connections_open_the_bot_answers_again(
    slack: Simulator, tmp_path: Path
) -> None:
    more = {"GOPHER_CONTENT": str(SAMPLE)}
    with (
        RedisServer() as first,
        RedisServer() as second,
        first.client() as old,
        second.client() as new,
        name_of(first) as name,
        Bot(f"redis://127.0.0.1:{name.port}", slack, tmp_path, more=more) as bot,
    ):
        slack.say(QUESTION, "general")
        slack.wait_for_posts(1)
        new.replicaof("127.0.0.1", first.port)
        wait_until(lambda: new.info("replication")["master_link_status"] == "up", "it is a copy")
        new.replicaof("NO", "ONE")
        name.target = second.port
        old.replicaof("127.0.0.1", second.port)

        def answered() -> bool:
            slack.say(QUESTION, "general")
            return len(slack.posts()) > 1

        wait_until(answered, "the bot answers", every=1)
        bot.wait_until_ready()


def test_a_user_as_the_documentation_has_it_is_all_that_the_bot_needs(
    slack: Simulator, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    rule = re.search(r"^ACL SETUSER gopherbot (.*)$", page, re.MULTILINE)
    assert rule
    words = rule[1].replace("PASSWORD", "secret").replace("my-gopherbot", APP).split()
    with RedisServer() as server, server.client() as admin:
        admin.execute_command("ACL", "SETUSER", "gopherbot", *words)
        url = f"redis://gopherbot:secret@127.0.0.1:{server.port}"
        with Bot(url, slack, tmp_path, more={"GOPHER_CONTENT": str(SAMPLE)}) as bot:
            slack.say(QUESTION, "general")
            slack.wait_for_posts(1)
            bot.printed.wait("started", 3)
            settings = environment(url, slack, bot.port) | {
                "GOPHER_SLACK_BOT_ACCESS_TOKEN": BOT_TOKEN,
                "GOPHER_CONTENT": str(SAMPLE),
            }
            checked = run("check", more=settings)
            wait_until(
                lambda: run("status", more=settings).stdout.count("probe:"), "it is looked at"
            )
            assert not [line for line in checked.stdout.splitlines() if line.startswith("✗ redis")]
            assert "permission" not in (bot.printed.text() + checked.stdout).lower()
        assert all(entry["username"] != "gopherbot" for entry in admin.acl_log())
