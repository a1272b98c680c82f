"""What `gopherbot status` knows of the watchers' posts."""

from __future__ import annotations

import time

import pytest
import redis

from gopherbot.storage.watcher_state import WatcherLog


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
