"""Bare connections to Redis: answers in order, scripts, lost connections, many threads."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import redis
from dramatiq.middleware import TimeLimitExceeded
from dramatiq.threading import raise_thread_exception
from support import no_redis

from gopherbot.dev.redis_server import RedisServer
from gopherbot.storage.raw_connection import Link, Links

ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


def drop_connections(client: redis.Redis) -> int:
    """Have Redis close every other connection, as Heroku's does with idle ones."""
    return int(client.client_kill_filter(skipme=True, _type="normal"))


def test_every_command_gets_its_own_answer_be_it_an_error(redis_client: redis.Redis) -> None:
    link = Link(redis_client)
    first, second, third = link.ask(("SET", "a", "1"), ("LPUSH", "a", "x"), ("GET", "a"))
    assert (first, third) == (b"OK", b"1")
    assert isinstance(second, redis.ResponseError)
    assert link.ask(("GET", "a")) == [b"1"]


def test_a_script_runs_though_redis_has_forgotten_it(redis_client: redis.Redis) -> None:
    link, script = Link(redis_client), redis_client.register_script(ADD)
    assert link.run(script, ["n"], [1]) == 1
    redis_client.script_flush()
    assert link.run(script, ["n"], [1]) == 2


def test_a_script_that_fails_raises_what_redis_says(redis_client: redis.Redis) -> None:
    redis_client.set("n", "no number")
    with pytest.raises(redis.ResponseError, match="not an integer"):
        Links(redis_client, 1).run(redis_client.register_script(ADD), ["n"], [1])


def test_a_connection_that_redis_closed_while_idle_costs_nothing(redis_client: redis.Redis) -> None:
    link = Link(redis_client)
    assert link.ask(("INCR", "n")) == [1]
    link._last_used = 0.0  # as if long ago
    assert drop_connections(redis_client)
    assert link.ask(("INCR", "n")) == [2]


def test_a_lost_connection_is_told_and_the_next_call_works(redis_client: redis.Redis) -> None:
    link = Link(redis_client)
    link.ask(("PING",))
    drop_connections(redis_client)
    with pytest.raises((redis.RedisError, OSError)):
        link.ask(("PING",))
    assert link.ask(("PING",)) == [b"PONG"]


def test_what_may_be_done_twice_is_tried_again_after_a_lost_connection(
    redis_client: redis.Redis,
) -> None:
    links = Links(redis_client, 1)
    links.do(("SET", "a", "1"))
    drop_connections(redis_client)
    links.do(("SET", "a", "2"), attempts=2)
    assert redis_client.get("a") == b"2"


def test_commands_are_done_all_or_none(redis_client: redis.Redis) -> None:
    links = Links(redis_client, 1)
    with pytest.raises(redis.ResponseError):
        links.do(("SET", "a", "1"), ("NO SUCH COMMAND",))
    assert redis_client.get("a") is None
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        links.do(("SET", "b", "1"), ("HSET", "b", "field", "1"))
    links.do(("SET", "a", "1"), ("EXPIRE", "a", 60))
    assert 0 < redis_client.ttl("a") <= 60


def test_many_threads_share_few_connections(
    redis_client: redis.Redis, redis_server: RedisServer
) -> None:
    links, script = Links(redis_client, 2), redis_client.register_script(ADD)
    seen: Counter[int] = Counter()
    lock = threading.Lock()

    def add() -> None:
        for _ in range(50):
            number = links.run(script, ["n"], [1])
            with lock:
                seen[number] += 1

    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(add) for _ in range(16)]:
            future.result()
    # Nobody got another's answer.
    assert seen == Counter(range(1, 801))
    with redis_server.client() as looking:
        assert len(looking.client_list()) <= 2 + 2


def test_a_thread_that_is_struck_anywhere_leaves_the_connections_usable(
    redis_client: redis.Redis,
) -> None:
    """As Dramatiq's time limit does: an exception from outside, between any two instructions."""
    links, script = Links(redis_client, 2), redis_client.register_script(ADD)
    seen: Counter[int] = Counter()
    stopping = threading.Event()

    def add() -> None:
        while not stopping.is_set():
            with suppress(TimeLimitExceeded):
                # Kept only if it came back whole: what is struck on its way is lost to nobody else.
                number = links.run(script, ["n"], [1])
                seen.update([number])

    threads = [threading.Thread(target=add) for _ in range(6)]
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
    # Nobody got another's answer, and both connections work.
    assert len(seen) > 100
    assert set(seen.values()) <= {1}
    assert [links.run(script, ["m"], [1]) for _ in range(4)] == [1, 2, 3, 4]


def test_without_redis_the_error_passes_through() -> None:
    with no_redis() as nowhere, pytest.raises(redis.ConnectionError):
        Links(nowhere, 1).do(("PING",), attempts=2)
