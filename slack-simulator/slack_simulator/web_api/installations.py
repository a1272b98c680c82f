"""Installations of the app: codes of OAuth, and the tokens they are exchanged for."""

import threading
from collections.abc import Sequence

import msgspec

from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.objects import Json
from slack_simulator.workspace.timestamps import Clock

CODE_SECONDS = 600.0
TOKEN_SECONDS = 12 * 60 * 60
"""How long a token lives if the app rotates its tokens."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A token for the bot, or for the member `user`. Without rotation, it can't be refreshed."""

    token: str
    refresh_token: str
    user: str
    scopes: list[str]

    @property
    def shape(self) -> Json:
        """The grant as oauth.v2.access answers it."""
        shape: Json = {
            "access_token": self.token,
            "token_type": "user" if self.user else "bot",
            "scope": ",".join(self.scopes),
        }
        if self.refresh_token:
            shape |= {"refresh_token": self.refresh_token, "expires_in": TOKEN_SECONDS}
        return shape


class Installation(msgspec.Struct, kw_only=True):
    """An approved installation. `channel` is where its incoming webhook posts.

    `nonce` is what a site that lets members sign in finds again in their ID tokens.
    """

    user: str
    scopes: list[str]
    user_scopes: list[str]
    redirect_uri: str
    nonce: str
    channel: str
    until: float


class Installations:
    """Installations that wait to be exchanged for a token, and the tokens that were revoked."""

    def __init__(self, clock: Clock, ids: Ids, *, rotates: bool) -> None:
        """Create it. With `rotates`, tokens expire and have to be refreshed."""
        self.rotates = rotates
        self.revoked: set[str] = set()
        self.is_uninstalled = False
        self.tokens: dict[str, str] = {}
        """The tokens that were handed out → the member that each acts for; none for a bot's."""
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self._by_code: dict[str, Installation] = {}
        self._refreshable: dict[str, Grant] = {}
        self._expiry: dict[str, float] = {}

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
        nonce: str = "",
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
                nonce=nonce,
                channel=channel,
                until=self._clock.monotonic() + CODE_SECONDS,
            )
        return code

    def knows(self, code: str) -> bool:
        """Return whether a code, or a refresh token, waits to be exchanged."""
        return code in self._by_code or code in self._refreshable

    def is_expired(self, token: str) -> bool:
        """Return whether a token has to be refreshed."""
        return self._clock.monotonic() > self._expiry.get(token, float("inf"))

    def grant(self, scopes: list[str], user: str = "") -> Grant:
        """Return a new token for the bot, or for a member."""
        token = f"{'xoxp' if user else 'xoxb'}-{self._ids.number()}-{self._ids.hex(24)}"
        refresh_token = ""
        if self.rotates:
            token, refresh_token = f"xoxe.{token}", f"xoxe-1-{self._ids.hex(32)}"
            self._expiry[token] = self._clock.monotonic() + TOKEN_SECONDS
        made = Grant(token=token, refresh_token=refresh_token, user=user, scopes=scopes)
        self.tokens[token] = user
        self._refreshable |= {refresh_token: made} if refresh_token else {}
        return made

    def refresh(self, refresh_token: str) -> Grant:
        """Exchange a refresh token, once. Raise `invalid_refresh_token`."""
        with self._lock:
            before = self._refreshable.pop(refresh_token, None)
            if before is None:
                raise SlackError("invalid_refresh_token")
            return self.grant(before.scopes, before.user)

    def exchange(self, code: str, redirect_uri: str) -> Installation:
        """Return the installation of a code. Raise `invalid_code` or `bad_redirect_uri`."""
        with self._lock:
            found = self._by_code.pop(code, None)
            if found is None or self._clock.monotonic() > found.until:
                raise SlackError("invalid_code")
            if redirect_uri and found.redirect_uri and redirect_uri != found.redirect_uri:
                raise SlackError("bad_redirect_uri")
            self.is_uninstalled = False
        return found
