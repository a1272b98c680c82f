"""Connecting: old addresses with a placeholder for the user, and a wrong password."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import redis
from structlog.testing import capture_logs

from gopherbot.dev.redis_server import RedisServer
from gopherbot.settings import RedisSettings, Secret
from gopherbot.storage import client as client_module
from gopherbot.storage.client import connect

PASSWORD = "only-a-password"


def in_transaction(client: redis.Redis) -> None:
    with client.pipeline() as pipe:
        pipe.set("a", "1")
        pipe.execute()


WRITES: dict[str, Callable[[redis.Redis], object]] = {
    "command": lambda client: client.set("a", "1"),
    "transaction": in_transaction,
    "script": lambda client: client.register_script("redis.call('SET', KEYS[1], 1)")(keys=["a"]),
}
OF_REDIS_6 = "return redis.error_reply('ERR Error running script: -READONLY You cannot write')"


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


def test_an_unknown_user_is_logged_once(locked: RedisServer) -> None:
    client_module._warn_of_placeholder.cache_clear()
    with capture_logs() as lines:
        assert ping(locked, "h", PASSWORD)
        assert ping(locked, "h", PASSWORD)
    assert [line["event"].partition(":")[0] for line in lines] == ["redis user unknown"]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_server_that_was_demoted_is_left(write: Callable[[redis.Redis], object]) -> None:
    """Its name may lead to the new primary by now."""
    with RedisServer() as server, server.client() as admin:
        client = connect(RedisSettings("127.0.0.1", server.port), connections=1)
        first = client.client_id()
        admin.replicaof("127.0.0.1", 1)
        with pytest.raises(redis.ConnectionError, match="is a replica"):
            write(client)
        assert first not in {int(each["id"]) for each in admin.client_list()}
        admin.replicaof("NO", "ONE")
        write(client)
        client.close()


def test_a_script_that_redis_6_refuses_on_a_replica_tells_of_the_replica(
    redis_server: RedisServer,
) -> None:
    client = connect(RedisSettings("127.0.0.1", redis_server.port), connections=1)
    with client, pytest.raises(redis.ConnectionError, match="is a replica"):
        client.eval(OF_REDIS_6, 0)


def test_a_client_is_what_was_asked_for(
    redis_server: RedisServer, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_TIMEOUT", 0.01)
    where = RedisSettings("127.0.0.1", redis_server.port, database=3)
    with connect(where, connections=1, retries=1, answer_timeout=9, name="ours") as client:
        client.set("a", "1")
        assert redis_client.info("keyspace")["db3"]["keys"] == 1
        assert client.client_info()["name"] == "ours"
        assert client.blpop(["nothing"], timeout=0.1) is None, "its answer is waited for"
        redis_client.client_kill_filter(_id=client.client_id())
        assert client.get("a") == b"1", "it is sent once more"


def test_a_wrong_password_stays_wrong(locked: RedisServer) -> None:
    with pytest.raises(redis.AuthenticationError):
        ping(locked, "h", "another")
