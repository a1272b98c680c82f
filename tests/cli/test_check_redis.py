"""`gopherbot check` of a Redis: whether it suits, has room, and has the same clock."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from chaos.hosts import clock_off
from conftest import SettingsFor

from gopherbot.commands.check import redis_server
from gopherbot.commands.check.configuration import CheckResult, CheckState
from gopherbot.dev.redis_server import RedisServer
from gopherbot.settings import Platform, RedisSettings
from gopherbot.storage import keys
from gopherbot.storage.client import RedisConnections

from .conftest import Installation
from .test_check import GENERAL, alike, results

pytestmark = pytest.mark.slow


@pytest.fixture
def other_redis() -> Iterator[RedisServer]:
    """A server of one's own, to be spoilt."""
    with RedisServer() as server:
        yield server


def test_an_unsuitable_redis_is_reported(feedless: Installation, other_redis: RedisServer) -> None:
    with other_redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 200_000)
        client.config_set("maxclients", 12)
    found = results(feedless, REDIS_URL=other_redis.url)
    assert alike(
        found,
        "✗ eviction policy allkeys-lru: when memory runs out, queued… → heroku redis:maxmemory…\n"
        "! …: when it is full, the gateway refuses events → see `gopherbot status` for the backl…\n"
        "✗ …; 1 of 12 are open now: there is no room for all → lower WEB_CONCURRENCY, or choose a…",
    ), found


def test_another_bots_connections_count(feedless: Installation, other_redis: RedisServer) -> None:
    most = sum(redis_server.connections_of_dyno().values())
    second = "there is no room for a second set, as in a deploy → stop the old…"
    with ExitStack() as others, other_redis.client() as client:
        client.config_set("maxclients", 2 * most - 1)
        assert alike(results(feedless, REDIS_URL=other_redis.url), f"! …open now…: {second}")
        client.config_set("maxclients", 2 * most + 5)
        assert results(feedless, REDIS_URL=other_redis.url) == ""
        for _ in range(most):
            others.enter_context(other_redis.client()).ping()
        # The test's own is one more.
        told = f"! …, {most + 1} of them by others: {second}"
        assert alike(results(feedless, REDIS_URL=other_redis.url), told)
        client.config_set("maxclients", 2 * most)
        assert "there is no room for all" in results(feedless, REDIS_URL=other_redis.url)


def test_one_s_own_connections_are_not_counted_twice() -> None:
    most = sum(redis_server.connections_of_dyno().values())
    running = Counter(web=2, worker=1, scheduler=1)
    info = {"maxclients": 2 * most, "connected_clients": most + 1}
    assert redis_server._connections(info, running).state is CheckState.OK


def test_whose_connections_are_open_is_judged_by_redis_s_clock(
    settings_for: SettingsFor, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, now = settings_for(), int(time.time() * 1000)
    for name, silent in (("worker.1", 0), ("worker.2", 11)):
        entry = f'{now - silent * 1000} {now} 10000 {{"kind":"worker"}}'
        redis_client.hset(keys.processes(settings.identity.app), name, entry)
    running = redis_server._running(redis_client, settings.identity.app, time.time())
    assert running == Counter(worker=1), "the other has been silent for longer than its lease"
    ahead = SimpleNamespace(time=lambda: time.time() + 60)
    monkeypatch.setattr(redis_server, "time", ahead)
    found = [each.text for each in redis_server.check_redis(settings, Platform.MACHINE)]
    assert [each for each in found if "connections" in each and "by others" not in each]


def test_a_plain_address_is_explained(feedless: Installation, other_redis: RedisServer) -> None:
    found = results(feedless, REDIS_URL=other_redis.url, GOPHER_REDIS_INSECURE="")
    port = other_redis.port
    assert alike(
        found,
        f"? rediss://127.0.0.1:{port + 1}/0 does not answer: …. With a redis:// address it speaks "
        f"TLS on the port after that, {port + 1} instead of {port} → heroku config:set "
        "GOPHER_REDIS_INSECURE=1 if the server has no TLS; otherwise…",
    ), found


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("-info", "! … refuses INFO: version, eviction, memory and connections were not… → allow…"),
        *(
            (rules, "✗ it refuses what the bot needs: … → allow the user these commands and the a…")
            for rules in (
                *("-client", "-@scripting", "-blmove", "-time", "-multi", "-@write"),
                "resetkeys ~other:*",
            )
        ),
    ],
)
def test_a_command_that_the_bot_needs_and_redis_refuses_is_told(
    feedless: Installation, other_redis: RedisServer, rules: str, words: str
) -> None:
    with other_redis.client() as client:
        user = ("ACL", "SETUSER", "bot", "on", ">pw", "~*", "&*", "+@all")
        client.execute_command(*user, *rules.split())
    found = results(feedless, REDIS_URL=other_redis.url.replace("//", "//bot:pw@"))
    assert alike(found, words), found


