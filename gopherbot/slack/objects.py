"""The parts of Slack's objects that the client reads: https://docs.slack.dev/reference/objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

_NOT_A_PERSON = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")


class Gettable(Protocol):
    """A mapping, or an answer of slack-sdk, which is none."""

    def get(self, key: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """The identity and the scopes of a token."""

    user: str
    team: str
    team_id: str
    bot_id: str
    scopes: frozenset[str]
    clock_ahead: float | None
    """How many seconds this machine's clock is ahead of Slack's, to about a second."""

    @classmethod
    def read(cls, answer: Gettable, headers: Gettable, now: float) -> TokenIdentity:
        """Read the answer of `auth.test`. `now` is when it came, in Unix seconds."""
        scopes = str(headers.get("x-oauth-scopes") or "").split(",")
        return cls(
            user=str(answer.get("user") or ""),
            team=str(answer.get("team") or ""),
            team_id=str(answer.get("team_id") or ""),
            bot_id=str(answer.get("bot_id") or ""),
            scopes=frozenset(scope.strip() for scope in scopes if scope.strip()),
            clock_ahead=_clock_ahead(str(headers.get("date") or ""), now),
        )


@dataclass(frozen=True, slots=True)
class Channel:
    """A public channel. `creator` and `purpose` are set only by `conversations.info`."""

    id: str
    name: str
    creator: str = ""
    purpose: str = ""
    is_member: bool = False
    """Whether the bot is a member."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the workspace, from `users.list`."""

    id: str
    changed: float
    """When the profile last changed, in Unix seconds. Joining counts as a change."""
    is_person: bool
    """Whether this is an active, regular member: not a bot, guest, stranger or deleted user."""

    @classmethod
    def read(cls, user: Mapping[str, Any]) -> Member:
        """Read a user object: https://docs.slack.dev/reference/objects/user-object."""
        id, changed = str(user["id"]), user.get("updated")
        return cls(
            id,
            float(changed) if isinstance(changed, int | float) else 0.0,
            is_person=id != "USLACKBOT" and not any(user.get(field) for field in _NOT_A_PERSON),
        )


def _clock_ahead(date: str, now: float) -> float | None:
    """Return how many seconds `now` is ahead of a response's `Date`, which has whole seconds."""
    try:
        return now - (parsedate_to_datetime(date).timestamp() + 0.5)
    except ValueError:
        return None
