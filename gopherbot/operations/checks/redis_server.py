"""Checks that the Redis server is reachable, suitable and large enough."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import redis

from gopherbot.operations import connection_budget
from gopherbot.operations.checks.result import CheckResult, State
from gopherbot.settings import Platform, RedisSettings
from gopherbot.status.platform import evict_nothing, redis_is_away, set_variable
from gopherbot.storage.client import REDIS_ERRORS, connect

OLDEST = (6, 2)
"""The first version that has BLMOVE."""
FULL = 0.8
"""The share of the memory above which Redis is nearly full."""
NO_ROOM = 0.99
"""The share from which on Redis accepts no more."""
CLOCK_SECONDS = 5.0
"""Seconds that two clocks may differ. Events that look older than 30 s are dropped."""
_ABOUT = "redis"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_MIB = 1024 * 1024

Info = dict[str, Any]


def check(where: RedisSettings, platform: Platform) -> Iterator[CheckResult]:
    """Query the server, and yield the results."""
    client = connect(where, connections=1, retries=1)
    try:
        info: Info = client.info()
        seconds, microseconds = client.time()
        apart = time.time() - (seconds + microseconds / 1e6)
    except REDIS_ERRORS as error:
        yield _unreachable(where, error, platform)
        return
    finally:
        client.close()
    yield _version(where, info)
    yield _transport(where)
    yield _eviction(info, platform)
    yield _memory(info)
    yield _clock(apart)
    yield _connections(info)


def _unreachable(where: RedisSettings, error: Exception, platform: Platform) -> CheckResult:
    words = str(error)
    if isinstance(error, redis.AuthenticationError) or re.search(r"NOAUTH|WRONGPASS", words):
        return CheckResult(
            _ABOUT,
            State.FAILED,
            f"{where} rejects the password",
            "correct it in REDIS_URL",
        )
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return CheckResult(
            _ABOUT,
            State.FAILED,
            f"{where} presents an untrusted (self-signed?) certificate",
            f"{set_variable(platform, 'GOPHER_REDIS_SKIPVERIFY', '1')}, if you trust the network "
            "(Heroku's certificate is self-signed)",
        )
    plain = "" if where.tls else " without TLS"
    return CheckResult(
        _ABOUT,
        State.UNREACHABLE,
        f"{where} does not answer{plain}: {_first_line(words)}",
        redis_is_away(platform),
    )


def _version(where: RedisSettings, info: Info) -> CheckResult:
    name = str(info.get("server_name") or "redis")
    version = str(info.get(f"{name}_version") or info.get("redis_version") or "0")
    text = f"{name} {version} at {where}"
    # Valkey reports the version of Redis that it is compatible with.
    numbers = tuple(int(n) for n in re.findall(r"\d+", str(info.get("redis_version")))[:2])
    if numbers < OLDEST:
        return CheckResult(_ABOUT, State.FAILED, f"{text} is too old", "use Redis 6.2 or newer")
    return CheckResult(_ABOUT, State.OK, text)


def _transport(where: RedisSettings) -> CheckResult:
    if where.tls:
        proven = "certificate verified" if where.verify else "certificate not verified"
        return CheckResult(_ABOUT, State.OK, f"TLS, {proven}")
    if where.tls_overruled:
        return CheckResult(
            _ABOUT,
            State.WARNING,
            "plain TCP, though the address begins with rediss://: GOPHER_REDIS_INSECURE is 1",
            "unset GOPHER_REDIS_INSECURE, or use a redis:// address",
        )
    if where.host in _LOCAL:
        return CheckResult(_ABOUT, State.OK, "plain TCP on this machine")
    return CheckResult(
        _ABOUT,
        State.WARNING,
        "plain TCP: password and messages can be read in transit",
        "use a rediss:// address and unset GOPHER_REDIS_INSECURE",
    )


def _eviction(info: Info, platform: Platform) -> CheckResult:
    policy = str(info.get("maxmemory_policy") or "unknown")
    if policy == "noeviction":
        return CheckResult(_ABOUT, State.OK, "nothing is evicted (noeviction)")
    return CheckResult(
        _ABOUT,
        State.FAILED,
        f"eviction policy {policy}: when memory runs out, queued events are silently lost",
        evict_nothing(platform),
    )


def _clock(apart: float) -> CheckResult:
    """Return whether this machine's clock agrees with Redis's; `apart` is in seconds."""
    if abs(apart) <= CLOCK_SECONDS:
        return CheckResult(_ABOUT, State.OK, "its clock agrees with this machine's")
    which = "ahead of" if apart > 0 else "behind"
    return CheckResult(
        _ABOUT,
        State.FAILED if abs(apart) >= 30 else State.WARNING,
        f"this machine's clock is {abs(apart):.0f} s {which} Redis's: events look too old or are "
        "refused",
        "set both machines' clocks by NTP",
    )


def _memory(info: Info) -> CheckResult:
    used, limit = int(info.get("used_memory") or 0), int(info.get("maxmemory") or 0)
    text = f"{used / _MIB:.1f} MiB used"
    if not limit:
        return CheckResult(_ABOUT, State.OK, f"{text}, no limit set")
    text += f" of {limit / _MIB:.0f}"
    if used >= NO_ROOM * limit:
        return CheckResult(
            _ABOUT,
            State.FAILED,
            f"{text}: it is full, and the gateway refuses events",
            "see `gopherbot status` for the backlog, or choose a larger plan",
        )
    if used > FULL * limit:
        return CheckResult(
            _ABOUT,
            State.WARNING,
            f"{text}: when it is full, the gateway refuses events",
            "see `gopherbot status` for the backlog, or choose a larger plan",
        )
    return CheckResult(_ABOUT, State.OK, text)


def _connections(info: Info) -> CheckResult:
    kinds = connection_budget.of_dyno()
    most, limit = sum(kinds.values()), int(info.get("maxclients") or 0)
    parts = ", ".join(f"{kind} {number}" for kind, number in kinds.items())
    text = f"one web, one worker and one scheduler keep at most {most} connections ({parts})"
    if limit and most > limit:
        return CheckResult(
            _ABOUT,
            State.FAILED,
            f"{text}; the limit is {limit}",
            "lower WEB_CONCURRENCY, or choose a larger plan",
        )
    now = info.get("connected_clients")
    return CheckResult(_ABOUT, State.OK, f"{text}; {now} of {limit or 'unlimited'} are open now")


def _first_line(words: str) -> str:
    return words.strip().partition("\n")[0][:200]
