"""The envelopes of events: https://docs.slack.dev/apis/events-api#events-JSON"""

import base64
import itertools
import secrets
import time
from typing import Self

import msgspec
from msgspec import structs

from slack_simulator.workspace.objects import AppIdentity, Json

_prefix = secrets.token_hex(3).upper()
_numbers = itertools.count(1)


class EventEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is ready to be signed and sent as `body`."""

    event_id: str
    event_type: str
    body: bytes

    def dated(self, at: float) -> Self:
        """Return the same event with another `event_time`, in Unix seconds."""
        whole: Json = msgspec.json.decode(self.body) | {"event_time": int(at)}
        return structs.replace(self, body=msgspec.json.encode(whole))


def wrap(identity: AppIdentity, event: Json, **overrides: object) -> EventEnvelope:
    """Wrap an inner event in an envelope. `overrides` replace the envelope's fields."""
    event_id = f"Ev{_prefix}{next(_numbers):05X}"
    whole: Json = {
        "token": identity.verification_token,
        "team_id": identity.team_id,
        "context_team_id": identity.team_id,
        "context_enterprise_id": None,
        "api_app_id": identity.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": authorizations(identity),
        "is_ext_shared_channel": False,
        "event_context": _context(identity, event),
    }
    whole |= overrides
    return EventEnvelope(
        event_id=str(whole["event_id"]),
        event_type=str(event.get("type", "")),
        body=msgspec.json.encode(whole),
    )


def authorizations(identity: AppIdentity) -> list[Json]:
    """Return for whom the app gets its events: its bot."""
    bot: Json = {
        "enterprise_id": None,
        "team_id": identity.team_id,
        "user_id": identity.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return [bot]


def _context(identity: AppIdentity, event: Json) -> str:
    """Return Slack's opaque `event_context`: a small JSON object in base64."""
    facts: Json = {"et": event.get("type"), "tid": identity.team_id, "aid": identity.app_id}
    if isinstance(event.get("channel"), str):
        facts["cid"] = event["channel"]
    return "4-" + base64.b64encode(msgspec.json.encode(facts)).decode()
