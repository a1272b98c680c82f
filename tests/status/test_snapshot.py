"""What a snapshot reads from a real Redis, and what `status` and `/metrics` make of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import msgspec
import pytest
import redis
from rich.console import Console
from support import Inside

from gopherbot import table
from gopherbot.commands.status import view
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics.counters import RETRY_REASONS, Reason
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.status import prometheus
from gopherbot.status.alerts import find_alerts
from gopherbot.status.snapshot import (
    RECENT,
    JobStatus,
    ProbeStatus,
    ProcessStatus,
    QueueStatus,
    RedisMemory,
    RoundTripStatus,
    SnapshotCollector,
    StatusSnapshot,
    heard_ages,
)
from gopherbot.storage import keys
from gopherbot.storage.channel_cache import UnusableChannel
from gopherbot.storage.watcher_state import Announcement, Rejection
from gopherbot.table import ScheduledJob
from status.test_alerts import trip, well

PUBLIC, CAUSE = table.MESSAGE_PUBLIC, "its worker died twice"
WEEKLY = 'feeds.Go "weekly"\n'
JOBS = [
    ScheduledJob("channel_cache", "channel_cache", "", 600, 1200),
    ScheduledJob(WEEKLY, "feeds", "Go", 600),
]
COUNTS = {
    f"received:{PUBLIC}": 5,
    f"handled:{PUBLIC}": 50,
    "answered": 6,
    "effects": 7,
    f"stale:{PUBLIC}": 8,
    "announced": 9,
    f"retried:{PUBLIC}": 11,
    f"dead:{PUBLIC}": 12,
    f"refused:{PUBLIC}": 13,
    "ignored": 14,
    f"failed:{PUBLIC}": 15,
    "failed": 16,
    "refusals:signature": 17,
    "rejections:not_in_channel": 18,
    "deliveries:reaction_added": 1,
    "deliveries:message": 99,
    "retries:http_timeout": 20,
}


def peers() -> list[ProcessStatus]:
    return [
        ProcessStatus("web", "web.1", 7, "c0ffee1234", 102.0, 42.0, alive=False),
        ProcessStatus("web", "web.2", 8, "", 122.0, 12.0, alive=False, shadow=True),
        ProcessStatus("worker", "worker.1", 9, "c0ffee1234", 52.0, 12.0, alive=True, shadow=True),
    ]


def everything(at: float) -> StatusSnapshot:
    """Return a snapshot of a bot that has something in every field, each of its own."""
    queues = [
        QueueStatus(name, 0, 0, 0, 0, None, list(table.event_types(name))) for name in table.QUEUES
    ]
    public, joins = (next(q for q in queues if q.name == n) for n in (PUBLIC, table.TEAM_JOIN))
    public.waiting, public.delayed, public.in_flight, public.dead = 1, 2, 3, 4
    public.oldest = 42.0
    joins.waiting = 1
    announced = Announcement("*1.30* is out", at - 52)
    rejected = Rejection("not_in_channel", "news", "gopher", at - 62, at - 72)
    return StatusSnapshot(
        app=APP,
        at=at,
        queues=queues,
        processes=peers(),
        hour={name: number + 1 for name, number in COUNTS.items()},
        total={name: 10 * number for name, number in COUNTS.items()},
        jobs=[
            JobStatus("channel_cache", 1200, 82.0),
            JobStatus(WEEKLY, 600, None, announced, rejected),
        ],
        probe=ProbeStatus(92.0, 22.0, "queue"),
        channels=2,
        channels_age=82.0,
        heard=112.0,
        refused=122.0,
        round_trip=RoundTripStatus(22.0, 132.0, 3, "update"),
        revoked=142.0,
        refuses=152.0,
        memory=RedisMemory(5 * 1024**2, 25 * 1024**2, "noeviction", 21),
        unusable=[UnusableChannel("news", [WEEKLY], "gopher", exists=True, at=at - 162)],
        recent=COUNTS,
        causes={CAUSE: 4},
        foreign=1,
    )


def store(client: redis.Redis, told: StatusSnapshot) -> None:
    """Put into Redis what such a snapshot is read from."""

    def put(key: str, fields: Mapping[Any, Any]) -> None:
        client.hset(key, mapping=dict(fields))

    at = int(told.at * 1000)
    # The options and the time follow the payload, which may hold their like.
    body = (
        b'{"args":[{"message_timestamp":1,"died_of":"%s"}],"options":{%s},"message_timestamp":%d}'
    )
    waiting = body % (b"x" * 9000, b"", at - 42_000)
    client.rpush(keys.waiting(APP, PUBLIC), "waiting")
    client.rpush(keys.waiting(APP, table.TEAM_JOIN), "of no message")
    put(keys.messages(APP, PUBLIC), {"waiting": waiting, "1": "", "2": "", "3": ""})
    put(keys.messages(APP, keys.delayed(PUBLIC)), {"1": b"", "2": b""})
    letter = body % (b"x" * 9000, b'"died_of":"%s"', at)
    for id in ("a", "b", "c", "d"):
        client.hset(keys.dead_messages(APP, PUBLIC), id, letter % CAUSE.encode())
        client.zadd(keys.dead_ids(APP, PUBLIC), {id: 1})
    for process in told.processes:
        enter(client, told, process, gone=process.dyno == "web.2")
    enter(client, told, msgspec.structs.replace(peers()[2], silent=900.0), gone=True)
    enter(client, told, msgspec.structs.replace(peers()[0], dyno="web.3", silent=3700.0), gone=True)
    client.hset(keys.processes(APP), "of another release", '{"kind":"worker"}')
    minute = at // 60_000
    for counts, ago in ((COUNTS, 1), (dict.fromkeys(COUNTS, 1), RECENT), ({"answered": 500}, 60)):
        put(keys.counters(APP, minute - ago), counts)
    put(keys.counters(APP, "total"), told.total)
    ages = {
        "channel_cache": 82,
        "slack:members": 112,
        "slack:refused": 122,
        "slack:revoked": 142,
        "redis:refused": 152,
    }
    put(keys.jobs(APP), {name: at - 1000 * age for name, age in ages.items()})
    put(keys.probe(APP), {"at": at - 92_000, "took": 22_000, "way": "queue"})
    put(keys.channels_by_id(APP), {"C1": "a", "C2": "b"})
    client.hset(keys.announcements(APP), WEEKLY, msgspec.json.encode(told.jobs[1].announced))
    client.hset(keys.rejections(APP), WEEKLY, msgspec.json.encode(told.jobs[1].rejected))
    put(keys.round_trip(APP), {"sent": at - 22_000, "came": at - 132_000, "unanswered": 3})
    put(keys.round_trip(APP), {"way": "update"})
    client.set(keys.unusable_channels(APP), msgspec.json.encode(told.unusable))


def enter(client: redis.Redis, told: StatusSnapshot, peer: ProcessStatus, *, gone: bool) -> None:
    """Put a process into the registry, with a lease of 25 s; `web.1` is known by its id only."""
    seen = int(1000 * (told.at - peer.silent))
    dyno = "" if peer.dyno == "web.1" else peer.dyno
    info = ProcessInfo(peer.kind, dyno, peer.pid, peer.commit, told.at - peer.up, peer.shadow)
    key = keys.gone_processes(APP) if gone else keys.processes(APP)
    entry = f"{seen} {seen} 25000 {msgspec.json.encode(info).decode()}"
    client.hset(key, f"{peer.dyno}/home/{peer.pid}/x", entry)


def collect(client: redis.Redis, *, shadow: bool = False) -> StatusSnapshot:
    return SnapshotCollector(client, APP, JOBS, shadow=shadow).collect()


def roughly(value: Any) -> Any:
    """Return a value whose times are rounded down to tens of seconds."""
    match value:
        case float():
            return value // 10 * 10
        case dict():
            return {key: roughly(each) for key, each in value.items()}
        case list():
            return [roughly(each) for each in value]
    return value


def test_a_snapshot_is_what_stands_in_redis(redis_client: redis.Redis) -> None:
    seconds, microseconds = redis_client.time()
    told = everything(seconds + microseconds / 1e6)
    store(redis_client, told)
    found = collect(redis_client, shadow=True)
    memory, found.memory = found.memory, told.memory
    assert told.at <= found.at + 0.001 < told.at + 8
    found.at = told.at
    assert roughly(msgspec.to_builtins(found)) == roughly(msgspec.to_builtins(told))
    assert (memory.used > 0, memory.limit, memory.policy) == (True, 0, "noeviction")
    assert collect(redis_client).jobs[0].every == 600
    probe, members, trip = heard_ages(redis_client, APP)
    assert roughly([probe, members, trip]) == [90.0, 110.0, 130.0]
    found.processes[2].alive = False
    assert not found.shadow, "the mode is that of the workers that run"


def test_a_redis_that_is_empty_is_a_bot_that_never_ran(redis_client: redis.Redis) -> None:
    redis_client.hset(keys.round_trip(APP), "way", "update")
    found = collect(redis_client)
    assert (found.probe, found.round_trip, found.heard, found.channels_age) == (None,) * 4
    assert (found.processes, found.foreign, found.unusable, found.causes) == ([], 0, [], {})
    assert {queue.oldest for queue in found.queues} == {None}
    assert heard_ages(redis_client, APP) == (None, None, None)
    page = prometheus.render(found)
    assert not re.findall(r"^gopherbot_(?:slack_heard|probe).*", page, re.MULTILINE)
    assert "probe: none in the last day" in printed(found)
    assert "Slack last heard: not in the last month by members\n" in printed(found)
    assert re.search(r"^none$", printed(found), re.MULTILINE)


def test_the_latest_letters_are_those_whose_causes_are_counted(redis_client: redis.Redis) -> None:
    for died, cause in ((0, "long ago"), *((number, "lately") for number in range(1, 21))):
        letter = msgspec.json.encode({"options": {"died_of": cause}})
        redis_client.hset(keys.dead_messages(APP, PUBLIC), str(died), letter)
        redis_client.zadd(keys.dead_ids(APP, PUBLIC), {str(died): died})
    redis_client.zadd(keys.dead_ids(APP, table.TEAM_JOIN), {"of-no-message": 2})
    assert collect(redis_client).causes == {"lately": 20}


def test_metrics_are_what_the_snapshot_says() -> None:
    page = prometheus.render(everything(1.7e9))
    lines = [line.rpartition(" ") for line in page.splitlines() if line[0] != "#"]
    samples = {name.removeprefix("gopherbot_"): value for name, _, value in lines}
    # Prometheus misses the first increase of a series that was not there before.
    for name, label, values in (
        ("dead_total", "queue", table.QUEUES),
        ("retries_total", "reason", RETRY_REASONS),
        ("refusals_total", "reason", Reason),
    ):
        assert all(f'{name}{{{label}="{value}"}}' in samples for value in values)
    assert {name: value for name, value in samples.items() if float(value)} == SAMPLES
    assert "gopherbot_round_trip_misses 0\n" in prometheus.render(well(round_trip=trip(0, sent=1)))


SAMPLES = {
    "redis_up": "1",
    'messages{queue="slack_message_public",state="waiting"}': "1",
    'messages{queue="slack_message_public",state="delayed"}': "2",
    'messages{queue="slack_message_public",state="in_flight"}': "3",
    'messages{queue="slack_message_public",state="dead"}': "4",
    'messages{queue="slack_team_join",state="waiting"}': "1",
    'oldest_message_seconds{queue="slack_message_public"}': "42.000",
    'processes{kind="worker"}': "1",
    'shadow_processes{kind="worker"}': "1",
    'build_info{kind="worker",commit="c0ffee1234"}': "1",
    'received_total{queue="slack_message_public"}': "50",
    "ignored_total": "140",
    'refused_total{queue="slack_message_public"}': "130",
    'handled_total{queue="slack_message_public"}': "500",
    "answered_total": "60",
    "effects_total": "70",
    "announced_total": "90",
    'stale_total{queue="slack_message_public"}': "80",
    'retried_total{queue="slack_message_public"}': "110",
    'failed_total{queue="slack_message_public"}': "150",
    'failed_total{queue=""}': "160",
    'dead_total{queue="slack_message_public"}': "120",
    'rejections_total{error="not_in_channel"}': "180",
    'deliveries_total{type="reaction_added"}': "10",
    'deliveries_total{type="message"}': "990",
    'retries_total{reason="http_timeout"}': "200",
    'refusals_total{reason="signature"}': "170",
    'task_success_age_seconds{task="channel_cache"}': "82.000",
    'task_period_seconds{task="channel_cache"}': "1200.000",
    r'task_period_seconds{task="feeds.Go \"weekly\"\n"}': "600.000",
    r'task_announcement_age_seconds{task="feeds.Go \"weekly\"\n"}': "52.000",
    r'task_rejected{task="feeds.Go \"weekly\"\n"}': "1",
    'redis_memory_bytes{what="used"}': "5242880",
    'redis_memory_bytes{what="limit"}': "26214400",
    "redis_evicted_keys": "21",
    "channels": "2",
    'slack_heard_age_seconds{by="members"}': "112.000",
    'slack_heard_age_seconds{by="probe"}': "132.000",
    "round_trip_misses": "2",
    "probe_age_seconds": "92.000",
    'probe_seconds{way="queue"}': "22.000",
}


def printed(snapshot: StatusSnapshot) -> str:
    """Return what `status` prints on a wide terminal, without the alerts' words."""
    file = StringIO()
    Console(file=file, width=200).print(view(snapshot, find_alerts(snapshot)))
    return re.sub(r" +\n", "\n", file.getvalue())


