"""The members of user groups, asked for at most once in five minutes each."""

from __future__ import annotations

import time

from gopherbot import logs
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import Rejected

_KEPT_SECONDS = 5 * 60

log = logs.get_logger(__name__)


class UserGroupMembers:
    """The port through which rules ask who is in a user group."""

    def __init__(self, slack: Slack) -> None:
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
