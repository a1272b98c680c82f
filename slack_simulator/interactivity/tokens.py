"""Ids that an app may use for a while: to open a modal, and to answer where it was asked."""

import secrets
import threading
import time

import msgspec

from slack_simulator.workspace.errors import SlackError

RESPONSE_SECONDS = 30 * 60.0
MOST_RESPONSES = 5


class Trigger(msgspec.Struct, kw_only=True):
    """What a trigger id stands for: who did something, and in which modal if in one."""

    user: str
    view_id: str | None
    until: float
    used: bool = False


class Triggers:
    """Trigger ids: each opens one modal, within `seconds`. `seconds` may be set."""

    def __init__(self) -> None:
        self.seconds = 3.0
        self._lock = threading.Lock()
        self._triggers: dict[str, Trigger] = {}

    def new(self, user: str, view_id: str | None = None) -> str:
        """Return a trigger id for something that a member did."""
        trigger_id = (
            f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        )
        until = time.monotonic() + self.seconds
        with self._lock:
            self._triggers[trigger_id] = Trigger(user=user, view_id=view_id, until=until)
        return trigger_id

    def use(self, trigger_id: str) -> Trigger:
        """Use a trigger up: `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`."""
        with self._lock:
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                raise SlackError("invalid_trigger_id")
            if trigger.used:
                raise SlackError("exchanged_trigger_id")
            if time.monotonic() > trigger.until:
                raise SlackError("expired_trigger_id")
            trigger.used = True
        return trigger


class ResponseUrl(msgspec.Struct, kw_only=True):
    """Where an app may answer: the channel, who asked, and the message it was about if any."""

    channel: str
    user: str
    ts: str | None
    until: float
    left: int = MOST_RESPONSES


class ResponseUrls:
    """Addresses for answers, each good for a few of them within half an hour."""

    def __init__(self) -> None:
        self.base = ""
        """The simulator's address, once it listens."""
        self._lock = threading.Lock()
        self._known: dict[str, ResponseUrl] = {}

    def new(self, channel: str, user: str, ts: str | None = None) -> str:
        """Return an address at which the app may answer."""
        token = secrets.token_urlsafe(24)
        until = time.monotonic() + RESPONSE_SECONDS
        with self._lock:
            self._known[token] = ResponseUrl(channel=channel, user=user, ts=ts, until=until)
        return f"{self.base}/hooks/{token}"

    def use(self, token: str) -> ResponseUrl:
        """Count an answer: `invalid_token`, `expired_url`, `used_url`."""
        with self._lock:
            known = self._known.get(token)
            if known is None:
                raise SlackError("invalid_token")
            if time.monotonic() > known.until:
                raise SlackError("expired_url")
            if known.left < 1:
                raise SlackError("used_url")
            known.left -= 1
        return known
