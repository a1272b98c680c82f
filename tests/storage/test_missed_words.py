"""Words that found nothing: when they are told, and for how long anything of them is kept."""

from __future__ import annotations

import time

import pytest
import redis

from gopherbot.dev.bot import APP
from gopherbot.queues.sealing import Sealer
from gopherbot.settings import Secret
from gopherbot.storage import keys
from gopherbot.storage.client import text
from gopherbot.storage.missed_words import KEPT_SECONDS, MissedWords, read

DIGESTS, WORDS = keys.missed_words(APP, "digests"), keys.missed_words(APP, "words")


def entries(client: redis.Redis, key: str) -> list[str]:
    return [text(each) for each in client.zrange(key, 0, -1)]


def missed(client: redis.Redis, secret: str = "s") -> MissedWords:
    return MissedWords(client, APP, Sealer(Secret(secret)).digest)


@pytest.mark.parametrize(
    ("users", "told"),
    [
        *((["U1"], []), (["U1", "U1", "U1", "U1"], []), (["U1", "U2", "U1", "U2"], [])),
        *((["U1", "U2", "U3"], ["wasm"]), (["U1", "U2", "U3", "U4"], ["wasm"])),
    ],
)
def test_a_word_is_told_once_three_members_used_it(
    redis_client: redis.Redis, users: list[str], told: list[str]
) -> None:
    for user in users:
        worker = missed(redis_client)
        worker.add(user, ["wasm"])
        worker.flush()
        worker.flush()
    assert read(redis_client, APP) == told
    assert redis_client.zcard(DIGESTS) == len(set(users))
    assert "wasm" not in str(entries(redis_client, DIGESTS))


def test_what_is_older_than_a_month_does_not_count_and_goes(redis_client: redis.Redis) -> None:
    for user in ("U1", "U2", "U3"):
        worker = missed(redis_client)
        worker.add(user, ["wasm"])
        worker.flush()
    for key in (DIGESTS, WORDS):
        for member in entries(redis_client, key):
            redis_client.zadd(key, {member: time.time() - KEPT_SECONDS - 1})
    worker.add("U4", ["wasm"])
    worker.flush()
    assert read(redis_client, APP) == []
    assert redis_client.zcard(DIGESTS) == 1
    assert 0 < redis_client.ttl(DIGESTS) <= KEPT_SECONDS


def test_no_digest_can_be_computed_without_the_secret(redis_client: redis.Redis) -> None:
    for secret in ("a", "b", "c"):
        worker = missed(redis_client, secret)
        worker.add(secret, ["wasm"])
        worker.flush()
    words = {each.partition(":")[0] for each in entries(redis_client, DIGESTS)}
    assert len(words) == 3


def test_no_flood_of_words_fills_redis_or_the_worker(redis_client: redis.Redis) -> None:
    worker = missed(redis_client)
    for number in range(12):
        worker.add(f"U{number}", (f"w{number // 3}x{word}" for word in range(1000)))
        worker.flush()
        assert redis_client.zcard(DIGESTS) == min(200 * (number + 1), 2000)
    assert len(read(redis_client, APP)) == 200


def test_what_redis_does_not_take_waits_for_the_next_heartbeat(redis_client: redis.Redis) -> None:
    worker = missed(redis_client)
    worker.add("U1", ["wasm"])
    redis_client.set(DIGESTS, "something else")
    worker.flush()
    redis_client.delete(DIGESTS)
    worker.flush()
    assert redis_client.zcard(DIGESTS) == 1