def test_a_wrong_password_is_no_outage(feedless: Installation, other_redis: RedisServer) -> None:
    with other_redis.client() as client:
        client.config_set("requirepass", "right")
    found = results(feedless, REDIS_URL=f"redis://:wrong@127.0.0.1:{other_redis.port}")
    assert alike(found, "✗ … rejects the password → correct it in REDIS_URL"), found


OK, WARNING, FAILED = CheckState.OK, CheckState.WARNING, CheckState.FAILED
VALKEY = {"server_name": "valkey", "valkey_version": "9.1", "redis_version": "7.2.4"}
"""Valkey reports the version of Redis that it is compatible with, too."""


def at(host: str = "10.0.0.1", **more: Any) -> RedisSettings:
    return RedisSettings(host, 6379, **more)


def memory(used: int) -> CheckResult:
    return redis_server._memory({"used_memory": used, "maxmemory": 100})


def version(info: dict[str, str]) -> CheckResult:
    return redis_server._version(at(), info)


@pytest.mark.parametrize(
    ("result", "state", "words"),
    [
        (memory(80), OK, "0.0 MiB used of 0"),
        (memory(81), WARNING, "0.0 MiB used of 0: when it is full"),
        (memory(99), FAILED, "0.0 MiB used of 0: it is full"),
        (redis_server._clock(-30), FAILED, "is 30 s behind Redis's"),
        (redis_server._clock(-29), WARNING, "is 29 s behind Redis's"),
        (redis_server._clock(-5), OK, "agrees"),
        (redis_server._clock(5), OK, "agrees"),
        (redis_server._clock(6), WARNING, "is 6 s ahead of Redis's"),
        (redis_server._clock(30), FAILED, "is 30 s ahead of Redis's"),
        (version({"redis_version": "6.2.0"}), OK, "redis 6.2.0 at redis://10.0.0.1"),
        (
            version({"redis_version": "6.0.16"}),
            FAILED,
            "redis 6.0.16 at redis://10.0.0.1:6379/0 is",
        ),
        (version(VALKEY), OK, "valkey 9.1 at redis://10.0.0.1"),
        (redis_server._transport(at("localhost")), OK, "plain TCP on this machine"),
        (redis_server._transport(at()), WARNING, "can be read in transit"),
        (redis_server._transport(at(tls=True)), OK, "certificate verified"),
        (redis_server._transport(at(tls=True, verify=False)), OK, "certificate not verified"),
        (redis_server._transport(at("localhost", tls_overruled=True)), WARNING, "_INSECURE is 1"),
        (
            redis_server._unreachable(
                at(), redis.ConnectionError("CERTIFICATE_VERIFY_FAILED"), Platform.HEROKU
            ),
            FAILED,
            "untrusted (self-signed?) certificate",
        ),
    ],
)
def test_what_redis_reports_is_judged(result: CheckResult, state: CheckState, words: str) -> None:
    assert result.state is state
    assert words in result.text
    assert bool(result.todo) is (state is not OK)


def test_the_connections_are_those_that_the_bot_opens(installation: Installation) -> None:
    most = sum(redis_server.connections_of_dyno().values())
    assert redis_server.connections_of_dyno()["web"] == RedisConnections.GATEWAY
    clients: list[dict[str, Any]] = installation.client.client_list()
    # One is the test's own.
    assert 5 < len(clients) - 1 <= most


@pytest.mark.parametrize(
    ("seconds", "sign", "words"),
    [
        (-40, "✗", "40 s behind Slack's: events look too old"),
        (-12, "!", "12 s behind Slack's: events look too old"),
        (400, "✗", "400 s ahead of Slack's: every event is refused"),
    ],
)
def test_a_wrong_clock_is_reported(
    feedless: Installation, seconds: int, sign: str, words: str
) -> None:
    arguments = {"GOPHER_SLACK_PROBE_CHANNEL": GENERAL, **clock_off(seconds)}
    found = feedless.tool("check", **arguments).stdout
    [told] = re.findall(rf"^{sign} slack +(.*)\n +→ set it by NTP", found, re.MULTILINE)
    # Slack tells its time to the second, and asking takes a moment.
    number = re.search(r"(\d+) s", told)
    assert number
    assert abs(int(number[1]) - abs(seconds)) <= 3
    assert re.sub(r"\d+", "N", told).endswith(re.sub(r"\d+", "N", words))
    assert re.search(rf"^{sign} redis +this machine's clock is \d+ s", found, re.MULTILINE)
