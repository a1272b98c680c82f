"""Runs the whole bot on one machine, with a Redis and a simulated Slack: for dev, tests and bench.

with RedisServer() as redis, Simulator() as slack, LocalBot(redis.url, slack) as bot:
    slack.say("<@U0GOPHERBOT> flip a coin", channel="general")
    slack.wait_for_posts(1)
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import IO

import urllib3

from gopherbot.dev import procfile
from gopherbot.errors import GopherbotError
from gopherbot.slack.events import EVENT_PATH
from slack_simulator import Simulator
from slack_simulator.apps.running import free_port

APP = "gopherbot-dev"
READY_SECONDS = 60


class NotReady(GopherbotError):
    """Raised if the bot does not become ready."""


def environment(redis_url: str, slack: Simulator, port: int) -> dict[str, str]:
    """Return the environment of a bot that talks to a simulated Slack, as in production."""
    return {
        **_address(port),
        "ENV": "production",
        "REDIS_URL": redis_url,
        "GOPHER_REDIS_INSECURE": "1",
        "GOPHER_SLACK_APP_ID": slack.identity.app_id,
        "GOPHER_SLACK_TEAM_ID": slack.identity.team_id,
        "GOPHER_SLACK_REQUEST_SECRET": slack.signing_secret,
        "GOPHER_SLACK_BOT_ACCESS_TOKEN": "xoxb-simulated",
        "GOPHER_SLACK_API_URL": slack.api_url,
        "GOPHER_PLAYGROUND_URL": f"{slack.url}/playground",
        "GOPHER_GERRIT_URL": f"{slack.url}/gerrit",
        "GOPHER_CHANGELOG_URL": f"{slack.url}/changelog",
        "GOPHER_MASTODON_URL": f"{slack.url}/mastodon",
        "GOPHER_GITHUB_URL": f"{slack.url}/github",
        "GOPHER_VULNDB_URL": f"{slack.url}/vulndb",
        "GOPHER_FEEDS_URL": f"{slack.url}/feeds",
        "HEROKU_APP_NAME": APP,
    }


def _address(port: int) -> dict[str, str]:
    return {"PORT": str(port), "GOPHER_GATEWAY_URL": f"http://127.0.0.1:{port}"}


class LocalBot:
    """Some or all of the Procfile's lines, each a `Dyno`; points the simulator at its gateway.

    `more` adds or replaces environment variables; `output` receives what the processes print (a
    file, or `subprocess.PIPE`).
    """

    def __init__(
        self,
        redis_url: str,
        slack: Simulator,
        *,
        names: Sequence[str] = ("web", "worker", "scheduler"),
        more: Mapping[str, str] | None = None,
        output: int | IO[bytes] | None = None,
        procfile_path: Path = procfile.ROOT / "Procfile",
    ) -> None:
        self.port = free_port()
        self.slack = slack
        self.names = names
        self.commands = procfile.lines(procfile_path)
        self.environment = (
            environment(redis_url, slack, self.port)
            # Not reachable from outside, because its signing secret is public.
            | {"GOPHER_HOST": "127.0.0.1"}
            | dict(more or {})
        )
        self.output = output
        self.dynos: dict[str, procfile.Dyno] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def events_url(self) -> str:
        """Return the address to which Slack posts events."""
        return f"{self.url}{EVENT_PATH}"

    def start(self, name: str, **more: str) -> procfile.Dyno:
        """Start or restart one line, with `more` in its environment."""
        dyno = self.new_dyno(self.commands[name], self.environment | more)
        self.dynos[name] = dyno
        return dyno

    def new_dyno(self, command: str, environment: Mapping[str, str]) -> procfile.Dyno:
        return procfile.Dyno(command, environment, self.output)

    def successor(self) -> LocalBot:
        """Return a bot like this one, on a port of its own and not yet started."""
        other = copy(self)
        other.port, other.dynos = free_port(), {}
        other.environment = self.environment | _address(other.port)
        return other

    def become(self, other: LocalBot) -> None:
        """Take over another bot's port and processes."""
        self.port, self.environment, self.dynos = other.port, other.environment, other.dynos

    def is_ready(self) -> bool:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            return urllib3.request("GET", f"{self.url}/_ready", retries=False).status == 200
        return False

    def wait_until_ready(
        self,
        *,
        also: Callable[[], object] = lambda: True,
        unless: Callable[[], object] = lambda: False,
    ) -> None:
        """Wait until the gateway is ready and `also` returns true, or `unless` does.

        Raise `NotReady` if a process exits or time runs out.
        """
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if unless():
                return
            if any(dyno.process.poll() is not None for dyno in self.dynos.values()):
                raise NotReady("a process of the bot exited while starting")
            if self.is_ready() and also():
                return
            time.sleep(0.02)
        raise NotReady(f"the bot wasn't ready within {READY_SECONDS} s")

    def __enter__(self) -> LocalBot:
        self.slack.gateway = self.events_url
        try:
            for name in self.names:
                self.start(name)
            if "web" in self.names:
                self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        for dyno in self.dynos.values():
            dyno.terminate()
        for dyno in self.dynos.values():
            dyno.stop()
