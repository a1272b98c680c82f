"""Connecting: old addresses with a placeholder for the user, and a wrong password."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from gopherbot.dev.redis_server import RedisServer
from gopherbot.settings import RedisSettings, Secret
from gopherbot.storage.client import connect

PASSWORD = "only-a-password"


@pytest.fixture
def locked() -> Iterator[RedisServer]:
    with RedisServer() as server:
        with server.client() as client:
            client.config_set("requirepass", PASSWORD)
        yield server


def ping(server: RedisServer, user: str | None, password: str) -> bool:
    where = RedisSettings(
        "127.0.0.1", server.port, username=user, password=Secret(password), tls=False
    )
    client = connect(where, connections=1)
    try:
        return bool(client.ping())
    finally:
        client.close()


@pytest.mark.parametrize("user", ["h", "u", None])
def test_a_placeholder_for_the_user_is_not_insisted_on(
    locked: RedisServer, user: str | None
) -> None:
    assert ping(locked, user, PASSWORD)


def test_a_real_user_that_is_unknown_is_refused(locked: RedisServer) -> None:
    with pytest.raises(redis.AuthenticationError):
        ping(locked, "somebody", PASSWORD)


def test_a_wrong_password_stays_wrong(locked: RedisServer) -> None:
    with pytest.raises(redis.AuthenticationError):
        ping(locked, "h", "another")
