"""What the client reads of Slack's objects: https://docs.slack.dev/reference/objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NOT_A_PERSON = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """Who a token is, and what it may do."""

    user: str
    team: str
    team_id: str
    bot_id: str
    scopes: frozenset[str]
    clock_ahead: float | None
    """How many seconds this machine's clock is ahead of Slack's, to a second or so."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A public channel, from `conversations.list`; two are from `conversations.info` alone."""

    id: str
    name: str
    creator: str = ""
    purpose: str = ""
    is_member: bool = False
    """Whether the bot is in it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the workspace, from `users.list`."""

    id: str
    changed: float
    """When the profile changed last, in Unix seconds: at the latest when they joined."""
    is_person: bool
    """No bot, no guest, nobody of another workspace or who is gone."""

    @classmethod
    def read(cls, user: Mapping[str, Any]) -> Member:
        """Return the member of a user object: https://docs.slack.dev/reference/objects/user-object."""
        id, changed = str(user["id"]), user.get("updated")
        return cls(
            id,
            float(changed) if isinstance(changed, int | float) else 0.0,
            is_person=id != "USLACKBOT" and not any(user.get(field) for field in _NOT_A_PERSON),
        )
