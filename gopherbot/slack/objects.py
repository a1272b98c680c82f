"""What the client reads of Slack's objects, the bot's own ids, and what marks its posts.

https://docs.slack.dev/reference/objects
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from gopherbot import logs
from gopherbot.slack.errors import OutcomeUnknown, Rejected, Retryable, SlackError, TokenRefused

_NOT_A_PERSON = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")

_ASK_AGAIN_SECONDS = 1.0
_REJECTED_SECONDS = 30.0
_SITE = "https://slack.com/"

METADATA_TYPE = "gopherbot_reply"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, METADATA_TYPE)

log = logs.get_logger(__name__)


class Gettable(Protocol):
    """A mapping, or an answer of slack-sdk, which is none."""

    def get(self, key: str) -> Any: ...


class ApiResponse(Gettable, Protocol):
    """An answer of slack-sdk."""

    @property
    def headers(self) -> Gettable: ...


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
    """A channel."""

    id: str
    name: str
    creator: str = ""
    purpose: str = ""
    is_member: bool = False
    """Whether the bot is a member."""
    is_private: bool = False
    is_shared: bool = False
    """Whether members of another organization are in it, too."""

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Channel:
        """Read a conversation object: https://docs.slack.dev/reference/objects/conversation-object."""
        purpose = found.get("purpose")
        return cls(
            str(found["id"]),
            str(found.get("name") or ""),
            creator=str(found.get("creator") or ""),
            purpose=str(purpose.get("value") or "") if isinstance(purpose, dict) else "",
            is_member=found.get("is_member") is True,
            is_private=found.get("is_private") is True,
            is_shared=bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared")),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the workspace, from `users.list`."""

    id: str
    changed: float
    """When the profile last changed, in Unix seconds. Joining counts as a change."""
    is_person: bool
    """Whether this is an active, regular member: not a bot, guest, stranger or deleted user."""
    is_app: bool = False
    """Whether this is the account of an app."""
    is_deactivated: bool = False

    @classmethod
    def read(cls, user: Mapping[str, Any]) -> Member:
        """Read a user object: https://docs.slack.dev/reference/objects/user-object."""
        id, changed = str(user["id"]), user.get("updated")
        return cls(
            id,
            float(changed) if isinstance(changed, int | float) else 0.0,
            is_person=id != "USLACKBOT" and not any(user.get(field) for field in _NOT_A_PERSON),
            is_app=bool(user.get("is_bot")) or id == "USLACKBOT",
            is_deactivated=bool(user.get("deleted")),
        )


def _clock_ahead(date: str, now: float) -> float | None:
    """Return how many seconds `now` is ahead of a response's `Date`, which has whole seconds."""
    try:
        return now - (parsedate_to_datetime(date).timestamp() + 0.5)
    except ValueError:
        return None


class OwnIdentity:
    """The bot's own ids. Slack is asked until a call succeeds, then never again. Thread-safe."""

    def __init__(self, ask: Callable[[], Gettable]) -> None:
        """`ask` calls `auth.test`, and raises `SlackError`."""
        self._ask = ask
        self._lock = threading.Lock()
        self._ids: tuple[str, str, str] | None = None
        self._ask_again_at = 0.0

    @property
    def known_user(self) -> str:
        """The user id if Slack has given it before; otherwise ""."""
        return self._ids[0] if self._ids else ""

    def user(self) -> str:
        """Return the user id. Raise `SlackError`."""
        return self._own()[0]

    def site(self) -> str:
        """Return the workspace's address, with a slash at the end. Raise `SlackError`."""
        return self._own()[2]

    def wrote(self, message: Mapping[str, Any]) -> bool:
        """Return whether the bot wrote a message. Raise `SlackError`."""
        user, bot, _ = self._own()
        # A post under another name has no user.
        return user == message.get("user") or bot == message.get("bot_id")

    def _own(self) -> tuple[str, str, str]:
        if self._ids is None:
            with self._lock:
                if self._ids is None:
                    self._ids = self._asked()
        return self._ids

    def _asked(self) -> tuple[str, str, str]:
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
        return user, str(answer.get("bot_id") or ""), str(answer.get("url") or _SITE)


@dataclass(frozen=True, slots=True)
class ReplyMetadata:
    """The message metadata of a post, used to find it again.

    `message` is the `Message.id` of the answered message. `event_id` is the event that caused the
    post: the message itself or an edit.
    """

    message: str
    rule: str
    number: int
    event_id: str = ""

    def encode(self) -> dict[str, Any]:
        """Return Slack's metadata: https://docs.slack.dev/messaging/message-metadata."""
        payload = {
            "event_id": self.event_id,
            "message": self.message,
            "rule": self.rule,
            "number": self.number,
        }
        return {"event_type": METADATA_TYPE, "event_payload": payload}

    @property
    def client_msg_id(self) -> str:
        """The UUID of the post, the same whenever it is sent again for the same event."""
        whole = (self.message, self.rule, str(self.number), self.event_id)
        return str(uuid.uuid5(_NAMESPACE, "\0".join(whole)))

    def matches(self, metadata: object) -> bool:
        """Return whether a post's metadata identifies the same reply, whatever its event."""
        wanted = self.encode()
        if not isinstance(metadata, dict) or metadata.get("event_type") != wanted["event_type"]:
            return False
        payload = metadata.get("event_payload")
        return isinstance(payload, dict) and all(
            payload.get(name) == value
            for name, value in wanted["event_payload"].items()
            if name != "event_id"
        )
