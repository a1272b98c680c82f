"""The simulator as a whole, with the API for tests."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import urllib3

from slack_simulator.control.control import Control
from slack_simulator.events.delivery import Answer
from slack_simulator.events.handshakes import app_rate_limited, verify_url
from slack_simulator.events.signing import signed_headers
from slack_simulator.feed.feed import PATIENCE
from slack_simulator.http import page_files
from slack_simulator.http.routing import RequestRouter
from slack_simulator.http.server import LoopbackServer
from slack_simulator.interactivity import webhooks
from slack_simulator.members.whole import WithMembers
from slack_simulator.scenarios.player import Player
from slack_simulator.scenarios.scenario import Scenario, of_entries
from slack_simulator.socket_mode import socket_mode
from slack_simulator.web_api import uploads
from slack_simulator.workspace.changes import JoinedChannel, JoinedTeam, LeftChannel, Posted
from slack_simulator.workspace.setup import WorkspaceSetup


class Simulator(WithMembers):
    """A simulated Slack. As a context manager, it runs inside its block."""

    def __init__(
        self,
        gateway: str | Sequence[str] | None = None,
        *,
        setup: WorkspaceSetup = WorkspaceSetup(),  # noqa: B008 - it is frozen
        signing_secret: str = "simulated-signing-secret",  # noqa: S107 - it guards nothing
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        """Create a simulator that isn't running yet.

        `gateway` is the address that receives events, or several that take turns. `setup` is the
        initial workspace. `port` 0 picks a free port. With `seed`, IDs and times are the same in
        each run: the clock stands still until it is advanced.

        Raise `ValueError` if `host` isn't a loopback address.
        """
        super().__init__(setup, signing_secret, seed=seed)
        self.gateway = gateway
        self._server = LoopbackServer(self._router(), host, port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start listening. Raise `OSError` if the port is taken."""
        self._server.start()
        self.web_api.files_url = self.url
        self.services.set_base_urls(self.url)
        self.interactivity.response_urls.base = self.url
        self.webhooks.base = self.url

    def stop(self) -> None:
        """Close every connection and stop, without waiting for requests in flight."""
        self.web_api.close()
        self.schedule.close()
        self.services.close()
        self.feed.close()
        self.deliveries.close()
        self.socket_mode.close()
        self._server.stop()

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return self._server.url

    @property
    def api_url(self) -> str:
        """The base URL of the Web API's methods; ends in `/api/`."""
        return f"{self.url}/api/"

    def environment(self) -> dict[str, str]:
        """Return the environment variables that connect an app to this Slack."""
        tokens = sorted(self.web_api.tokens or ["xoxb-simulated"])
        return {
            "SLACK_BOT_TOKEN": tokens[0],
            "SLACK_APP_TOKEN": "xapp-simulated",
            "SLACK_SIGNING_SECRET": self.signing_secret,
            "SLACK_API_URL": self.api_url,
            "SLACK_SIMULATOR_URL": self.url,
        }

    def wait_for_app(self, timeout: float = PATIENCE) -> None:
        """Wait until the app answers the URL verification challenge. Raise `TimeoutError`."""
        deadline = time.monotonic() + timeout
        while not self._is_verified():
            if time.monotonic() > deadline:
                where = ", ".join(self.gateway) or "no address; set `gateway`"
                raise TimeoutError(f"no app answered the challenge within {timeout:g} s at {where}")
            time.sleep(0.02)

    def _is_verified(self) -> bool:
        try:
            return self.verify_url()
        except (urllib3.exceptions.HTTPError, LookupError):
            return False

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Be unreachable inside the block: close all connections and refuse new ones."""
        self._server.stop()
        try:
            yield
        finally:
            self._server.start()

    # Member actions. `workspace` has more of them.

    def say(
        self,
        text: str,
        channel: str = "general",
        user: str = "regular",
        *,
        thread_ts: str | None = None,
        ts: str | None = None,
    ) -> Posted:
        """Post as a member; see `Workspace.say`."""
        return self.workspace.say(text, channel, user, thread_ts=thread_ts, ts=ts)

    def dm(self, text: str, user: str = "regular", *, thread_ts: str | None = None) -> Posted:
        """Send the bot a direct message as a member."""
        return self.workspace.say_directly(text, user, thread_ts=thread_ts)

    def upload(
        self, content: bytes | str, name: str = "main.go", channel: str = "general", **more: Any
    ) -> Posted:
        """Upload a file as a member; see `Workspace.upload`."""
        return self.workspace.upload(content, name, channel, **more)

    def join_team(self, name: str = "") -> JoinedTeam:
        """Add a new member to the workspace."""
        return self.workspace.join_team(name)

    def join_channel(self, channel: str = "newbies", user: str = "newcomer") -> JoinedChannel:
        """Add a member to a channel."""
        return self.workspace.join_channel(channel, user)

    def leave_channel(self, channel: str = "newbies", user: str = "newcomer") -> LeftChannel | None:
        """Remove a member from a channel; see `Workspace.leave_channel`."""
        return self.workspace.leave_channel(channel, user)

    # Other requests to the gateway.

    def deliver_raw(self, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        """Post `body` to the gateway once, with a valid signature unless `headers` are given."""
        return self.deliveries.post(body, self.sign(body) if headers is None else headers)

    def sign(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """Return the headers that Slack would send with `body`, dated `timestamp` or now."""
        return signed_headers(self.deliveries.signing_secret, body, timestamp)

    def verify_url(self) -> bool:
        """Return whether the gateway answers the URL verification challenge correctly."""
        return verify_url(self.identity, self.deliveries)

    def app_rate_limited(self) -> Answer:
        """Tell the gateway that Slack is rate limiting its events."""
        return app_rate_limited(self.identity, self.deliveries)

    # Scenarios.

    def scenario(self, after: int = 0) -> Scenario:
        """Return what members did after feed entry `after`, to be saved and played."""
        return of_entries(self.feed.after(after), self.workspace)

    def play(
        self,
        scenario: Scenario | Path | str,
        *,
        speed: float | None = None,
        timeout: float = PATIENCE,
    ) -> None:
        """Play a scenario, or the file of one; see `Player.play`."""
        if not isinstance(scenario, Scenario):
            scenario = Scenario.load(scenario)
        Player(self, timeout=timeout, pause=time.sleep).play(scenario, speed=speed)

    def _router(self) -> RequestRouter:
        handlers = {f"/{service.name}/": service.handle for service in self.services}
        handlers |= {"/api/": self.web_api.handle, "/files-pri/": self.web_api.download}
        handlers |= {
            "/hooks/": self.interactivity.respond,
            webhooks.PATH: self.webhooks.receive,
            uploads.PATH: self.uploads.receive,
            socket_mode.PATH: self.socket_mode.handle,
        }
        page = page_files.PageFiles(self.setup.custom_emoji)
        handlers |= {"/sim/": Control(self).handle, "/": page.handle}
        return RequestRouter(handlers)
