"""Short-lived trigger IDs, which open modals, and response URLs, which accept answers."""

import threading

import msgspec

from slack_simulator.workspace.errors import SlackError
from slack_simulator.workspace.ids import Ids
from slack_simulator.workspace.timestamps import Clock

RESPONSE_SECONDS = 30 * 60.0
MOST_RESPONSES = 5


class Trigger(msgspec.Struct, kw_only=True):
    """The user behind a trigger ID, and the modal or the channel it comes from, if any."""

    user: str
    view_id: str | None
    channel: str | None
    until: float
    used: bool = False


class Triggers:
    """Trigger IDs. Each opens one modal within `seconds`, which can be set."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self.seconds = 3.0
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self._triggers: dict[str, Trigger] = {}

    def new(self, user: str, view_id: str | None = None, channel: str | None = None) -> str:
        """Return a new trigger ID for a member's interaction."""
        trigger_id = f"{self._ids.number()}.{self._ids.number()}.{self._ids.hex(32)}"
        until = self._clock.monotonic() + self.seconds
        with self._lock:
            self._triggers[trigger_id] = Trigger(
                user=user, view_id=view_id, channel=channel, until=until
            )
        return trigger_id

    def use(self, trigger_id: str) -> Trigger:
        """Exchange a trigger ID. Raise `invalid_`, `exchanged_` or `expired_trigger_id`."""
        with self._lock:
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                raise SlackError("invalid_trigger_id")
            if trigger.used:
                raise SlackError("exchanged_trigger_id")
            if self._clock.monotonic() > trigger.until:
                raise SlackError("expired_trigger_id")
            trigger.used = True
        return trigger


class ResponseUrl(msgspec.Struct, kw_only=True):
    """The channel, user and original message (if any) that a response URL belongs to."""

    channel: str
    user: str
    ts: str | None
    until: float
    left: int = MOST_RESPONSES


class ResponseUrls:
    """Response URLs. Each accepts `MOST_RESPONSES` responses within `RESPONSE_SECONDS`."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self.base = ""
        """The address below which they are, set once the simulator listens."""
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self._known: dict[str, ResponseUrl] = {}

    def new(self, channel: str, user: str, ts: str | None = None) -> str:
        """Return a new response URL."""
        token = self._ids.token()
        until = self._clock.monotonic() + RESPONSE_SECONDS
        with self._lock:
            self._known[token] = ResponseUrl(channel=channel, user=user, ts=ts, until=until)
        return f"{self.base}/{token}"

    def use(self, token: str) -> ResponseUrl:
        """Count a response. Raise `invalid_token`, `expired_url` or `used_url`."""
        with self._lock:
            known = self._known.get(token)
            if known is None:
                raise SlackError("invalid_token")
            if self._clock.monotonic() > known.until:
                raise SlackError("expired_url")
            if known.left < 1:
                raise SlackError("used_url")
            known.left -= 1
        return known
