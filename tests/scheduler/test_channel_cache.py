"""The channel cache from end to end: the job, a worker, and Slack's list of channels."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest
import redis
from support import InProcessWorker, Inside, wait_until

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.storage.channel_cache import ChannelCache
from slack_simulator import Fault, Simulator

DATABASE = 9


@pytest.fixture(scope="module")
def station(shared_redis: RedisServer) -> Iterator[InProcessWorker]:
    with InProcessWorker(f"{shared_redis.url}/{DATABASE}", ENV="production") as station:
        station.start()
        yield station


@pytest.fixture
def inside(station: InProcessWorker, shared_redis: RedisServer) -> Iterator[Inside]:
    """The queues; nothing is in them afterwards, and nothing died."""
    with redis.Redis("127.0.0.1", port=shared_redis.port, db=DATABASE, protocol=2) as client:
        client.delete(f"{APP}:channels:by_id", f"{APP}:channels:by_name")
        inside = Inside(client)
        yield inside
        station.slack.faults.clear()
        inside.wait_drained()
        assert inside.all_dead() == {}


@pytest.fixture
def slack(station: InProcessWorker) -> Simulator:
    return station.slack


@pytest.fixture
def cache(inside: Inside) -> ChannelCache:
    return ChannelCache(inside.client, APP)


def start(inside: Inside) -> None:
    inside.send(table.BACKGROUND, "channel_cache")


def fill(inside: Inside) -> None:
    start(inside)
    inside.wait_drained()


def test_every_public_channel_is_found_by_name_and_id(
    inside: Inside, cache: ChannelCache, slack: Simulator
) -> None:
    fill(inside)
    places = slack.workspace.conversations.values()
    public = [place for place in places if place.kind == "channel" and not place.is_archived]
    assert len(public) > 10
    for place in public:
        assert (cache.id_of(place.name), cache.name_of(place.id)) == (place.id, place.name)
    for place in places:
        if place not in public:
            assert cache.name_of(place.id) is None


@pytest.fixture(scope="module")
def many(station: InProcessWorker) -> list[str]:
    """Channels for five pages."""
    names = [f"more-{number}" for number in range(900)]
    for name in names:
        station.slack.workspace.add_channel(name)
    return names


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="server_error", times=None),
        Fault(kind="cut_before", times=None),
        Fault(kind="wrong_content_type", times=None),
        Fault(kind="error", error="missing_scope", times=None),
        # The first page comes, and then no more.
        Fault(kind="server_error", skip=1, times=None),
    ],
    ids=lambda fault: f"{fault.kind} after {fault.skip}",
)
def test_a_fill_that_fails_keeps_what_there_was_and_is_tried_again(
    inside: Inside, cache: ChannelCache, slack: Simulator, many: list[str], fault: Fault
) -> None:
    cache.fill({"C1": "an-old-channel"})
    fault.method = "conversations.list"
    slack.faults.add(fault)
    start(inside)
    wait_until(lambda: fault.hits >= 1, "it fails")
    assert cache.id_of("an-old-channel") == "C1"
    assert cache.id_of("general") is None
    slack.faults.clear()
    inside.wait_drained()
    assert cache.id_of("an-old-channel") is None
    assert cache.id_of("general") == "C029RQSEE"


def test_the_first_welcome_does_not_wait_for_the_job(
    inside: Inside, slack: Simulator, cache: ChannelCache
) -> None:
    after = slack.feed.seq
    newcomer = slack.workspace.join_team().user.id
    inside.send(table.TEAM_JOIN, table.TEAM_JOIN, join("team_join", {"id": newcomer}))
    [post] = slack.wait_for_posts(1, after=after)
    assert "<#C4U9J9QBT>" in post.text
    assert cache.id_of("admin-help") == "C4U9J9QBT"


def test_while_no_channel_is_known_the_team_is_welcomed_and_newbies_soon(
    inside: Inside, slack: Simulator
) -> None:
    slack.faults.add(Fault(kind="server_error", method="conversations.list", times=2))
    after = slack.feed.seq
    newcomer = slack.workspace.join_team().user.id
    inside.send(table.TEAM_JOIN, table.TEAM_JOIN, join("team_join", {"id": newcomer}))
    [first] = slack.wait_for_posts(1, after=after)
    assert "#admin-help" in first.text
    assert "<#" not in first.text
    newbie = join("member_joined_channel", "U0REGULAR", channel="C02A8LZKT")
    inside.send(table.CHANNEL_JOIN, table.CHANNEL_JOIN, newbie)
    [_, second] = slack.wait_for_posts(2, after=after)
    assert (second.ephemeral, second.channel_name) == (True, "newbies")


def join(kind: str, user: object, **more: object) -> bytes:
    return envelope({"type": kind, "user": user} | more)


def envelope(event: object) -> bytes:
    return msgspec.json.encode(
        {
            "event_id": f"Ev{time.monotonic_ns()}",
            "event_time": int(time.time()),
            "event": event,
            "authorizations": [{"user_id": "U0GOPHERBOT", "is_bot": True}],
        }
    )
