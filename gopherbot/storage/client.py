"""Clients of Redis, made in one way for every process."""

from __future__ import annotations

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from gopherbot.settings import RedisSettings

CONNECT_TIMEOUT = 2.0
"""Seconds to connect."""
ANSWER_TIMEOUT = 2.0
"""Seconds for an answer."""

REDIS_ERRORS = (redis.RedisError, OSError)
"""What a call to Redis raises when Redis is away, slow or full."""

_WAIT_FOR_CONNECTION = 20.0


def connect(
    where: RedisSettings,
    *,
    connections: int,
    retries: int = 0,
    connect_timeout: float = CONNECT_TIMEOUT,
    answer_timeout: float = ANSWER_TIMEOUT,
    name: str = "",
) -> redis.Redis:
    """Return a client with a pool of at most `connections`; threads wait for a free one.

    Nothing is connected yet. `retries` repeats a command after a lost connection: only for
    commands that may be run twice. `name` is what CLIENT LIST shows for the connections.
    """
    options: dict[str, object] = {
        "host": where.host,
        "port": where.port,
        "db": where.database,
        "username": where.username,
        "password": where.password.reveal() or None,
        "socket_connect_timeout": connect_timeout,
        "socket_timeout": answer_timeout,
        "socket_keepalive": True,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.5), retries),
        "max_connections": connections,
        "client_name": name or None,
        "timeout": _WAIT_FOR_CONNECTION,
        # RESP2 saves the handshakes of RESP3, of which nothing is used.
        "protocol": 2,
    }
    if where.tls:
        options["connection_class"] = redis.SSLConnection
        if not where.verify:
            options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    pool = redis.BlockingConnectionPool(**options)  # type: ignore[no-untyped-call]
    return redis.Redis(connection_pool=pool)


def text(value: object) -> str:
    """Return a value of Redis's, which is bytes, as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
