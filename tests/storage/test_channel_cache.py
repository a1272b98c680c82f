"""The public channels, remembered in Redis."""

from __future__ import annotations

import itertools

import pytest
import redis

from gopherbot.storage.channel_cache import ChannelCache, UnusableChannel

APP = "gopherbot-test"
DAY = 24 * 60 * 60
NOW = 1_740_000_000.0
CHANNELS = {"C1": "general", "C2": "newbies", "C3": "gotimefm"}


@pytest.fixture
def cache(redis_client: redis.Redis) -> ChannelCache:
    return ChannelCache(redis_client, APP)


def test_channels_are_found_both_ways(cache: ChannelCache) -> None:
    assert cache.fill(CHANNELS)
    assert cache.is_filled()
    assert {cache.id_of(name): name for name in CHANNELS.values()} == CHANNELS
    assert {id: cache.name_of(id) for id in CHANNELS} == CHANNELS
    assert cache.id_of("C1") is None
    assert cache.name_of("general") is None


def test_channels_are_kept_for_two_weeks(cache: ChannelCache, redis_client: redis.Redis) -> None:
    cache.fill(CHANNELS)
    cache.note_unusable([])
    for key in redis_client.keys(f"{APP}:*"):
        assert 14 * DAY - 60 < redis_client.ttl(key) <= 14 * DAY


def test_an_unchanged_cache_is_not_written(cache: ChannelCache, redis_client: redis.Redis) -> None:
    def changes() -> int:
        return int(redis_client.info("persistence")["rdb_changes_since_last_save"])

    cache.fill(CHANNELS)
    before = changes()
    assert not cache.fill(dict(reversed(CHANNELS.items())))
    assert changes() == before
    assert cache.fill(CHANNELS | {"C4": "random"})
    assert changes() > before


@pytest.mark.parametrize(
    ("left", "written"), [(3 * DAY + 60, False), (3 * DAY - 60, True), (60, True)]
)
def test_a_cache_that_nears_its_end_is_renewed(
    cache: ChannelCache, redis_client: redis.Redis, left: int, written: bool
) -> None:
    cache.fill(CHANNELS)
    keys = redis_client.keys(f"{APP}:*")
    assert len(keys) == 2
    for key in keys:
        redis_client.expire(key, left)
    assert cache.fill(CHANNELS) is written
    for key in keys:
        assert (redis_client.ttl(key) > 13 * DAY) is written


@pytest.mark.parametrize(
    ("listed", "gone"),
    [
        (CHANNELS | {"C2": "beginners"}, ["newbies"]),
        ({"C1": "old-general", "C9": "general"}, ["newbies", "gotimefm", "C2", "C3"]),
        ({"C1": "general"}, ["newbies", "gotimefm", "C2", "C3"]),
    ],
    ids=["renamed", "a name passed on", "gone"],
)
def test_only_what_was_listed_last_is_found(
    cache: ChannelCache, listed: dict[str, str], gone: list[str]
) -> None:
    cache.fill(CHANNELS)
    cache.fill(listed)
    assert {id: cache.name_of(id) for id in listed} == listed
    assert {cache.id_of(name): name for name in listed.values()} == listed
    assert [cache.id_of(each) or cache.name_of(each) for each in gone] == [None] * len(gone)


def test_thousands_of_channels_of_any_script_are_kept(cache: ChannelCache) -> None:
    cache.fill({f"C{number}": f"日本語-{number}" for number in range(5000)})
    assert (cache.id_of("日本語-4999"), cache.name_of("C4999")) == ("C4999", "日本語-4999")


def test_a_change_is_seen_at_once(cache: ChannelCache) -> None:
    cache.fill(CHANNELS)
    assert cache.change("C2", "beginners", when=NOW)
    assert (cache.id_of("beginners"), cache.id_of("newbies")) == ("C2", None)
    assert cache.change("C3", None, when=NOW)
    assert (cache.id_of("gotimefm"), cache.name_of("C3")) == (None, None)
    assert cache.change("C3", "gotimefm", when=NOW + 1)
    assert cache.id_of("gotimefm") == "C3"
    assert cache.change("C4", "random", when=NOW)
    assert cache.id_of("random") == "C4"


def test_a_name_that_passed_on_stays_where_it_is(cache: ChannelCache) -> None:
    cache.fill(CHANNELS)
    cache.change("C9", "general", when=NOW)
    cache.change("C1", "old-general", when=NOW)
    assert (cache.id_of("general"), cache.id_of("old-general")) == ("C9", "C1")


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_latest_change_wins_in_any_order(cache: ChannelCache, order: tuple[int, ...]) -> None:
    cache.fill(CHANNELS)
    names = ["first", "second", "third"]
    news = [cache.change("C2", names[number], when=NOW + number) for number in (*order, *order)]
    assert news[3:] == [False] * 3
    assert cache.name_of("C2") == "third"
    assert [cache.id_of(name) for name in (*names, "newbies")] == [None, None, "C2", None]


def test_a_change_while_slack_is_asked_is_not_undone_by_the_answer(cache: ChannelCache) -> None:
    cache.fill(CHANNELS)
    cache.change("C2", "beginners", when=NOW + 5)
    cache.change("C3", None, when=NOW + 5)
    cache.fill(CHANNELS, begun=NOW)
    assert (cache.id_of("beginners"), cache.id_of("newbies")) == ("C2", None)
    assert cache.name_of("C3") is None
    assert set(cache.client.hkeys(cache.by_id)) == {b"C1", b"C2"}


def test_what_slack_lists_later_is_the_truth(cache: ChannelCache) -> None:
    cache.fill(CHANNELS)
    cache.change("C2", "beginners", when=NOW)
    cache.fill(CHANNELS, begun=NOW + 20)
    assert cache.id_of("beginners") == "C2", "our clock may be ahead of Slack's"
    cache.fill(CHANNELS, begun=NOW + 600)
    assert (cache.id_of("newbies"), cache.id_of("beginners")) == ("C2", None)


def test_one_change_does_not_pass_for_a_filled_cache(cache: ChannelCache) -> None:
    cache.change("C2", "beginners", when=NOW)
    assert not cache.is_filled()
    cache.fill(CHANNELS, begun=NOW - 1)
    assert (cache.id_of("beginners"), cache.id_of("newbies")) == ("C2", None)
    assert cache.id_of("general") == "C1"


def test_changes_expire(cache: ChannelCache, redis_client: redis.Redis) -> None:
    cache.fill(CHANNELS)
    cache.change("C2", "beginners", when=NOW)
    assert 0 < redis_client.ttl(f"{APP}:channels:changes") <= 60 * 60
    assert redis_client.ttl(f"{APP}:channels:by_id") > 13 * DAY


@pytest.mark.parametrize(
    ("who", "exists", "remedy"),
    [
        (["gerrit", "the welcome"], True, "`/invite @gopher` in #go"),
        (["the welcome"], False, "another channel in welcome.toml"),
        (["gerrit", "the welcome"], False, "another channel in watchers.toml"),
    ],
)
def test_unusable_channel_has_a_remedy(who: list[str], exists: bool, remedy: str) -> None:
    assert UnusableChannel("go", who, "gopher", exists).remedy.endswith(remedy)
