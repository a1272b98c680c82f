"""Checks that the Redis server is reachable, suitable and large enough."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import redis

from gopherbot import table
from gopherbot.commands.all import LINES
from gopherbot.commands.check.configuration import CheckResult, CheckState
from gopherbot.metrics.process_registry import read_entry
from gopherbot.settings import Platform, RedisSettings, Settings, web_concurrency
from gopherbot.status.advice import evict_nothing, redis_is_unreachable, set_variable
from gopherbot.storage import keys
from gopherbot.storage.client import REDIS_ERRORS, RedisConnections, connect, text
from gopherbot.table import FRESH_SECONDS

OLDEST = (6, 2)
"""The first version that has BLMOVE."""
FULL = 0.8
"""The share of the memory above which Redis is nearly full."""
NO_ROOM = 0.99
"""The share from which on Redis accepts no more."""
CLOCK_SECONDS = 5.0
"""Seconds that two clocks may differ before it is worth a warning."""
_ok = partial(CheckResult, "redis", CheckState.OK)
_warning = partial(CheckResult, "redis", CheckState.WARNING)
_failed = partial(CheckResult, "redis", CheckState.FAILED)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_MIB = 1024 * 1024

Info = dict[str, Any]


def check_redis(settings: Settings, platform: Platform) -> Iterator[CheckResult]:
    """Query the server, and yield the results."""
    where, app = settings.redis, settings.identity.app
    client = connect(where, connections=1, retries=1)
    try:
        seconds, microseconds = client.time()
        apart = time.time() - (seconds + microseconds / 1e6)
        info = _info(client)
        refused = _refused(client, app)
        running = _running(client, app, time.time() - apart)
    except REDIS_ERRORS as error:
        yield _unreachable(where, error, platform)
        return
    finally:
        client.close()
    if info is None:
        yield _warning(
            f"{where} refuses INFO: version, eviction, memory and connections were not checked",
            "allow the user INFO, or look at them yourself",
        )
    else:
        yield _version(where, info)
        yield _eviction(info, platform)
        yield _memory(info)
        yield _connections(info, running)
    yield _transport(where)
    yield _clock(apart)
    yield _commands(refused)


def _info(client: redis.Redis) -> Info | None:
    """Return the server's facts, or None if an ACL forbids them: the bot runs without."""
    try:
        found: Info = client.info()
    except redis.exceptions.NoPermissionError:
        return None
    return found


def _refused(client: redis.Redis, app: str) -> str:
    """Do what the bot does, with a key of its own. Return the server's error, or ""."""
    key = f"{app}:check"
    try:
        client.client_setname("gopherbot")
        client.register_script(_WRITE)(keys=[key], args=["1"])
        client.blmove(key, key, 1)  # It has an element: nothing blocks.
        with client.pipeline(transaction=True) as pipe:
            pipe.lrange(key, 0, -1)
            pipe.delete(key)
            pipe.execute()
    except redis.ResponseError as error:
        return str(error)
    return ""


_WRITE = """
redis.call("TIME")
redis.call("RPUSH", KEYS[1], ARGV[1])
redis.call("EXPIRE", KEYS[1], 60)
"""


def _commands(refused: str) -> CheckResult:
    if not refused:
        return _ok("writes, scripts and blocking reads work")
    return _failed(
        f"it refuses what the bot needs: {_first_line(refused)}",
        "allow the user these commands and the app's keys (docs/operating.md)",
    )


def _running(client: redis.Redis, app: str, now: float) -> Counter[str]:
    """Return how many processes of this bot run, by kind. `now` is Redis's time."""
    entries = [read_entry(text(value)) for value in client.hvals(keys.processes(app))]
    return Counter(each.info.kind for each in entries if each and now - each.seen <= each.lease)


def _unreachable(where: RedisSettings, error: Exception, platform: Platform) -> CheckResult:
    words = str(error)
    if isinstance(error, redis.exceptions.NoPermissionError):
        return _commands(words)
    if isinstance(error, redis.AuthenticationError) or re.search(r"NOAUTH|WRONGPASS", words):
        return _failed(f"{where} rejects the password", "correct it in REDIS_URL")
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return _failed(
            f"{where} presents an untrusted (self-signed?) certificate",
            f"{set_variable(platform, 'GOPHER_REDIS_SKIPVERIFY', '1')}, if you trust the network "
            "(Heroku's certificate is self-signed)",
        )
    if where.tls_on_next_port:
        return CheckResult(
            "redis",
            CheckState.UNREACHABLE,
            f"{where} does not answer: {_first_line(words).rstrip('.')}. With a redis:// address "
            f"it speaks TLS on the port after that, {where.port} instead of {where.port - 1}",
            f"{set_variable(platform, 'GOPHER_REDIS_INSECURE', '1')} if the server has no TLS; "
            f"otherwise {redis_is_unreachable(platform)}",
        )
    plain = "" if where.tls else " without TLS"
    return CheckResult(
        "redis",
        CheckState.UNREACHABLE,
        f"{where} does not answer{plain}: {_first_line(words)}",
        redis_is_unreachable(platform),
    )


