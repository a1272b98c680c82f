"""Audit lines for moderators: renamed channels, user groups, accounts in numbers, and new apps.

Off unless `watchers.toml` has their tables. What happens to channels and user groups is gathered as
in `community.py`. Accounts are counted once a day, and no id is kept but those of apps.
https://docs.slack.dev/reference/events/subteam_members_changed
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from gopherbot import logs
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers import community
from gopherbot.actors.watchers.announcer import Announcer
from gopherbot.model import Reply
from gopherbot.rulebook.watchers import Watcher
from gopherbot.slack import events, markup
from gopherbot.slack.errors import Rejected
from gopherbot.storage.watcher_state import Accounts, AccountsOfADay
from gopherbot.table.watches import AuditWatch, DailyAuditWatch

MAX_WAIT_SECONDS = 60.0
"""The longest rate limit to wait out between two pages of members."""

log = logs.get_logger(__name__)


class UserGroup(msgspec.Struct):
    """A user group after a change."""

    id: str
    date_delete: int = 0
    """When it was disabled, in Unix seconds; 0 while it is in use."""
    updated_by: str = ""


class UserGroupEvent(msgspec.Struct):
    """Any of the events about user groups, which Slack calls subteams there."""

    type: str
    subteam: UserGroup | None = None
    subteam_id: str = ""
    added_users_count: int | str = 0
    removed_users_count: int | str = 0
    event_ts: str | None = None


def handle_user_group(context: WorkerContext, envelope: bytes) -> None:
    """Record a change of a user group."""
    found = events.decode(envelope, UserGroupEvent)
    logs.bind(event_id=found.event_id)
    event, group = found.event, found.event.subteam
    if group is None:
        change = f"members {event.added_users_count} {event.removed_users_count}"
        change = f"{event.subteam_id} {change}"
    elif event.type == "subteam_created":
        change = f"{group.id} created {group.updated_by}"
    else:
        change = f"{group.id} {'disabled' if group.date_delete else 'changed'} {group.updated_by}"
    when = events.moment(event.event_ts, found.event_time)
    community.note(context, "user_groups", change, when)


def user_groups(context: WorkerContext, watcher: Watcher[AuditWatch]) -> None:
    """Announce what happened to user groups since the last run."""
    names: dict[str, str] = {}

    def line(context: WorkerContext, change: str) -> str:
        if not names:
            names.update(_handles(context))
        id, what, *more = change.split()
        # Never as a mention, which would ping the whole group.
        name = f"`@{markup.escape(names[id])}`" if id in names else id
        if what == "members":
            added, removed = more
            return f":busts_in_silhouette: {name}: {added} added, {removed} removed"
        by = f" by {markup.user(more[0])}" if more else ""
        return f":busts_in_silhouette: {name} was {what}{by}"

    community.tell(context, watcher, line)


def _handles(context: WorkerContext) -> dict[str, str]:
    try:
        return context.slack.user_groups()
    except Rejected as rejection:
        log.warning("cannot look up user groups", call=str(rejection))
        return {}


def channel_renamed(context: WorkerContext, watcher: Watcher[AuditWatch]) -> None:
    community.tell(context, watcher, _renamed)


def _renamed(_context: WorkerContext, change: str) -> str:
    id, old = change.split(" ")
    return f":label: {markup.channel(id)} was renamed from #{markup.escape(old)}"


def accounts(context: WorkerContext, watcher: Watcher[DailyAuditWatch]) -> None:
    """Announce once a day how many accounts are new and deactivated, and which apps are new."""
    now = datetime.now(UTC)
    today = now.date().isoformat()
    store = Accounts(context.redis, context.settings.identity.app)
    before = store.last()
    if now.hour < watcher.watch.hour or (before and before.day == today):
        return
    announcer = Announcer.find(context, watcher)
    counted = _count(context, today)
    if before and (text := _changes(before, counted)):
        announcer.announce(today, Reply(text))
        if announcer.seen.seen_at(today) is None:
            return  # Slack rejected the post. The next run retries.
    store.save(counted)


def _count(context: WorkerContext, today: str) -> AccountsOfADay:
    members = [
        member for page in context.slack.members(max_wait=MAX_WAIT_SECONDS) for member in page
    ]
    people = [member for member in members if not member.is_app]
    apps = [member.id for member in members if member.is_app and not member.is_deactivated]
    deactivated = sum(member.is_deactivated for member in people)
    return AccountsOfADay(today, len(people), deactivated, apps)


def _changes(before: AccountsOfADay, now: AccountsOfADay) -> str:
    """Return what changed between two days; "" if nothing did."""
    new, gone = now.people - before.people, now.deactivated - before.deactivated
    apps = [markup.user(id) for id in now.apps if id not in before.apps]
    said = []
    if new > 0 or gone:
        deactivated = f"{gone} deactivated" if gone >= 0 else f"{-gone} reactivated"
        said.append(f"{max(0, new)} new, {deactivated}; {now.people - now.deactivated:,} in all")
    if apps:
        said.append(f"new apps: {', '.join(apps)}")
    return f":card_index: Accounts since {before.day}: {'; '.join(said)}" if said else ""
