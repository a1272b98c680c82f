"""Slack's rate limits: https://docs.slack.dev/apis/web-api/rate-limits

Each method has a tier, which allows a number of calls per minute. Posting has a limit of its own,
about one message per second and channel. History has a stricter one for apps that are distributed
outside of Slack's Marketplace.
"""

import math
import threading
from typing import Final, Literal

import msgspec

from slack_simulator.workspace.timestamps import Clock


class RateLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Allow `per_second` calls per second, and bursts of up to `burst`."""

    per_second: float = 1.0
    burst: int = 1

    def __post_init__(self) -> None:
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError("per_second must be above 0 and burst at least 1")


#: Where an app is installed: in its own workspace, or in others without being in the Marketplace.
Distribution = Literal["internal", "distributed"]

POSTING: Final = frozenset({"chat.postMessage", "chat.postEphemeral"})
HISTORY: Final = frozenset({"conversations.history", "conversations.replies"})
MOST_DISTRIBUTED: Final = 15
"""The most messages that a distributed app gets in one call for history."""

#: Calls per minute by tier.
PER_MINUTE: Final = {1: 1, 2: 20, 3: 50, 4: 100}

_TIERS: Final = {
    1: "apps.connections.open",
    2: "admin.apps.approve admin.apps.approved.list admin.apps.clearResolution "
    "admin.apps.requests.cancel admin.apps.requests.list admin.apps.restrict "
    "admin.apps.restricted.list auth.teams.list bookmarks.add bookmarks.edit bookmarks.remove "
    "calls.add calls.end "
    "calls.participants.add calls.participants.remove calls.update canvases.create "
    "chat.startStream chat.stopStream conversations.archive conversations.canvases.create "
    "conversations.close conversations.create conversations.list conversations.rename "
    "conversations.setPurpose conversations.setTopic conversations.unarchive dnd.endDnd "
    "dnd.endSnooze dnd.setSnooze dnd.teamInfo emoji.list entity.presentDetails "
    "files.remote.add files.remote.info files.remote.list files.remote.remove "
    "files.remote.share files.remote.update pins.add pins.list pins.remove reactions.list "
    "reactions.remove reminders.add reminders.complete reminders.delete reminders.info "
    "reminders.list search.all search.files search.messages stars.add stars.remove "
    "usergroups.create usergroups.disable usergroups.enable usergroups.list usergroups.update "
    "usergroups.users.list usergroups.users.update users.deletePhoto users.list "
    "users.setPhoto users.setPresence",
    3: "apps.uninstall auth.revoke bookmarks.list bots.info calls.info canvases.access.delete "
    "canvases.access.set canvases.delete canvases.edit canvases.sections.lookup chat.delete "
    "chat.deleteScheduledMessage chat.meMessage chat.scheduleMessage "
    "chat.scheduledMessages.list chat.unfurl chat.update conversations.history "
    "conversations.info conversations.invite conversations.join conversations.kick "
    "conversations.leave conversations.mark conversations.open conversations.replies dnd.info "
    "files.delete files.list files.revokePublicURL files.sharedPublicURL "
    "functions.completeError functions.completeSuccess openid.connect.userInfo reactions.add "
    "reactions.get stars.list team.info team.profile.get users.conversations "
    "users.getPresence users.identity users.lookupByEmail users.profile.set",
    4: "api.test apps.event.authorizations.list chat.appendStream chat.postEphemeral "
    "conversations.members dialog.open files.completeUploadExternal "
    "files.getUploadURLExternal files.info oauth.v2.access openid.connect.token users.info "
    "users.profile.get views.open views.publish views.push views.update",
}
TIER: Final = {name: tier for tier, names in _TIERS.items() for name in names.split()}
"""The tier of each method that has one. chat.postMessage and auth.test have limits of their own."""


def of_method(name: str, distribution: Distribution) -> RateLimit | None:
    """Return the limit of a method, with bursts of a minute's calls; None if it has none."""
    if name in HISTORY and distribution == "distributed":
        return RateLimit(per_second=1 / 60, burst=1)
    if name not in TIER:
        return None
    calls = PER_MINUTE[TIER[name]]
    return RateLimit(per_second=calls / 60, burst=calls)


class Buckets:
    """Token buckets by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}

    def take(self, name: str, limit: RateLimit) -> int:
        """Take a token and return 0, or return the seconds until one is available, rounded up."""
        cost = 1 / limit.per_second
        with self._lock:
            now = self._clock.monotonic()
            full_at = max(self._full_at.get(name, now), now) + cost
            wait = full_at - now - limit.burst * cost
            if wait > 1e-6:  # a rounding error must not cost a second
                return math.ceil(wait)
            self._full_at[name] = full_at
            return 0
