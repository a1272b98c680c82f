"""A command to Redis whose reply was lost is sent again, and does the same as one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.client import Pipeline

from actors.conftest import NewWorker
from gopherbot import table
from gopherbot.actors.context import WorkerContext
from gopherbot.actors.maintenance import missed_joins, probe, round_trip
from gopherbot.dev.bot import APP
from gopherbot.storage import keys
from gopherbot.storage.members import Members
from slack_simulator import Simulator


@pytest.fixture
def lost_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send every command of redis-py twice, and use the second reply."""

    def twice(send: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **more: Any) -> Any:
            send(*arguments, **more)
            return send(*arguments, **more)

        return run

    for owner, name in (
        (redis.Redis, "_send_command_parse_response"),
        (Pipeline, "_execute_transaction"),
    ):
        monkeypatch.setattr(owner, name, twice(getattr(owner, name)))


@pytest.fixture
def worker(new_worker: NewWorker, lost_replies: None) -> WorkerContext:
    more = {"GOPHER_WELCOME_MISSED": "60", "GOPHER_SLACK_PROBE_CHANNEL": "C029RQSEE"}
    return new_worker(GOPHER_GATEWAY_URL="", **more)


def queued(client: redis.Redis, queue: str) -> int:
    return client.llen(keys.waiting(APP, queue))


def test_a_round_trip_counts_once(worker: WorkerContext, redis_client: redis.Redis) -> None:
    round_trip.run(worker)
    assert redis_client.hget(keys.round_trip(APP), "unanswered") == b"1"


def test_a_probe_is_queued_once(worker: WorkerContext, redis_client: redis.Redis) -> None:
    probe.run(worker)
    assert queued(redis_client, table.BACKGROUND) == 1


def test_a_missed_join_is_queued_once(
    worker: WorkerContext, slack: Simulator, redis_client: redis.Redis
) -> None:
    everyone = [member.id for page in worker.slack.members() for member in page]
    assert worker.members
    worker.members.propose(everyone, time.time() - table.HOUR)
    worker.members.confirm()
    now = int(time.time() * 1000)
    silence: list[str | int] = ["silent_from", now - 1_800_000, "silent_until", now, "came", now]
    redis_client.hset(keys.round_trip(APP), items=silence)
    slack.join_team("ada")
    missed_joins.run(worker)
    assert queued(redis_client, f"{table.TEAM_JOIN}.DQ") == 1


def test_a_list_of_members_is_confirmed_once(worker: WorkerContext) -> None:
    members = Members(worker.redis, APP)
    members.propose(["U1"], 1.0)
    members.confirm()
    members.confirm()
    assert members.listed_at() == 1.0
    assert members.proposed_at() is None
    assert members.unknown(["U1", "U2"]) == ["U2"]
