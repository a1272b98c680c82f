"""The calls that look up channels, members, files and the app itself."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from gopherbot import logs
from gopherbot.slack.errors import Rejected
from gopherbot.slack.objects import ApiResponse, Channel, Member, TokenIdentity

_PAGE = 200
_MEMBERS_PAGE = 500
_KEPT_SECONDS = 5 * 60

log = logs.get_logger(__name__)


class Directory(ABC):
    """The look-ups. Methods raise only `SlackError`s (`errors.py`)."""

    def public_channels(self, *, max_wait: float = 0.0) -> Iterator[list[Channel]]:
        """Yield all public channels that are not archived, page by page.

        Rate limits of up to `max_wait` seconds are waited out. A large workspace may have more
        pages than Slack allows per minute, so starting over after each limit would never finish.
        """
        yield from self._channels("public_channel", max_wait)

    def private_channels(self) -> list[Channel]:
        """Return the private channels that the bot is in and that are not archived."""
        return [channel for page in self._channels("private_channel") for channel in page]

    def _channels(self, types: str, max_wait: float = 0.0) -> Iterator[list[Channel]]:
        arguments = {"types": types, "exclude_archived": True, "limit": _PAGE}
        for page in self._pages("conversations.list", arguments, max_wait=max_wait):
            yield [
                Channel.read(channel)
                for channel in page.get("channels") or ()
                if not channel.get("is_archived")
            ]

    def members(self, *, max_wait: float = 0.0) -> Iterator[list[Member]]:
        """Yield all members of the workspace, page by page. See `public_channels` for `max_wait`.

        https://docs.slack.dev/reference/methods/users.list
        """
        for page in self._pages("users.list", {"limit": _MEMBERS_PAGE}, max_wait=max_wait):
            yield [Member.read(user) for user in page.get("members") or ()]

    def channel(self, id: str) -> Channel | None:
        """Return a channel, or None if it is archived.

        https://docs.slack.dev/reference/methods/conversations.info
        """
        found = self._call("conversations.info", params={"channel": id}).get("channel") or {}
        return None if found.get("is_archived") else Channel.read({"id": id, **found})

    def user_groups(self) -> dict[str, str]:
        """Return the handles of all user groups by id, also of disabled ones.

        https://docs.slack.dev/reference/methods/usergroups.list
        """
        answer = self._call("usergroups.list", params={"include_disabled": True})
        groups = answer.get("usergroups") or ()
        return {str(group["id"]): str(group.get("handle") or "") for group in groups}

    def name_of(self, user: str) -> str:
        """Return the name that members see: https://docs.slack.dev/reference/methods/users.info."""
        found = self._call("users.info", params={"user": user}).get("user") or {}
        profile = found.get("profile") or {}
        return str(profile.get("display_name") or found.get("real_name") or found.get("name") or "")

    def group_members(self, id: str) -> frozenset[str]:
        """Return the ids of a user group's members.

        https://docs.slack.dev/reference/methods/usergroups.users.list
        """
        answer = self._call("usergroups.users.list", params={"usergroup": id})
        return frozenset(map(str, answer.get("users") or ()))

    def file(self, id: str) -> Mapping[str, Any]:
        """Return Slack's file object: https://docs.slack.dev/reference/methods/files.info."""
        answer = self._call("files.info", params={"file": id})
        found = answer.get("file")
        return found if isinstance(found, dict) else {}

    def who_am_i(self) -> TokenIdentity:
        """Return the token's identity: https://docs.slack.dev/reference/methods/auth.test."""
        answer = self._call("auth.test")
        return TokenIdentity.read(answer, answer.headers, time.time())

    def app_of(self, bot_id: str) -> str:
        """Return the id of the app that a bot belongs to: https://docs.slack.dev/reference/methods/bots.info."""
        bot = self._call("bots.info", params={"bot": bot_id}).get("bot") or {}
        return str(bot.get("app_id") or "")

    @abstractmethod
    def _call(self, method: str, *, done: str = "", **arguments: Any) -> ApiResponse:
        """Call a method. The error `done` counts as success: its effect is already in place."""

    @abstractmethod
    def _pages(
        self,
        method: str,
        arguments: dict[str, Any],
        most: int | None = None,
        max_wait: float = 0.0,
    ) -> Iterator[ApiResponse]:
        """Yield the pages of a method's answer, at most `most`."""


class UserGroupMembers:
    """The port through which rules ask who is in a user group; asks once in five minutes."""

    def __init__(self, slack: Directory) -> None:
        self._slack = slack
        self._known: dict[str, tuple[float, frozenset[str] | None]] = {}

    def has(self, group: str, user: str) -> bool:
        """Return whether a user is in a group; True if Slack rejects the question.

        Nobody is told that a channel isn't theirs because the bot may not see whose it is. Raise
        `SlackError` if Slack is unreachable.
        """
        until, members = self._known.get(group, (0.0, None))
        if time.monotonic() > until:
            members = self._ask(group)
            self._known[group] = (time.monotonic() + _KEPT_SECONDS, members)
        return members is None or user in members

    def _ask(self, group: str) -> frozenset[str] | None:
        try:
            return self._slack.group_members(group)
        except Rejected as rejection:
            log.warning("cannot see who is in a user group", group=group, call=str(rejection))
            return None
