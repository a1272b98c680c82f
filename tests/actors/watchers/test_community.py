"""What happens in the workspace itself, told together, once each."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import pytest
import redis

from actors.conftest import NewWorker, job, run_at_once
from actors.events.test_channel_changes import told as event
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.watchers import community
from gopherbot.dev.bot import APP
from gopherbot.storage.watcher_state import PendingBatch
from slack_simulator import Fault, Simulator


def created(context: WorkerContext, slack: Simulator, name: str, purpose: str = "") -> str:
    id = slack.workspace.add_channel(name, purpose=purpose, user="regular").id
    event(context, "created", {"id": id, "name": name}, time.time())
    return id


def emoji(context: WorkerContext, name: str, subtype: str = "add", ts: float = 0.1) -> None:
    moment = {"event_ts": f"{1_740_000_000 + ts:.6f}"}
    inner = {"type": "emoji_changed", "subtype": subtype, "name": name, **moment}
    envelope = {"event_id": "Ev1", "event_time": 1_740_000_000, "event": inner}
    community.handle_emoji(context, msgspec.json.encode(envelope))


def test_new_channels_share_a_post_with_details(context: WorkerContext, slack: Simulator) -> None:
    # As Slack stores it.
    first = created(context, slack, "wasm", "Go in the\nbrowser &amp; &lt;beyond&gt;")
    second = created(context, slack, "tinygo")
    slack.workspace.conversation("tinygo").creator = ""
    job("channel_created")(context)
    job("channel_created")(context)
    (post,) = slack.posts("general")
    maker = slack.workspace.user("regular").id
    assert post.text.splitlines() == [
        f":new: <#{first}> by <@{maker}>: Go in the browser &amp; &lt;beyond&gt;",
        f":new: <#{second}>",
    ]


def test_long_purpose_is_cut_before_escaping(context: WorkerContext, slack: Simulator) -> None:
    created(context, slack, "wasm", "&amp;" * 300)
    job("channel_created")(context)
    (post,) = slack.posts("general")
    assert post.text.endswith(f": {'&amp;' * 199}…")


def test_redelivered_event_is_told_once(context: WorkerContext, slack: Simulator) -> None:
    when = time.time()
    id = slack.workspace.add_channel("wasm").id
    for _ in range(3):
        event(context, "created", {"id": id, "name": "wasm"}, when)
        job("channel_created")(context)
    assert len(slack.posts("general")) == 1


def test_a_channel_that_is_gone_again_is_not_told(context: WorkerContext, slack: Simulator) -> None:
    created(context, slack, "mistake")
    slack.workspace.archive_channel("mistake")
    job("channel_created")(context)
    assert slack.posts("general") == []


def test_news_that_could_not_be_marked_is_left_to_the_next_run(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, forgetful: dict[str, str]
) -> None:
    created(context, slack, "wasm")
    slack.workspace.archive_channel("wasm")
    with pytest.raises(redis.exceptions.NoPermissionError):
        job("channel_created")(new_worker(**forgetful))
    slack.workspace.archive_channel("wasm", archived=False)
    job("channel_created")(context)
    assert len(slack.posts("general")) == 1


def test_only_what_is_told_counts_as_more(context: WorkerContext, slack: Simulator) -> None:
    for number in range(community.MOST_LINES + 2):
        created(context, slack, f"c{number}")
    for number in range(2):
        slack.workspace.archive_channel(f"c{number}")
    job("channel_created")(context)
    (post,) = slack.posts("general")
    assert len(post.text.splitlines()) == community.MOST_LINES


@pytest.mark.parametrize(
    ("error", "told"), [("channel_not_found", []), ("missing_scope", [":new: <#{id}>"])]
)
def test_a_channel_that_slack_says_nothing_of_is_told_unless_it_is_deleted(
    context: WorkerContext, slack: Simulator, error: str, told: list[str]
) -> None:
    id = created(context, slack, "wasm", "Go in the browser")
    slack.faults.add(Fault(kind="error", error=error, method="conversations.info"))
    job("channel_created")(context)
    assert [post.text for post in slack.posts("general")] == [line.format(id=id) for line in told]


def test_archived_channel_is_told_unless_back(context: WorkerContext, slack: Simulator) -> None:
    one, two = (slack.workspace.conversation(name).id for name in ("bbq", "aws"))
    event(context, "archive", one, time.time())
    event(context, "archive", two, time.time())
    event(context, "unarchive", two, time.time() + 1)
    job("channel_archived")(context)
    (post,) = slack.posts("general")
    assert post.text == f":file_cabinet: <#{one}> was archived"


def test_new_emoji_are_told_and_no_other_change(context: WorkerContext, slack: Simulator) -> None:
    emoji(context, "r&d", ts=0.3)
    emoji(context, "gopher-dance", ts=0.2)
    emoji(context, "gone", subtype="remove")
    job("emoji_added")(context)
    (post,) = slack.posts("random")
    assert post.text.splitlines() == [
        "New emoji: :gopher-dance: `:gopher-dance:`",
        "New emoji: :r&amp;d: `:r&amp;d:`",
    ]


@pytest.mark.parametrize(("count", "last"), [(20, ":emoji-19:`"), (25, "\n… and 5 more")])
def test_a_burst_is_one_post(
    context: WorkerContext, slack: Simulator, count: int, last: str
) -> None:
    for number in range(count):
        emoji(context, f"emoji-{number}", ts=number / 100)
    job("emoji_added")(context)
    (post,) = slack.posts("random")
    assert len(post.text.splitlines()) == min(count, 21)
    assert post.text.endswith(last)


def test_gathered_news_expires_in_a_day(context: WorkerContext, redis_client: redis.Redis) -> None:
    gathered = PendingBatch(context.redis, APP, "emoji_added")
    emoji(context, "first")
    assert 0 < redis_client.ttl(gathered.waiting) <= 24 * 3600
    gathered.take()
    assert 0 < redis_client.ttl(gathered.taken) <= 24 * 3600


def test_rejected_news_is_told_later_alone(context: WorkerContext, slack: Simulator) -> None:
    emoji(context, "first")
    slack.faults.add(Fault(kind="error", error="not_in_channel", method="chat.postMessage"))
    job("emoji_added")(context)
    emoji(context, "second")
    assert context.watcher_log.rejections()["emoji_added"].error == "not_in_channel"
    for _ in range(3):
        job("emoji_added")(context)
    assert [post.text for post in slack.posts("random")] == [
        "New emoji: :first: `:first:`",
        "New emoji: :second: `:second:`",
    ]


def test_two_workers_at_once_and_one_that_dies_tell_once(
    context: WorkerContext,
    new_worker: NewWorker,
    slack: Simulator,
    forgetful: dict[str, str],
    pass_hours: Callable[[int], None],
) -> None:
    emoji(context, "first")
    with pytest.raises(redis.exceptions.NoPermissionError):
        job("emoji_added")(new_worker(**forgetful))
    run_at_once(job("emoji_added"), context, new_worker())
    job("emoji_added")(context)
    pass_hours(1)
    emoji(context, "first")
    job("emoji_added")(context)
    assert len(slack.posts("random")) == 1


def test_what_was_told_is_not_told_again_in_other_words(
    context: WorkerContext, new_worker: NewWorker, slack: Simulator, forgetful: dict[str, str]
) -> None:
    created(context, slack, "wasm")
    created(context, slack, "tinygo")
    with pytest.raises(redis.exceptions.NoPermissionError):
        job("channel_created")(new_worker(**forgetful))
    slack.workspace.archive_channel("tinygo")
    job("channel_created")(context)
    assert len(slack.posts("general")) == 1
