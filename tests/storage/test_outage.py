"""What an outage of Redis leaves in the log."""

from __future__ import annotations

import pytest
import redis
from structlog.testing import capture_logs

from gopherbot.storage import client
from gopherbot.storage.client import RedisAvailability

AWAY = redis.ConnectionError("refused")


def test_an_outage_is_one_warning_however_often_it_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "WARN_AFTER_SECONDS", 0.0)
    found = RedisAvailability()
    with capture_logs() as lines:
        for _ in range(2):
            for _ in range(20):
                found.failed(AWAY)
            found.answered()
            found.answered()
    assert [line["event"] for line in lines] == [
        "redis is unreachable",
        "redis is reachable again",
    ] * 2


@pytest.mark.parametrize(
    "error",
    [
        redis.exceptions.NoPermissionError("no permissions"),
        redis.exceptions.OutOfMemoryError("over maxmemory"),
        redis.AuthenticationError("invalid username-password pair"),
    ],
)
def test_a_redis_that_refuses_is_a_warning_at_once_and_not_away(error: Exception) -> None:
    found = RedisAvailability()
    with capture_logs() as lines:
        for _ in range(5):
            found.failed(error)
            found.answered()
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("redis refuses a command", "warning")
    ]


def test_a_refusal_that_returns_long_after_its_end_is_another_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, full = RedisAvailability(), redis.exceptions.OutOfMemoryError("over maxmemory")
    with capture_logs() as lines:
        for over_after in (600.0, 0.0):
            monkeypatch.setattr(client, "REFUSAL_OVER_SECONDS", over_after)
            found.failed(full)
    assert [line["event"] for line in lines] == 2 * ["redis refuses a command"]
