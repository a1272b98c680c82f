"""What the gateway reads of Slack's envelope: as much as it checks and routes by. Pure.

The rest of the body is forwarded untouched, as bytes.
"""

from __future__ import annotations

import re

import msgspec


class Authorization(msgspec.Struct):
    """Whom an event is delivered for: in a shared channel, ours and not the sender's."""

    team_id: str | None = None


class Event(msgspec.Struct):
    """The event's type, and what a message is routed and dated by."""

    type: str
    ts: object = None
    channel_type: object = None
    subtype: object = None
    channel: object = None
    bot_id: object = None


class Envelope(msgspec.Struct):
    """One request of the Events API. What is required depends on its type."""

    type: str
    token: str | None = None
    challenge: str | None = None
    api_app_id: str | None = None
    team_id: str | None = None
    authorizations: list[Authorization] | None = None
    event_id: str | None = None
    event_time: int | None = None
    event: Event | None = None
    minute_rate_limited: object = None

    @property
    def team(self) -> str | None:
        """The team that the event is for."""
        if self.authorizations and self.authorizations[0].team_id:
            return self.authorizations[0].team_id
        return self.team_id


class Malformed(Exception):
    """The body is not an envelope; the text names the field and shows nothing of the content."""


_REQUIRED = {
    "url_verification": ("challenge",),
    "app_rate_limited": ("api_app_id", "team"),
    "event_callback": ("api_app_id", "team", "event_id", "event_time", "event"),
}
_PATH = re.compile(r"^(?P<problem>.*) - at `\$\.?(?P<path>[a-z_.\[\]0-9.]*)`$")
_MISSING = re.compile(r"missing required field `(?P<field>[a-z_]+)`")

_decoder = msgspec.json.Decoder(Envelope)


def read(body: bytes) -> Envelope:
    """Read and check an envelope. Raise `Malformed`, naming the field."""
    try:
        # The worker will read the whole of it; msgspec does not look into what it skips.
        body.decode()
        envelope = _decoder.decode(body)
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    except msgspec.ValidationError as error:
        raise Malformed(_in_words(str(error))) from None
    except msgspec.DecodeError:
        raise Malformed("the body is not JSON") from None
    except RecursionError:
        raise Malformed("the body is nested too deeply") from None
    if envelope.type not in _REQUIRED:
        raise Malformed("type: none of " + ", ".join(_REQUIRED))
    for field in _REQUIRED[envelope.type]:
        if getattr(envelope, field) is None:
            raise Malformed(f"{'team_id' if field == 'team' else field}: missing")
    return envelope


def _in_words(problem: str) -> str:
    """Turn msgspec's words into `field: problem`."""
    at = _PATH.match(problem)
    path, words = (at["path"], at["problem"]) if at else ("", problem)
    missing = _MISSING.search(words)
    if missing:
        return f"{f'{path}.' if path else ''}{missing['field']}: missing"
    if not path and not at:
        return "the body is not a JSON object"
    return f"{path}: {words}".replace("`", "")
