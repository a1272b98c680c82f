"""The simulator as a whole, with the API for tests."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from slack_simulator.apps import dispatch
from slack_simulator.apps.app import App
from slack_simulator.control.control import Control
from slack_simulator.feed.feed import PATIENCE
from slack_simulator.http import page_files
from slack_simulator.http.messages import Request, Response
from slack_simulator.http.routing import RequestRouter
from slack_simulator.http.server import LoopbackServer
from slack_simulator.interactivity import webhooks
from slack_simulator.scenarios.player import Player
from slack_simulator.scenarios.scenario import Scenario, of_entries
from slack_simulator.shared import Shared
from slack_simulator.socket_mode import socket_mode
from slack_simulator.web_api import uploads
from slack_simulator.workspace.changes import JoinedChannel, JoinedTeam, LeftChannel, Posted
from slack_simulator.workspace.setup import WorkspaceSetup


class Simulator(App):
    """A simulated Slack with its first app. As a context manager, it runs inside its block."""

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
        shared = Shared(setup, seed=seed)
        super().__init__(shared, setup.identity, setup.app, signing_secret, "simulated")
        self.gateway = gateway
        for other in setup.other_apps:
            self.app(other.name, other.gateway, setup=other, channels=other.channels)
        self._server = LoopbackServer(self._router(), host, port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start listening. Raise `OSError` if the port is taken."""
        self._server.start()
        self.shared.url = self.url
        self.services.set_base_urls(self.url)
        for app in self.shared.apps.values():
            app.listen_at(self.url)

    def stop(self) -> None:
        """Close every connection and stop, without waiting for requests in flight."""
        self.shared.close()
        self._server.stop()

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return self._server.url

    @property
    def api_url(self) -> str:
        """The base URL of the Web API's methods; ends in `/api/`."""
        return f"{self.url}/api/"

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
        handlers |= {
            "/api/": lambda request: self._caller(request).web_api.handle(request),
            "/files-pri/": lambda request: self._caller(request).web_api.download(request),
            "/hooks/": self._respond,
            webhooks.PATH: lambda request: self._owner(request).webhooks.receive(request),
            uploads.PATH: self.uploads.receive,
            socket_mode.PATH: lambda request: self._owner(request).socket_mode.handle(request),
        }
        page = page_files.PageFiles(self.setup.custom_emoji)
        handlers |= {"/sim/": Control(self).handle, "/": page.handle}
        return RequestRouter(handlers)

    def _respond(self, request: Request) -> Response:
        return self._owner(request).interactivity.responses.receive(request)

    def _caller(self, request: Request) -> App:
        return dispatch.by_token(self.shared, request)

    def _owner(self, request: Request) -> App:
        return dispatch.by_address(self.shared, request)