def test_status_shows_what_the_snapshot_says() -> None:
    shown = printed(everything(1.7e9)).partition("\n✗")[0].splitlines()
    assert [re.sub(" {2,}", "  ", line) for line in shown if line] == SHOWN.splitlines()


def test_status_ends_with_what_is_wrong() -> None:
    assert printed(well(round_trip=trip(0, None))).endswith("\n✓ all is well\n")
    assert "probe: 30 s ago, in 20 ms through gateway, queue and worker\n" in printed(well())
    lines = printed(well(refuses=1.0, hour={"limited": 1})).splitlines()
    assert [line[:7] for line in lines[-3:]] == ["", "✗ Redis", "! 1 rat"]


SHOWN = """\
gopherbot-dev, 2023-11-14 22:13:20 UTC, shadow mode
queue  waiting  delayed  in flight  oldest  dead
slack_message_private  0  0  0  –  0
slack_message_public  1  2  3  42 s  4
background  0  0  0  –  0
slack_team_join  1  0  0  –  0
slack_channel_join  0  0  0  –  0
process  dyno  commit  up  last seen
web  web.1  c0ffee12  102 s  42 s ago: stopped without notice (crashed?)
web  web.2  –  2 min  12 s ago: stopped without notice (crashed?)
worker  worker.1  c0ffee12  52 s  12 s ago
in the last hour
events: 6 received, 7 answered with 8 replies and emoji, 9 dropped as stale, 33 failed
also: 10 announced, 12 retried, 13 dead-lettered, 14 not enqueued, 15 ignored \
(unhandled event types)
deliveries: 102 of at most 30000, most of them message; 21% failed (http_timeout 21)
Slack last heard: 112 s ago by members, 2 min ago by the round trip
calls rejected by Slack: not_in_channel 19
refused requests: signature 18
job  every  last success  last announced
channel_cache  20 min  82 s ago
feeds.Go "weekly"  10 min  –  52 s ago: *1.30* is out
probe: 92 s ago, in 22 s through queue and worker; set GOPHER_GATEWAY_URL to include the gateway
channel cache: 2 channels, read 82 s ago
redis: 5.0 MiB used, of 25.0 MiB
"""


@pytest.mark.slow
def test_evictions_are_seen() -> None:
    with RedisServer("--maxmemory-policy", "allkeys-lru") as server, server.client() as client:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 200_000)
        for number in range(300):
            client.set(f"key-{number}", "x" * 1000)
        memory = collect(client).memory
        assert (memory.policy, memory.evicted > 0) == ("allkeys-lru", True)


@pytest.mark.slow
def test_a_user_that_may_not_ask_for_info_gets_the_rest() -> None:
    with RedisServer() as server, server.client() as client:
        Inside(client).send(table.BACKGROUND, "channel_cache")
        client.execute_command("ACL", "SETUSER", "default", "-info")
        found = collect(client)
        assert found.memory == RedisMemory(0, 0)
        assert sum(queue.waiting for queue in found.queues) == 1
