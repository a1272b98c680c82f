"""Without a worker: queues stay bounded and hold no old text, what is fresh and joins are kept."""

from __future__ import annotations

import time

import msgspec
import pytest
import redis
from structlog.testing import capture_logs
from support import Inside, no_redis

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics import counters, journal
from gopherbot.metrics.journal import RecordKind
from gopherbot.queues import messages
from gopherbot.queues.recovery.stale import SenderHeartbeat
from gopherbot.settings import Identity
from gopherbot.storage import keys

PUBLIC, JOIN = table.MESSAGE_PUBLIC, table.TEAM_JOIN
DELAYED = keys.delayed(PUBLIC)
HOUR = 60 * 60


@pytest.fixture
def heartbeat(redis_client: redis.Redis) -> SenderHeartbeat:
    return new_heartbeat(redis_client)


def new_heartbeat(client: redis.Redis) -> SenderHeartbeat:
    one = SenderHeartbeat(client, Identity(APP, "web.1", ""), "web")
    one.id = "web.1"
    return one


def look_through(heartbeat: SenderHeartbeat) -> None:
    """Let it have as many turns as a pass through all queues takes it."""
    heartbeat.check_threads()
    while heartbeat._wake.is_set():
        heartbeat._wake.clear()
        heartbeat.check_threads()


def fill(
    inside: Inside, queue: str, count: int, age: float, actor: str = "", size: int = 0
) -> list[str]:
    """Put messages into a queue whose events are `age` seconds old. Return their ids."""
    ids = []
    for number in range(count):
        event = {"type": "message", "channel": "C1", "ts": f"{number}.0", "text": "x" * size}
        body = msgspec.json.encode({"event_id": f"Ev{queue}{number}", "event": event})
        sent_at = time.time() - age
        packed = messages.pack(queue, actor or queue.removesuffix(".DQ"), body, sent_at=sent_at)
        ids.append(inside.put(queue, packed.data, packed.id))
    return ids


@pytest.mark.parametrize(
    ("queue", "actor", "age", "kept"),
    [
        (PUBLIC, PUBLIC, 30, True),
        (PUBLIC, PUBLIC, 40, False),
        (DELAYED, PUBLIC, 40, False),
        (PUBLIC, f"{PUBLIC}_changed", 590, True),
        (PUBLIC, f"{PUBLIC}_changed", 610, False),
        (JOIN, JOIN, 23 * HOUR, True),
        (JOIN, JOIN, 25 * HOUR, False),
        (table.CHANNEL_JOIN, table.CHANNEL_JOIN, 590, True),
        (table.CHANNEL_JOIN, table.CHANNEL_JOIN, 610, False),
        (table.BACKGROUND, "probe", 70, False),
        (table.BACKGROUND, "of_another_version", 25 * HOUR, True),
        *(
            (row.queue, row.name, row.max_age + later, later < 0)
            for row in table.INTERACTION_ACTORS[:2]
            for later in (-10, 10)
        ),
    ],
)
def test_what_is_too_old_for_its_actor_is_dropped(
    heartbeat: SenderHeartbeat, inside: Inside, queue: str, actor: str, age: float, kept: bool
) -> None:
    ids = fill(inside, queue, 1, age, actor)
    look_through(heartbeat)
    assert inside.ids(queue) == list(inside.messages(queue)) == ids * kept


@pytest.mark.parametrize("ahead", [-40_000, 40_000])
def test_the_clock_of_a_gateway_makes_no_event_older_or_younger(
    heartbeat: SenderHeartbeat, inside: Inside, ahead: int
) -> None:
    events = [(0, '{"metadata":{"sent_at":1}}'), (40, '{"metadata":{"sent_at":9999999999}}')]
    for age, event in events:
        packed = messages.pack(PUBLIC, PUBLIC, event.encode(), sent_at=time.time() - age)
        message = messages.decode(packed.data)
        message.message_timestamp += ahead
        message.options |= {"retries": 1, "gateway": "web.1/" + 34 * "x", "delay": 500}
        inside.put(PUBLIC, messages.encode(message), f"{age} s old")
    look_through(heartbeat)
    assert inside.ids(PUBLIC) == ["0 s old"]


@pytest.mark.parametrize("job", table.JOBS, ids=lambda job: str(job.name))
def test_a_job_waits_no_longer_than_until_its_next_run(
    heartbeat: SenderHeartbeat, inside: Inside, job: table.Job
) -> None:
    """So without a worker no job waits more than twice."""
    fill(inside, table.BACKGROUND, 1, job.every + 10, job.name)
    kept = fill(inside, table.BACKGROUND, 1, job.every - 1, job.name)
    look_through(heartbeat)
    assert inside.ids(table.BACKGROUND) == kept


