"""What a snapshot reads from a real Redis."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
import redis
from support import Inside

from gopherbot import table
from gopherbot.dev.bot import APP
from gopherbot.dev.redis_server import RedisServer
from gopherbot.metrics import counters
from gopherbot.metrics.process_registry import ProcessInfo
from gopherbot.queues import messages
from gopherbot.status import prometheus
from gopherbot.status.snapshot import RECENT, SnapshotCollector, StatusSnapshot
from gopherbot.storage import keys

PUBLIC = table.MESSAGE_PUBLIC


def collect(client: redis.Redis) -> StatusSnapshot:
    return SnapshotCollector(client, APP, []).collect()


def entry(silent: float = 0, *, shadow: bool = False) -> str:
    """Make an entry of the registry of a worker that was last seen so many seconds ago."""
    seen = int((time.time() - silent) * 1000)
    info = msgspec.json.encode(ProcessInfo("worker", "worker.1", shadow=shadow)).decode()
    return f"{seen} {seen} 25000 {info}"


def test_the_counts_of_the_last_minutes_are_told_apart(redis_client: redis.Redis) -> None:
    minute = int(redis_client.time()[0]) // 60
    for ago, number in ((1, 3), (RECENT, 10), (30, 30), (70, 500)):
        redis_client.hset(keys.counters(APP, minute - ago), f"stale:{PUBLIC}", number)
    found = collect(redis_client)
    assert found.recently(counters.STALE) == 3
    assert found.last_hour(counters.STALE) == 43


def test_why_letters_are_dead_is_counted(redis_client: redis.Redis) -> None:
    for id, cause in (("a", "its worker died twice"), ("b", "its worker died twice"), ("c", "")):
        packed = messages.pack(PUBLIC, PUBLIC, b'{"event":{"text":"%s"}}' % (b"x" * 9000), None)
        message = msgspec.json.decode(packed.data)
        message["options"] |= {"died_of": cause} if cause else {}
        redis_client.hset(keys.dead_messages(APP, PUBLIC), id, msgspec.json.encode(message))
        redis_client.zadd(keys.dead_ids(APP, PUBLIC), {id: 1})
    redis_client.zadd(keys.dead_ids(APP, PUBLIC), {"of-no-message": 2})
    assert collect(redis_client).causes == {"its worker died twice": 2}


def test_the_latest_letters_are_those_whose_causes_are_counted(redis_client: redis.Redis) -> None:
    for died, cause in ((0, "long ago"), *((number, "lately") for number in range(1, 21))):
        letter = msgspec.json.encode({"options": {"died_of": cause}})
        redis_client.hset(keys.dead_messages(APP, PUBLIC), str(died), letter)
        redis_client.zadd(keys.dead_ids(APP, PUBLIC), {str(died): died})
    assert collect(redis_client).causes == {"lately": 20}


def test_a_process_that_was_given_up_and_came_back_is_alive(redis_client: redis.Redis) -> None:
    redis_client.hset(keys.processes(APP), "a", entry())
    redis_client.hset(keys.gone_processes(APP), "a", entry(900))
    [found] = collect(redis_client).processes
    assert found.alive
    assert found.silent < 25


def test_the_mode_is_that_of_the_workers_that_run(redis_client: redis.Redis) -> None:
    redis_client.hset(keys.processes(APP), "dead", entry(90, shadow=True))
    redis_client.hset(keys.processes(APP), "alive", entry())
    found = collect(redis_client)
    assert not found.shadow
    assert 'gopherbot_shadow_processes{kind="worker"} 0' in prometheus.render(found)
    redis_client.hset(keys.processes(APP), "alive", entry(shadow=True))
    found = collect(redis_client)
    assert found.shadow
    assert 'gopherbot_shadow_processes{kind="worker"} 1' in prometheus.render(found)


def test_an_entry_of_another_release_is_counted_and_not_called_dead(
    redis_client: redis.Redis,
) -> None:
    redis_client.hset(keys.processes(APP), "old", '{"kind":"worker"}')
    found = collect(redis_client)
    assert found.processes == []
    assert found.foreign == 1


def test_what_slack_delivers_is_exported_by_type_and_its_repeats_by_reason(
    redis_client: redis.Redis,
) -> None:
    counts: dict[Any, Any] = {"deliveries:message": 7, "retries:http_timeout": 2}
    for minute in ("total", int(redis_client.time()[0]) // 60):
        redis_client.hset(keys.counters(APP, minute), mapping=counts)
    found = collect(redis_client)
    assert found.deliveries() == {"message": 7}
    assert found.failed_share == pytest.approx(2 / 7)
    page = prometheus.render(found)
    assert 'gopherbot_deliveries_total{type="message"} 7' in page
    assert 'gopherbot_retries_total{reason="http_timeout"} 2' in page
    # Prometheus misses the first increase of a series that was not there before.
    assert 'gopherbot_retries_total{reason="http_error"} 0' in page


@pytest.mark.slow
def test_evictions_are_seen() -> None:
    with RedisServer("--maxmemory-policy", "allkeys-lru") as server, server.client() as client:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 200_000)
        for number in range(300):
            client.set(f"key-{number}", "x" * 1000)
        found = collect(client)
        assert found.memory.policy == "allkeys-lru"
        assert found.memory.evicted > 0
        assert f"gopherbot_redis_evicted_keys {found.memory.evicted}" in prometheus.render(found)


@pytest.mark.slow
def test_a_user_that_may_not_ask_for_info_gets_the_rest() -> None:
    with RedisServer() as server, server.client() as client:
        Inside(client).send(table.BACKGROUND, "channel_cache")
        client.execute_command("ACL", "SETUSER", "default", "-info")
        found = collect(client)
        assert found.memory.policy == ""
        assert sum(queue.waiting for queue in found.queues) == 1
