"""Connecting: old addresses with a placeholder for the user, and a wrong password."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import redis
from structlog.testing import capture_logs

from gopherbot.dev.redis_server import RedisServer
from gopherbot.settings import RedisSettings, Secret
from gopherbot.storage import client
from gopherbot.storage import client as client_module
from gopherbot.storage.client import WARN_AFTER_SECONDS, RedisAvailability, connect

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
def test_placeholder_user_is_not_insisted_on(locked: RedisServer, user: str | None) -> None:
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


def test_script_refused_by_a_redis_6_replica_names_it(redis_server: RedisServer) -> None:
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


# What an outage of Redis leaves in the log.

AWAY = redis.ConnectionError("refused")
FULL = redis.exceptions.OutOfMemoryError("over maxmemory")
DENIED = redis.exceptions.NoPermissionError("no permissions")
WRONG = redis.AuthenticationError("invalid username-password pair")
SLOW, GONE, BACK = "redis does not answer", "redis is unreachable", "redis is reachable again"


@pytest.mark.parametrize(
    ("silent", "each_time"), [(0.0, [SLOW]), (WARN_AFTER_SECONDS, [GONE, BACK])]
)
def test_outage_logs_once_and_warns_if_it_lasts(silent: float, each_time: list[str]) -> None:
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
def test_refusing_redis_is_a_warning_at_once(errors: list[Exception], warnings: int) -> None:
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


def test_refusal_long_after_the_last_warns_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = RedisAvailability()
    with capture_logs() as lines:
        for over_after in (600.0, 0.0):
            monkeypatch.setattr(client, "REFUSAL_OVER_SECONDS", over_after)
            found.failed(FULL)
    assert [line["event"] for line in lines] == 2 * ["redis refuses a command"]