def _version(where: RedisSettings, info: Info) -> CheckResult:
    name = str(info.get("server_name") or "redis")
    version = str(info.get(f"{name}_version") or info.get("redis_version") or "0")
    text = f"{name} {version} at {where}"
    # Valkey reports the version of Redis that it is compatible with.
    numbers = tuple(int(n) for n in re.findall(r"\d+", str(info.get("redis_version")))[:2])
    if numbers < OLDEST:
        return _failed(f"{text} is too old", "use Redis 6.2 or newer")
    return _ok(text)


def _transport(where: RedisSettings) -> CheckResult:
    if where.tls:
        proven = "certificate verified" if where.verify else "certificate not verified"
        return _ok(f"TLS, {proven}")
    if where.tls_overruled:
        return _warning(
            "plain TCP, though the address begins with rediss://: GOPHER_REDIS_INSECURE is 1",
            "unset GOPHER_REDIS_INSECURE, or use a redis:// address",
        )
    if where.host in _LOCAL:
        return _ok("plain TCP on this machine")
    return _warning(
        "plain TCP: password and messages can be read in transit",
        "use a rediss:// address and unset GOPHER_REDIS_INSECURE",
    )


def _eviction(info: Info, platform: Platform) -> CheckResult:
    policy = str(info.get("maxmemory_policy") or "unknown")
    if policy == "noeviction":
        return _ok("nothing is evicted (noeviction)")
    return _failed(
        f"eviction policy {policy}: when memory runs out, queued events are silently lost",
        evict_nothing(platform),
    )


def _clock(apart: float) -> CheckResult:
    """Return whether this machine's clock agrees with Redis's; `apart` is in seconds."""
    if abs(apart) <= CLOCK_SECONDS:
        return _ok("its clock agrees with this machine's")
    which = "ahead of" if apart > 0 else "behind"
    result = _failed if abs(apart) >= FRESH_SECONDS else _warning
    return result(
        f"this machine's clock is {abs(apart):.0f} s {which} Redis's: events look too old or are "
        "refused",
        "set both machines' clocks by NTP",
    )


def _memory(info: Info) -> CheckResult:
    used, limit = int(info.get("used_memory") or 0), int(info.get("maxmemory") or 0)
    text = f"{used / _MIB:.1f} MiB used"
    if not limit:
        return _ok(f"{text}, no limit set")
    text += f" of {limit / _MIB:.0f}"
    if used >= NO_ROOM * limit:
        return _failed(
            f"{text}: it is full, and the gateway refuses events",
            "see `gopherbot status` for the backlog, or choose a larger plan",
        )
    if used > FULL * limit:
        return _warning(
            f"{text}: when it is full, the gateway refuses events",
            "see `gopherbot status` for the backlog, or choose a larger plan",
        )
    return _ok(text)


def _connections(info: Info, running: Counter[str]) -> CheckResult:
    """Return whether there is room for the bot, beside others, and for two sets in a deploy."""
    kinds = connections_of_dyno()
    most, limit = sum(kinds.values()), int(info.get("maxclients") or 0)
    parts = ", ".join(f"{kind} {number}" for kind, number in kinds.items())
    now = int(info.get("connected_clients") or 0)
    own = connections_of_process()
    # One is this check's.
    others = max(0, now - 1 - sum(own.get(kind, 0) * n for kind, n in running.items()))
    text = (
        f"one web, one worker and one scheduler keep at most {most} connections ({parts}); "
        f"{now} of {limit or 'unlimited'} are open now"
        f"{f', {others} of them by others' if others else ''}"
    )
    if limit and most + others > limit:
        return _failed(
            f"{text}: there is no room for all", "lower WEB_CONCURRENCY, or choose a larger plan"
        )
    if limit and 2 * most + others > limit:
        return _warning(
            f"{text}: there is no room for a second set, as in a deploy",
            "stop the old processes before you start new ones, or choose a larger plan",
        )
    return _ok(text)


def _first_line(words: str) -> str:
    return words.strip().partition("\n")[0][:200]


def connections_of_process() -> dict[str, int]:
    """Return the most connections that one process of each kind uses, with everything on."""
    worker = RedisConnections.WORKER_SHARED + RedisConnections.CONSUMER * len(table.QUEUES)
    return {
        "web": RedisConnections.GATEWAY,
        "worker": worker,
        "scheduler": RedisConnections.SCHEDULER,
    }


def connections_of_dyno() -> dict[str, int]:
    """Return the most connections that a dyno of each kind uses."""
    workers = re.search(r"--processes (\d+)", LINES["worker"])
    processes = {"web": web_concurrency(), "worker": int(workers[1]) if workers else 1}
    return {kind: each * processes.get(kind, 1) for kind, each in connections_of_process().items()}
