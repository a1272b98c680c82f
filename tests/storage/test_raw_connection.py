"""Bare connections to Redis: answers in order, scripts, lost connections, many threads."""

from __future__ import annotations

import random
import select
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

import pytest
import redis
from dramatiq.middleware import TimeLimitExceeded
from dramatiq.threading import raise_thread_exception
from support import PATIENCE, wait_until

from gopherbot.dev.redis_server import RedisServer
from gopherbot.storage.client import REDIS_ERRORS
from gopherbot.storage.raw_connection import RawConnection, RawConnections, RedisCommand

ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


def drop_connections(client: redis.Redis) -> int:
    """Have Redis close every other connection, as Heroku's does with idle ones."""
    return int(client.client_kill_filter(skipme=True, _type="normal"))


def test_every_command_gets_its_own_answer_be_it_an_error(redis_client: redis.Redis) -> None:
    connection = RawConnection(redis_client)
    first, second, third = connection.execute(("SET", "a", "1"), ("LPUSH", "a", "x"), ("GET", "a"))
    assert (first, third) == (b"OK", b"1")
    assert isinstance(second, redis.ResponseError)
    assert connection.execute(("GET", "a")) == [b"1"]


def test_a_script_runs_though_redis_has_forgotten_it(redis_client: redis.Redis) -> None:
    connection, script = RawConnection(redis_client), redis_client.register_script(ADD)
    assert connection.run_script(script, ["n"], [1]) == 1
    redis_client.script_flush()
    assert connection.run_script(script, ["n"], [1]) == 2


def test_failing_script_raises_redis_error_once(redis_client: redis.Redis) -> None:
    fails = redis_client.register_script(f"{ADD.removeprefix('return ')} return redis.call('NO')")
    with pytest.raises(redis.ResponseError, match="nknown"):
        RawConnections(redis_client, 1).run_script(fails, ["n"], [1], attempts=3)
    assert redis_client.get("n") == b"1"


def test_a_connection_that_redis_closed_while_idle_costs_nothing(redis_client: redis.Redis) -> None:
    connection = RawConnection(redis_client)
    assert connection.execute(("INCR", "n")) == [1]
    connection._last_used = 0.0  # as if long ago
    assert drop_connections(redis_client)
    # Redis answers before it closes: wait until the end has come here.
    assert select.select([connection._connection._sock], [], [], PATIENCE)[0]
    assert connection.execute(("INCR", "n")) == [2]


def test_a_lost_connection_is_told_and_the_next_call_works(redis_client: redis.Redis) -> None:
    connection = RawConnection(redis_client)
    connection.execute(("PING",))
    drop_connections(redis_client)
    with pytest.raises(REDIS_ERRORS):
        connection.execute(("PING",))
    assert connection.execute(("PING",)) == [b"PONG"]


@pytest.mark.parametrize(("attempts", "left"), [(2, b"2"), (1, b"1")])
def test_only_a_repeatable_command_survives_a_lost_connection(
    redis_client: redis.Redis, attempts: int, left: bytes
) -> None:
    connections = RawConnections(redis_client, 1)
    connections.transaction(("SET", "a", "1"))
    drop_connections(redis_client)
    with nullcontext() if attempts > 1 else pytest.raises(REDIS_ERRORS):
        connections.transaction(("SET", "a", "2"), attempts=attempts)
    assert redis_client.get("a") == left


