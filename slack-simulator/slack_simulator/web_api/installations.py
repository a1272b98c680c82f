"""Installations of the app: codes of OAuth, and the tokens they are exchanged for."""

import threading
from collections.abc import Sequence

import msgspec

from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.timestamps import Clock

CODE_SECONDS = 600.0


class Installation(msgspec.Struct, kw_only=True):
    """An approved installation. `channel` is where its incoming webhook posts."""

    user: str
    scopes: list[str]
    user_scopes: list[str]
    redirect_uri: str
    channel: str
    token: str
    user_token: str
    until: float


class Installations:
    """Installations that wait to be exchanged for a token, and the tokens that were revoked."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self.revoked: set[str] = set()
        self.is_uninstalled = False
        self.tokens: dict[str, str] = {}
        """The tokens that were handed out → the member that each acts for; none for a bot's."""
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self._by_code: dict[str, Installation] = {}

    def revoke_all(self) -> None:
        """Revoke every token of the app until it is installed again."""
        self.is_uninstalled = True

    def is_revoked(self, token: str) -> bool:
        """Return whether a token was revoked."""
        return self.is_uninstalled or token in self.revoked

    def approve(
        self,
        user: str,
        scopes: list[str],
        *,
        user_scopes: Sequence[str] = (),
        redirect_uri: str = "",
        channel: str = "general",
    ) -> str:
        """Return the code of a new installation."""
        code = f"{self._ids.number()}.{self._ids.number()}.{self._ids.hex(64)}"
        with self._lock:
            self._by_code[code] = Installation(
                user=user,
                scopes=scopes,
                user_scopes=list(user_scopes),
                redirect_uri=redirect_uri,
                channel=channel,
                token=f"xoxb-{self._ids.number()}-{self._ids.hex(24)}",
                user_token=f"xoxp-{self._ids.number()}-{self._ids.hex(24)}",
                until=self._clock.monotonic() + CODE_SECONDS,
            )
        return code

    def knows(self, code: str) -> bool:
        """Return whether a code waits to be exchanged."""
        return code in self._by_code

    def exchange(self, code: str, redirect_uri: str) -> Installation:
        """Return the installation of a code. Raise `invalid_code` or `bad_redirect_uri`."""
        with self._lock:
            found = self._by_code.pop(code, None)
            if found is None or self._clock.monotonic() > found.until:
                raise SlackError("invalid_code")
            if redirect_uri and found.redirect_uri and redirect_uri != found.redirect_uri:
                raise SlackError("bad_redirect_uri")
            self.tokens |= {found.token: "", found.user_token: found.user}
            self.is_uninstalled = False
        return found
