"""How the processes are, for the header of the page."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from dynos import ForkedBot
from support import wait_until

from gopherbot.dev.bot import LocalBot
from gopherbot.dev.health import Health
from gopherbot.dev.redis_server import RedisServer
from gopherbot.dev.workspace_setup import GOPHERS
from slack_simulator import Simulator


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def bot(redis: RedisServer) -> Iterator[LocalBot]:
    with Simulator(setup=GOPHERS) as slack:
        one = {"WEB_CONCURRENCY": "1"}
        with ForkedBot(redis.url, slack, names=("web", "scheduler"), more=one) as bot:
            yield bot


def states(health: dict[str, Any]) -> dict[str, str]:
    return {part["name"]: part["state"] for part in health["parts"]}


def test_each_process_is_shown_alive_or_down(
    bot: LocalBot, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The others' heartbeats are rarer than a worker's.
    monkeypatch.setattr("gopherbot.dev.health._FROZEN_AFTER_SECONDS", 0.0)
    health = Health(bot)
    assert states(health()) == {"gateway": "ok", "scheduler": "ok", "redis": "ok"}
    assert (health()["problem"], health()["last_error"]) == ("", None)
    bot.dynos["scheduler"].terminate()
    wait_until(lambda: states(health())["scheduler"] == "down", "the scheduler has ended")
    (scheduler,) = (part for part in health()["parts"] if part["name"] == "scheduler")
    assert scheduler["note"].startswith("exited with status")
    redis.stop()
    wait_until(lambda: states(health())["redis"] == "down", "redis is gone")
    wait_until(lambda: states(health())["gateway"] == "down", "the gateway has noticed")
    (gateway,) = (part for part in health()["parts"] if part["name"] == "gateway")
    assert "redis" in gateway["note"].lower()


def test_the_last_error_is_kept(redis: RedisServer) -> None:
    with Simulator(setup=GOPHERS) as slack:
        health = Health(LocalBot(redis.url, slack, names=("worker",)))
    assert states(health()) == {"worker": "unknown", "redis": "ok"}
    health.observe({"level": "info", "event": "handled", "process": "worker"})
    failed = {"level": "error", "event": "rule failed", "process": "worker"}
    health.observe(failed | {"exception": "Traceback\n  File\nValueError: x"})
    health.observe({"level": "warning", "event": "slow", "process": "web"})
    assert health()["last_error"]["text"] == "worker: rule failed: ValueError: x"
    health.observe({"level": "critical", "event": "lost", "error": "late", "process": "web"})
    assert health()["last_error"]["text"] == "web: lost: late"
    health.not_reloaded("answers.toml: no")
    assert health()["problem"] == "answers.toml: no"
    health.reloaded()
    assert (health()["problem"], health()["last_error"]) == ("", None)


def test_a_worker_that_is_stopped_or_frozen_is_down(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Simulator(setup=GOPHERS) as slack, ForkedBot(redis.url, slack, names=("worker",)) as bot:
        health, dyno = Health(bot), bot.dynos["worker"]
        wait_until(lambda: states(health())["worker"] == "ok" and health.works(dyno), "it works")
        dyno.signal_all(signal.SIGSTOP)
        wait_until(lambda: states(health())["worker"] == "down", "it is stopped")
        assert "stopped by a signal" in health()["parts"][0]["note"]
        dyno.signal_all(signal.SIGCONT)
        wait_until(lambda: states(health())["worker"] == "ok", "it goes on")
        # As if the next heartbeat were long overdue.
        monkeypatch.setattr("gopherbot.dev.health._FROZEN_AFTER_SECONDS", 0.0)
        part, _ = health()["parts"]
        assert (part["state"], part["note"][:26]) == ("down", "frozen: its last heartbeat")
        assert not health.works(dyno)