@pytest.mark.parametrize("error", [redis.ConnectionError, redis.TimeoutError, ConnectionResetError])
def test_what_may_be_done_twice_is_tried_again_whatever_became_of_the_answer(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    connections, left = RawConnections(redis_client, 1), [error]
    execute = RawConnection.execute

    def fail_once(self: RawConnection, *commands: RedisCommand) -> list[object]:
        if left:
            raise left.pop()
        return execute(self, *commands)

    monkeypatch.setattr(RawConnection, "execute", fail_once)
    assert connections.execute(("PING",), attempts=2) == [b"PONG"]


def test_commands_are_done_all_or_none(redis_client: redis.Redis) -> None:
    connections = RawConnections(redis_client, 1)
    with pytest.raises(redis.ResponseError, match="unknown command"):
        connections.transaction(("SET", "a", "1"), ("NO SUCH COMMAND",))
    assert redis_client.get("a") is None
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        connections.transaction(("SET", "b", "1"), ("HSET", "b", "field", "1"))
    connections.transaction(("SET", "a", "1"), ("EXPIRE", "a", 60))
    assert 0 < redis_client.ttl("a") <= 60


def test_many_threads_share_few_connections(
    redis_client: redis.Redis, redis_server: RedisServer
) -> None:
    connections, script = RawConnections(redis_client, 2), redis_client.register_script(ADD)
    seen: Counter[int] = Counter()
    lock = threading.Lock()

    def add() -> None:
        for _ in range(50):
            number = connections.run_script(script, ["n"], [1])
            with lock:
                seen[number] += 1

    with redis_server.client() as looking:
        others = {client["id"] for client in looking.client_list()}
        with ThreadPoolExecutor(16) as pool:
            for future in [pool.submit(add) for _ in range(16)]:
                future.result()
        # Nobody got another's answer.
        assert seen == Counter(range(1, 801))
        assert len({client["id"] for client in looking.client_list()} - others) <= 2


def test_busy_connection_is_passed_over_and_all_are_closed(redis_client: redis.Redis) -> None:
    connections = RawConnections(redis_client, 2)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(connections.execute, ("BLPOP", "list", 0))
        wait_until(lambda: redis_client.info("clients")["blocked_clients"], "one is busy")
        for _ in range(4):
            assert connections.execute(("PING",)) == [b"PONG"]
        connections.execute(("RPUSH", "list", "x"))
        assert busy.result() == [[b"list", b"x"]], "nobody waited for it"
    [id] = connections.execute(("CLIENT", "ID"))
    connections.close()
    wait_until(
        lambda: str(id) not in {each["id"] for each in redis_client.client_list()}, "it is closed"
    )


@pytest.mark.slow
def test_a_thread_that_is_struck_anywhere_leaves_the_connections_usable(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Dramatiq's time limit does: an exception from outside, between any two instructions."""
    connections, script = RawConnections(redis_client, 2), redis_client.register_script(ADD)
    seen: Counter[int] = Counter()
    stopping = threading.Event()

    def add() -> None:
        while not stopping.is_set():
            # Kept only if it came back whole: what is struck on its way is lost to nobody else.
            number = connections.run_script(script, ["n"], [1])
            seen.update([number])

    def work() -> None:
        while not stopping.is_set():
            with suppress(TimeLimitExceeded):
                add()

    # One that is struck between two rounds ends, and there are others.
    ends: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda end: ends.append(end.exc_type))
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    chance = random.Random(5)
    for _ in range(400):
        struck = chance.choice(threads)
        with suppress(KeyError):
            raise_thread_exception(struck.ident, TimeLimitExceeded)  # type: ignore[no-untyped-call]
        time.sleep(0.002)
    stopping.set()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert set(ends) <= {TimeLimitExceeded}
    # Nobody got another's answer, and both connections work.
    assert len(seen) > 100
    assert set(seen.values()) <= {1}
    assert [connections.run_script(script, ["m"], [1]) for _ in range(4)] == [1, 2, 3, 4]


def test_a_struck_thread_leaves_no_answer_and_no_connection_behind(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strike() -> None:
        raise TimeLimitExceeded

    connection = RawConnection(redis_client)
    connection.execute(("SET", "a", "1"), ("SET", "b", "2"))
    before = len(redis_client.client_list())
    for _ in range(3):
        with monkeypatch.context() as struck:
            struck.setattr(connection, "_read_reply", strike)
            with pytest.raises(TimeLimitExceeded):
                connection.execute(("GET", "a"))
        assert connection.execute(("GET", "b")) == [b"2"]
    # Those of other tests may end meanwhile.
    assert len(redis_client.client_list()) <= before


def test_what_was_sent_without_waiting_leaves_its_answer_to_nobody(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strike(_packed: object) -> None:
        raise TimeLimitExceeded

    connection = RawConnection(redis_client)
    ids = connection.execute(("CLIENT", "ID"))
    connection.send(("SET", "a", "1"), ("SET", "b", "2"))
    for _ in range(2):
        assert connection.execute(("GET", "a"), ("GET", "b")) == [b"1", b"2"]
    assert connection.execute(("CLIENT", "ID")) == ids, "it is the same connection"
    connection.send(("SET", "a", "3"))
    with monkeypatch.context() as struck:
        struck.setattr(connection._connection, "send_packed_command", strike)
        with pytest.raises(TimeLimitExceeded):
            connection.execute(("GET", "b"))
    assert connection.execute(("GET", "b")) == [b"2"]


def test_unread_answer_of_a_closed_connection_costs_nothing(redis_client: redis.Redis) -> None:
    connection = RawConnection(redis_client)
    connection.send(("SET", "a", "1"))
    assert select.select([connection._connection._sock], [], [], PATIENCE)[0]
    assert drop_connections(redis_client)
    time.sleep(0.1)  # The end comes here behind the answer.
    connection._last_used = 0.0  # as if long ago
    assert connection.execute(("GET", "a")) == [b"1"]
