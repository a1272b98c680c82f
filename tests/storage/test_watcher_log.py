"""What watchers gathered, and what `gopherbot status` knows of their posts."""

from __future__ import annotations

import time

import pytest
import redis

from gopherbot.storage.watcher_state import PendingBatch, WatcherLog


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived"])
def test_a_rejection_lasts_since_the_first_one_with_the_same_error(
    redis_client: redis.Redis, error: str
) -> None:
    log = WatcherLog(redis_client, "gopherbot-test")
    log.rejected("gerrit", "not_in_channel", channel="c", bot="b")
    first = log.rejections()["gerrit"]
    time.sleep(0.01)
    log.rejected("gerrit", error, channel="c", bot="b")
    last = log.rejections()["gerrit"]
    assert last.at > first.at
    assert (last.since == first.since) == (error == "not_in_channel")


def test_a_batch_stays_as_it_is_until_it_is_done_and_is_announced_once(
    redis_client: redis.Redis,
) -> None:
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
