"""What a watcher has dealt with: remembered for a month, item by item."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine

from gopherbot.storage.watcher_state import PendingBatch, SeenItems, WatcherLog

APP = "gopherbot-test"
DAY = 24 * 60 * 60


@pytest.fixture
def seen(redis_client: redis.Redis) -> SeenItems:
    return SeenItems(redis_client, APP, "gerrit")


def test_a_watcher_is_on_its_first_run_until_it_remembered_something(seen: SeenItems) -> None:
    assert seen.is_first_run()
    seen.remember("1")
    assert not seen.is_first_run()


def test_quiet_watcher_is_not_on_its_first_run(seen: SeenItems) -> None:
    seen.begin()
    seen.client.expire(seen.key, 60)
    assert not seen.is_first_run()
    assert seen.client.ttl(seen.key) > 30 * DAY


def test_what_was_seen_is_told_from_what_was_not(seen: SeenItems) -> None:
    seen.remember("2", "3")
    assert seen.unseen(["4", "3", "1", "2", "5"]) == ["4", "1", "5"]
    assert seen.unseen([]) == []
    assert SeenItems(seen.client, APP, "another").unseen(["2"]) == ["2"]


def test_an_item_is_remembered_for_a_month(seen: SeenItems) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        seen.remember("old")
        clock.shift(timedelta(days=30))
        seen.remember("newer")
        assert seen.unseen(["old", "newer"]) == []
        clock.shift(timedelta(days=2))
        seen.remember("newest")
        assert seen.unseen(["old", "newer", "newest"]) == ["old"]
    assert 31 * DAY - 60 < seen.client.ttl(seen.key) <= 31 * DAY


def test_remembering_again_keeps_it_longer(seen: SeenItems) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False) as clock:
        seen.remember("1")
        clock.shift(timedelta(days=20))
        seen.remember("1")
        clock.shift(timedelta(days=20))
        seen.remember("2")
        assert seen.unseen(["1"]) == []


# What watchers gathered, and what `gopherbot status` knows of their posts.


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived"])
def test_rejection_dates_from_its_first_error(redis_client: redis.Redis, error: str) -> None:
    log = WatcherLog(redis_client, "gopherbot-test")
    log.rejected("gerrit", "not_in_channel", channel="c", bot="b")
    first = log.rejections()["gerrit"]
    time.sleep(0.01)
    log.rejected("gerrit", error, channel="c", bot="b")
    last = log.rejections()["gerrit"]
    assert last.at > first.at
    assert (last.since == first.since) == (error == "not_in_channel")


def test_batch_stays_until_done_and_is_told_once(redis_client: redis.Redis) -> None:
    batch = PendingBatch(redis_client, "gopherbot-test", "emoji_added")
    for name in ("beer", "wave"):
        batch.add(name, "1")
    batch.forget("wave")
    assert batch.take() == {"beer": "1"}
    batch.add("tada", "2")
    batch.forget("beer")
    assert batch.take() == {"beer": "1"}, "it was taken already"
    batch.done()
    assert batch.take() == {"tada": "2"}
    batch.done()
    assert batch.take() == {}
