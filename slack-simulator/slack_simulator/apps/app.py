"""An app in a simulated Slack, with the API for tests."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import urllib3

from slack_simulator.apps import running
from slack_simulator.events.delivery import Answer
from slack_simulator.events.handshakes import app_rate_limited, verify_url
from slack_simulator.events.signing import signed_headers
from slack_simulator.feed.feed import PATIENCE
from slack_simulator.members.whole import WithMembers
from slack_simulator.shared import Shared
from slack_simulator.workspace import shapes
from slack_simulator.workspace.changes import Posted
from slack_simulator.workspace.objects import AppIdentity
from slack_simulator.workspace.setup import AppSetup


class App(WithMembers):
    """An app: what members do with it, what it does, and what Slack sends it.

    `name` is in its tokens: `xoxb-NAME`, `xapp-NAME` and, for a moderator, `xoxp-NAME`.
    """

    def __init__(
        self, shared: Shared, identity: AppIdentity, app: AppSetup, signing_secret: str, name: str
    ) -> None:
        super().__init__(shared, identity, app, signing_secret)
        self.name = name
        self.installations.tokens[f"xoxp-{name}"] = self.workspace.user("moderator").id
        shared.apps[identity.app_id] = self

    def app(
        self,
        name: str,
        gateway: str | Sequence[str] | None = None,
        *,
        setup: AppSetup = AppSetup(),  # noqa: B008 - it is frozen
        channels: Sequence[str] | None = None,
    ) -> "App":
        """Add another app to the workspace, and return it. `name` is its bot's.

        `gateway` is where it receives events; none for Socket Mode. Its bot is in `channels`, or
        where the first app's bot is. Raise `ValueError` if the name is taken.
        """
        id = "".join(filter(str.isalnum, name)).upper()
        identity = msgspec.structs.replace(
            self.identity, app_id=f"A0{id}", bot_user_id=f"U0{id}", bot_id=f"B0{id}", bot_name=name
        )
        bot = self.workspace.add_bot(identity, channels)
        app = App(self.shared, identity, setup, f"{self.signing_secret}-of-{name}", name)
        app.installations.tokens |= {f"xoxb-{name}": "", f"xapp-{name}": ""}
        app.gateway = gateway or None
        app.listen_at(self.shared.url)
        about = {"bot": {"id": bot.id, "name": bot.name}, "user": shapes.user(identity, bot)}
        self.feed.append("app_added", {"app": identity.app_id, **about, "setup": setup})
        return app

    def environment(self) -> dict[str, str]:
        """Return the environment variables that connect the app to this Slack."""
        tokens = sorted(self.web_api.tokens or [f"xoxb-{self.name}"])
        return {
            "SLACK_BOT_TOKEN": tokens[0],
            "SLACK_APP_TOKEN": f"xapp-{self.name}",
            "SLACK_USER_TOKEN": f"xoxp-{self.name}",
            "SLACK_SIGNING_SECRET": self.signing_secret,
            "SLACK_API_URL": f"{self.shared.url}/api/",
            "SLACK_SIMULATOR_URL": self.shared.url,
        }

    @contextmanager
    def running(
        self,
        *command: str,
        path: str = "",
        folder: Path | str | None = None,
        timeout: float = PATIENCE,
    ) -> Iterator[None]:
        """Run the app inside the block: a file in Python or JavaScript, or a command.

        With `path`, as in `/slack/events`, it listens to HTTP at the port in its environment's
        `PORT`, and has no app-level token. Without, it connects over Socket Mode. Raise
        `RuntimeError` if the command ends too soon, or `TimeoutError`.
        """
        port, environment = running.free_port(), self.environment()
        if path:
            self.gateway = f"http://127.0.0.1:{port}{path}"
            environment |= {"PORT": str(port), "SLACK_APP_TOKEN": ""}
            is_up = self._is_verified
        else:
            is_up = self._is_connected
        with running.running(command, environment, is_up, folder=folder, timeout=timeout):
            yield

    def _is_connected(self) -> bool:
        return self.socket_mode.is_connected

    def user_token(self, user: str) -> str:
        """Return a token with which the app acts for a member. Raise `user_not_found`."""
        member = self.workspace.user(user)
        token = f"xoxp-{self.name}-{member.name}"
        self.installations.tokens[token] = member.id
        return token

    def dm(self, text: str, user: str = "regular", *, thread_ts: str | None = None) -> Posted:
        """Send the bot a direct message as a member."""
        return self.workspace.say_directly(text, user, to=self.bot, thread_ts=thread_ts)

    # Other requests to the gateway.

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
