"""The parts of Slack's envelope that the gateway needs for its checks and for routing. Pure.

The whole body is forwarded unchanged, as bytes.
"""

from __future__ import annotations

import re

import msgspec

from gopherbot.decoding import Shape, without_lone_surrogates


class TeamAuthorization(msgspec.Struct):
    """An installation that the event is for. In a shared channel: our team, not the sender's."""

    team_id: str | None = None


class RoutedEvent(msgspec.Struct):
    """The event's type, and the fields used to route and date it."""

    type: str
    ts: object = None
    channel_type: object = None
    subtype: object = None
    channel: object = None
    bot_id: object = None


class SlackRequest(msgspec.Struct):
    """One request of the Events API. Its type determines which fields are required."""

    type: str
    token: str | None = None
    challenge: str | None = None
    api_app_id: str | None = None
    team_id: str | None = None
    authorizations: list[TeamAuthorization] | None = None
    event_id: str | None = None
    event_time: int | None = None
    event: RoutedEvent | None = None
    minute_rate_limited: object = None

    @property
    def team(self) -> str | None:
        """The team that the event is for."""
        if self.authorizations and self.authorizations[0].team_id:
            return self.authorizations[0].team_id
        return self.team_id


class Malformed(Exception):
    """The body is not a valid envelope. The message names the field but shows no content."""


_REQUIRED = {
    "url_verification": ("challenge",),
    "app_rate_limited": ("api_app_id", "team"),
    "event_callback": ("api_app_id", "team", "event_id", "event_time", "event"),
}
_PATH = re.compile(r"^(?P<problem>.*) - at `\$\.?(?P<path>[a-z_.\[\]0-9.]*)`$")
_MISSING = re.compile(r"missing required field `(?P<field>[a-z_]+)`")

_decoder = msgspec.json.Decoder(SlackRequest)


def decode(body: bytes, decoder: msgspec.json.Decoder[Shape]) -> tuple[Shape, bytes]:
    """Return the decoded body, and the body as a worker can read it.

    Raise `Malformed`, naming the field.
    """
    try:
        # msgspec does not validate fields that it skips, but the worker will read some of them.
        body.decode()
        return decoder.decode(body), body
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    except msgspec.ValidationError as error:
        raise Malformed(_in_words(str(error))) from None
    except msgspec.DecodeError:
        whole = without_lone_surrogates(body)
        if whole == body:
            raise Malformed("the body is not JSON") from None
        return decode(whole, decoder)
    except RecursionError:
        raise Malformed("the body is nested too deeply") from None


def read(body: bytes) -> tuple[SlackRequest, bytes]:
    """Return the checked envelope, and the body as a worker can read it.

    Raise `Malformed`, naming the field.
    """
    envelope, body = decode(body, _decoder)
    if envelope.type not in _REQUIRED:
        raise Malformed("type: must be one of " + ", ".join(_REQUIRED))
    for field in _REQUIRED[envelope.type]:
        if getattr(envelope, field) is None:
            raise Malformed(f"{'team_id' if field == 'team' else field}: missing")
    return envelope, body


def _in_words(problem: str) -> str:
    """Return msgspec's message as `field: problem`."""
    at = _PATH.match(problem)
    path, words = (at["path"], at["problem"]) if at else ("", problem)
    missing = _MISSING.search(words)
    if missing:
        return f"{f'{path}.' if path else ''}{missing['field']}: missing"
    if not path and not at:
        return "the body is not a JSON object"
    return f"{path}: {words}".replace("`", "")