def test_what_is_dropped_is_counted_and_told(heartbeat: SenderHeartbeat, inside: Inside) -> None:
    fill(inside, PUBLIC, 2, age=40)
    fill(inside, DELAYED, 1, age=40)
    look_through(heartbeat)
    assert heartbeat.counts.take()[0] == {f"{counters.STALE}:{PUBLIC}": 3}
    assert heartbeat._beat()
    found = journal.read(inside.client, APP)
    assert [(record.kind, record.queue, record.channel, record.ts) for record in found] == [
        (RecordKind.DROPPED, PUBLIC, "C1", ts) for ts in ("0.0", "1.0", "0.0")
    ]
    late = fill(inside, PUBLIC, 1, age=40)
    heartbeat.check_threads()
    assert inside.ids(PUBLIC) == late, "it looks every two seconds"


def calls(inside: Inside, command: str, heartbeat: SenderHeartbeat) -> int:
    """Have it look through all queues; return how often it calls a command for that."""
    inside.client.config_resetstat()
    look_through(heartbeat)
    return int(inside.client.info("commandstats")[f"cmdstat_{command}"]["calls"])


def test_backlog_is_dropped_in_short_parts(heartbeat: SenderHeartbeat, inside: Inside) -> None:
    fill(inside, PUBLIC, 700, age=60)
    assert calls(inside, "evalsha", heartbeat) > 700 / 256
    assert inside.ids(PUBLIC) == []


def test_fresh_backlog_is_not_looked_through(heartbeat: SenderHeartbeat, inside: Inside) -> None:
    fresh = fill(inside, PUBLIC, 600, age=0)
    assert calls(inside, "hmget", heartbeat) == 1
    assert inside.ids(PUBLIC) == fresh


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'"kwargs":{}', b'"kwargs":[]'),
        (b'"event_id"', b'"\xff"'),
        (b'"options":{', b'"options":{"retries":"many",'),
        (b'"options":{', b'"options":{"retries":1%s,' % (b"0" * 400)),
        (b'"args":[', b'"args":[%s,' % (b"[" * 100_000)),
    ],
    ids=["kwargs", "bytes", "retries", "a huge number", "nesting"],
)
def test_what_cannot_be_decoded_is_dropped_and_counted_like_the_rest(
    heartbeat: SenderHeartbeat, inside: Inside, good: bytes, bad: bytes
) -> None:
    [id, _] = fill(inside, PUBLIC, 2, age=40)
    data = inside.messages(PUBLIC)[id].replace(good, bad)
    inside.client.hset(keys.messages(APP, PUBLIC), id, data)
    look_through(heartbeat)
    assert not inside.messages(PUBLIC)
    assert heartbeat.counts.take()[0] == {f"{counters.STALE}:{PUBLIC}": 2}
    assert heartbeat._beat(), "what is told of them fits into a report"


def test_stale_edits_do_not_hide_stale_others(heartbeat: SenderHeartbeat, inside: Inside) -> None:
    edits = fill(inside, PUBLIC, 600, age=60, actor=f"{PUBLIC}_changed")
    fill(inside, PUBLIC, 700, age=60)
    fresh = fill(inside, PUBLIC, 3, age=0)
    look_through(heartbeat)
    assert inside.ids(PUBLIC) == edits + fresh
    assert set(inside.messages(PUBLIC)) == {*edits, *fresh}


def test_a_redis_that_hangs_keeps_the_heartbeat_for_a_second_more_at_most(
    heartbeat: SenderHeartbeat, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("gopherbot.queues.recovery.stale.time.sleep", pauses.append)
    redis_client.client_pause(400)
    heartbeat._drop_some(PUBLIC)
    assert pauses == [1.0], "a tenth of Redis's time would be 3.6 s"


def test_a_redis_that_is_away_is_told_of_and_looked_at_again() -> None:
    with no_redis() as nowhere, capture_logs() as lines:
        heartbeat = new_heartbeat(nowhere)
        for _ in range(2):
            heartbeat.check_threads()
    assert [line["event"] for line in lines] == ["redis does not answer"]
    assert heartbeat._next_drop == 0.0


def test_a_redis_full_of_old_messages_has_room_again() -> None:
    """A few large ones fill it: no queue is long."""
    with RedisServer("--maxmemory", "6mb") as server, server.client() as client:
        inside = Inside(client)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            fill(inside, PUBLIC, 1000, age=60, size=120_000)
        assert len(inside.ids(PUBLIC)) < 100
        new_heartbeat(client).check_threads()
        assert inside.ids(PUBLIC) == []
        assert fill(inside, PUBLIC, 1, age=0)


def test_a_redis_that_evicts_keeps_the_registry() -> None:
    """Else no worker would get a message, and what fills it would stay."""
    with (
        RedisServer("--maxmemory", "6mb", "--maxmemory-policy", "volatile-lru") as server,
        server.client() as client,
    ):
        heartbeat = new_heartbeat(client)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            fill(Inside(client), PUBLIC, 1000, age=0, size=120_000)
        assert heartbeat._beat()
        client.get("anything")
        assert client.hexists(keys.processes(APP), "web.1")
