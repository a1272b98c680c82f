"""What an outage of Redis leaves in the log."""

from __future__ import annotations

import pytest
import redis
from structlog.testing import capture_logs

from gopherbot.storage import client
from gopherbot.storage.client import WARN_AFTER_SECONDS, RedisAvailability

AWAY = redis.ConnectionError("refused")
FULL = redis.exceptions.OutOfMemoryError("over maxmemory")
DENIED = redis.exceptions.NoPermissionError("no permissions")
WRONG = redis.AuthenticationError("invalid username-password pair")
SLOW, GONE, BACK = "redis does not answer", "redis is unreachable", "redis is reachable again"


@pytest.mark.parametrize(
    ("silent", "each_time"), [(0.0, [SLOW]), (WARN_AFTER_SECONDS, [GONE, BACK])]
)
def test_an_outage_is_logged_once_and_is_a_warning_if_it_lasts(
    silent: float, each_time: list[str]
) -> None:
    found = RedisAvailability()
    with capture_logs() as lines:
        for _ in range(2):
            found._last_answer -= silent
            for _ in range(20):
                found.failed(AWAY)
            found.answered()
            found.answered()
    assert [line["event"] for line in lines] == each_time * 2


def test_an_answer_ends_the_silence_before_it() -> None:
    found = RedisAvailability()
    with capture_logs() as lines:
        found._last_answer -= WARN_AFTER_SECONDS
        found.answered()
        found.failed(AWAY)
    assert [line["event"] for line in lines] == [SLOW]


@pytest.mark.parametrize(
    ("errors", "warnings"),
    [([FULL], 1), ([DENIED], 1), ([WRONG], 1), ([FULL] * 5, 1), ([FULL, DENIED, FULL], 3)],
)
def test_a_redis_that_refuses_is_a_warning_at_once_and_not_away(
    errors: list[Exception], warnings: int
) -> None:
    counted: list[None] = []
    found = RedisAvailability(lambda: counted.append(None))
    with capture_logs() as lines:
        for error in errors:
            found.failed(error)
            found.answered()
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("redis refuses a command", "warning")
    ] * warnings
    assert len(counted) == len(errors)


def test_a_refusal_that_returns_long_after_its_end_is_another_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = RedisAvailability()
    with capture_logs() as lines:
        for over_after in (600.0, 0.0):
            monkeypatch.setattr(client, "REFUSAL_OVER_SECONDS", over_after)
            found.failed(FULL)
    assert [line["event"] for line in lines] == 2 * ["redis refuses a command"]
