"""What moderators are told of channels, user groups, accounts and apps: in private, and once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine

from actors.conftest import Hear, NewWorker, job, succeeds
from actors.events.test_channel_changes import told as rename_told
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import channel_cache
from gopherbot.actors.watchers import audit
from gopherbot.dev.bot import APP
from gopherbot.rulebook.watchers import Watcher
from gopherbot.storage import keys
from gopherbot.storage.watcher_state import AccountsOfADay
from gopherbot.table.watches import DailyAuditWatch
from slack_simulator import Fault, Simulator
from slack_simulator.workspace.objects import User

MODERATORS = "moderators"


@pytest.fixture
def context(slack: Simulator, new_worker: NewWorker) -> WorkerContext:
    slack.web_api.scopes = [*slack.web_api.scopes, "groups:read", "usergroups:read"]
    context = new_worker()
    channel_cache.run(context)
    return context


def told(slack: Simulator) -> list[str]:
    """Return the lines that moderators were told. Nobody else was told anything."""
    assert {post.channel_name for post in slack.posts()} <= {MODERATORS}
    return [line for post in slack.posts() for line in post.text.splitlines()]


def test_a_renamed_channel_is_told_with_its_old_name(
    slack: Simulator, hear: Hear, context: WorkerContext
) -> None:
    slack.workspace.rename_channel("devops", "platform")
    hear()
    job("channel_renamed")(context)
    job("channel_renamed")(context)
    id = slack.workspace.conversation("platform").id
    assert told(slack) == [f":label: <#{id}> was renamed from #devops"]
    for name, late in (("older", 3_600), ("platform", 0)):
        rename_told(context, "rename", {"id": id, "name": name}, time.time() - late)
    job("channel_renamed")(context)
    assert len(told(slack)) == 1, "one came too late, and the other was known"


def test_changes_of_user_groups_are_told_and_ping_nobody_in_them(
    slack: Simulator, hear: Hear, context: WorkerContext
) -> None:
    by = slack.workspace.user("moderator")
    group = slack.user_groups.create(by, "Guides")
    hear()
    job("user_groups")(context)
    slack.user_groups.change(group.id, by, users=["U0REGULAR", "U0NEWCOMER"])
    hear()
    job("user_groups")(context)
    slack.user_groups.change(group.id, by, disabled_at=1_700_000_000)
    hear()
    job("user_groups")(context)
    lines = told(slack)
    assert lines[0] == f":busts_in_silhouette: `@guides` was created by <@{by.id}>"
    assert ":busts_in_silhouette: `@guides`: 2 added, 0 removed" in lines
    assert lines[-1] == f":busts_in_silhouette: `@guides` was disabled by <@{by.id}>"
    assert not any("subteam" in line for line in lines)


def later(days: int) -> time_machine.travel:
    noon = datetime.now(UTC).replace(hour=12, minute=0)
    return time_machine.travel(noon + timedelta(days=days))


def test_accounts_are_told_in_numbers_once_a_day(
    slack: Simulator, context: WorkerContext, redis_client: redis.Redis
) -> None:
    with later(0):
        job("accounts")(context)
    assert told(slack) == []
    people = slack.workspace.users
    joined = [slack.join_team(name).user.id for name in ("ada", "kim")]
    people["U0NEWCOMER"].is_deleted = True
    for name, is_deleted in (("ROBOT", False), ("GONE", True)):
        id, bot = f"U0{name}", f"B0{name}"
        people[id] = User(id=id, name=id, real_name=id, bot_id=bot, is_deleted=is_deleted)
    with later(1):
        job("accounts")(context)
        job("accounts")(context)
    [line] = told(slack)
    in_all = sum(not (user.bot_id or user.is_deleted) for user in people.values())
    since = datetime.now(UTC).date().isoformat()
    assert line == (
        f":card_index: Accounts since {since}: 2 new, 1 deactivated; {in_all} in all; "
        "new apps: <@U0ROBOT>"
    )
    with later(2):
        job("accounts")(context)
    assert len(told(slack)) == 1, "nothing changed"
    kept = redis_client.get(keys.accounts(APP))
    assert redis_client.ttl(keys.accounts(APP)) > 0
    assert isinstance(kept, bytes)
    assert not any(id.encode() in kept for id in (*joined, "U0NEWCOMER"))


def test_an_account_that_is_used_again_is_told() -> None:
    before, now = (AccountsOfADay(f"day {n}", 1_300 - n, 90 - n, []) for n in range(2))
    assert audit._changes(before, now) == (
        ":card_index: Accounts since day 0: 0 new, 1 reactivated; 1,210 in all"
    )


def test_accounts_are_told_at_their_hour(context: WorkerContext, redis_client: redis.Redis) -> None:
    [watcher] = [each for each in context.content.watchers if each.name == "accounts"]
    watch = DailyAuditWatch(channel=MODERATORS, hour=13)
    with later(0):
        audit.accounts(context, Watcher(watcher.job, watch))
    assert not redis_client.exists(keys.accounts(APP))


def test_a_day_that_slack_rejects_is_told_later(slack: Simulator, context: WorkerContext) -> None:
    with later(0):
        job("accounts")(context)
    slack.join_team("ada")
    slack.faults.add(Fault(kind="error", method="chat.postMessage", error="restricted_action"))
    with later(1):
        job("accounts")(context)
        assert told(slack) == []
        job("accounts")(context)
    assert len(told(slack)) == 1


def test_a_private_channel_without_the_bot_is_a_failure_that_status_tells(
    slack: Simulator, hear: Hear, context: WorkerContext
) -> None:
    slack.workspace.conversation(MODERATORS).members.pop("U0GOPHERBOT")
    slack.workspace.rename_channel("devops", "platform")
    hear()
    assert not succeeds(job("channel_renamed"), context, "channel_renamed")
    assert slack.posts() == []
    assert context.watcher_log.rejections()["channel_renamed"].error == "channel_not_found"


def test_without_a_table_nothing_is_gathered(
    slack: Simulator, hear: Hear, new_worker: NewWorker, redis_client: redis.Redis
) -> None:
    worker = new_worker(GOPHER_CONTENT="gopherbot/content")
    channel_cache.run(worker)
    slack.user_groups.create(slack.workspace.user("moderator"), "Guides")
    slack.workspace.rename_channel("devops", "platform")
    hear(worker)
    assert list(redis_client.scan_iter(f"{APP}:gathered*")) == []
