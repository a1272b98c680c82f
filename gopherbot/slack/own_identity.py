"""The bot's own user id and bot id, as Slack's `auth.test` gives them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from gopherbot import logs
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable, SlackError, TokenRefused
from gopherbot.slack.objects import Gettable

_ASK_AGAIN_SECONDS = 1.0
_REJECTED_SECONDS = 30.0

log = logs.get_logger(__name__)


class OwnIdentity:
    """The bot's own ids. Slack is asked until a call succeeds, then never again. Thread-safe."""

    def __init__(self, ask: Callable[[], Gettable]) -> None:
        """`ask` calls `auth.test`, and raises `SlackError`."""
        self._ask = ask
        self._lock = threading.Lock()
        self._ids: tuple[str, str] | None = None
        self._ask_again_at = 0.0

    @property
    def known_user(self) -> str:
        """The user id if Slack has given it before; otherwise ""."""
        return self._ids[0] if self._ids else ""

    def user(self) -> str:
        """Return the user id. Raise `SlackError`."""
        return self._own()[0]

    def wrote(self, message: Mapping[str, Any]) -> bool:
        """Return whether the bot wrote a message. Raise `SlackError`."""
        user, bot = self._own()
        # A post under another name has no user.
        return user == message.get("user") or bot == message.get("bot_id")

    def _own(self) -> tuple[str, str]:
        if self._ids is None:
            with self._lock:
                if self._ids is None:
                    self._ids = self._asked()
        return self._ids

    def _asked(self) -> tuple[str, str]:
        # Many threads need the ids when a worker starts. After a failure, not all of them call.
        if time.monotonic() < self._ask_again_at:
            raise Retryable("auth.test: failed a moment ago")
        pause = _ASK_AGAIN_SECONDS
        try:
            answer = self._ask()
            user = answer.get("user_id")
            if not isinstance(user, str) or not user:
                raise OutcomeUnknown("auth.test: no user id in the answer")
        except SlackError as error:
            if isinstance(error, (Rejected, TokenRefused)):
                log.error("slack rejects the bot token", error=error.error)
                pause = _REJECTED_SECONDS
            self._ask_again_at = time.monotonic() + pause
            raise
        log.info("authenticated with slack", user=user, team=answer.get("team_id"))
        return user, str(answer.get("bot_id") or "")
