"""Clients of Redis, made in one way for every process."""

from __future__ import annotations

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from gopherbot import logs
from gopherbot.settings import RedisSettings

CONNECT_TIMEOUT = 2.0
"""Seconds to connect."""
ANSWER_TIMEOUT = 2.0
"""Seconds for an answer."""

REDIS_ERRORS = (redis.RedisError, OSError)
"""What a call to Redis raises when Redis is away, slow or full."""

_WAIT_FOR_CONNECTION = 20.0
# Heroku's old addresses name a user, which a server that knows only a password does not know.
_PLACEHOLDER_USERS = frozenset({"h", "u"})

log = logs.get_logger(__name__)


class _PasswordAlone:
    """Connects with the password alone where the address's user is a placeholder and refused."""

    username: str | None

    def on_connect_check_health(self, check_health: bool = True) -> None:
        """Log in. Raise what redis-py does."""
        try:
            super().on_connect_check_health(check_health=check_health)  # type: ignore[misc]
        except redis.AuthenticationError:
            if self.username not in _PLACEHOLDER_USERS:
                raise
            self.username = None
            super().on_connect_check_health(check_health=check_health)  # type: ignore[misc]
            log.warning("redis knows no such user: REDIS_URL should hold the password alone")


class _Connection(_PasswordAlone, redis.Connection):
    """Over TCP."""


class _TlsConnection(_PasswordAlone, redis.SSLConnection):
    """Over TLS."""


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
    options["connection_class"] = _TlsConnection if where.tls else _Connection
    if where.tls and not where.verify:
        options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    pool = redis.BlockingConnectionPool(**options)  # type: ignore[no-untyped-call]
    return redis.Redis(connection_pool=pool)


def text(value: object) -> str:
    """Return a value of Redis's, which is bytes, as text."""
    return value.decode() if isinstance(value, bytes) else str(value)
