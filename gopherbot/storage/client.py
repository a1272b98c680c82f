"""Redis clients, configured the same way for every process, and how many connections they open."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from gopherbot import logs
from gopherbot.settings import RedisSettings

CONNECT_TIMEOUT = 2.0
"""Connect timeout, in seconds."""
ANSWER_TIMEOUT = 2.0
"""Reply timeout, in seconds."""

REDIS_ERRORS = (redis.RedisError, OSError)
"""The exceptions of a Redis call when Redis is unreachable, slow or full."""

_WAIT_FOR_CONNECTION = 20.0
_KEEPALIVE = (
    {socket.TCP_KEEPIDLE: 5, socket.TCP_KEEPINTVL: 1, socket.TCP_KEEPCNT: 3}
    if hasattr(socket, "TCP_KEEPIDLE")
    else {}
)
"""What a firewall has forgotten fails within 8 s, not when a consumer's wait ends."""
# Heroku's old URLs contain a placeholder user, which a server with only a password rejects.
_PLACEHOLDER_USERS = frozenset({"h", "u"})

WARN_AFTER_SECONDS = 4.0
REFUSAL_OVER_SECONDS = 600.0
"""A refusal that returns after so long is a new one."""

log = logs.get_logger(__name__)


class RedisConnections:
    """The most connections that each part of a process opens.

    Heroku's smallest plan allows 20 in total; `gopherbot check` adds these up.
    """

    HEARTBEAT = 1
    """The heartbeat has its own connection, so it never waits for other commands."""

    GATEWAY_WRITER = 1
    """Enqueues events."""
    GATEWAY_READER = 1
    """Serves `/_ready` and `/metrics`."""
    GATEWAY = HEARTBEAT + GATEWAY_WRITER + GATEWAY_READER

    CONSUMER = 1
    """Per queue: its consumer blocks on this connection."""
    WORKER_MESSAGES = 3
    """Shared by a worker's threads to process messages: claims, acknowledgements, retries."""
    WORKER_MEMORY = 2
    """Shared by actors for the channel cache and the watchers' seen items."""
    WORKER_SHARED = HEARTBEAT + WORKER_MESSAGES + WORKER_MEMORY

    SCHEDULER_LEAD = 1
    """Renews the leader's lease, and sends jobs under it."""
    SCHEDULER = HEARTBEAT + SCHEDULER_LEAD


class _Ours:
    """What all our connections do beyond redis-py's."""

    username: str | None

    def read_response(self, *args: Any, **options: Any) -> Any:
        """Return a reply. Disconnect from a server that no longer takes writes.

        It has been demoted to a replica. The next connection may lead to the new primary.
        """
        try:
            return super().read_response(*args, **options)  # type: ignore[misc]
        except redis.ResponseError as error:
            # Redis 6 quotes the error of a command inside a script.
            if not isinstance(error, redis.ReadOnlyError) and "-READONLY" not in str(error):
                raise
            self.disconnect()  # type: ignore[attr-defined]
            raise redis.ConnectionError(f"this server is a replica: {error}") from error

    def on_connect_check_health(self, check_health: bool = True) -> None:
        """Log in, with only the password if Redis rejects the URL's placeholder user.

        Raise the errors of redis-py.
        """
        try:
            super().on_connect_check_health(check_health=check_health)  # type: ignore[misc]
        except redis.AuthenticationError:
            if self.username not in _PLACEHOLDER_USERS:
                raise
            self.username = None
            super().on_connect_check_health(check_health=check_health)  # type: ignore[misc]
            _warn_of_placeholder()


@cache  # Once, not for each connection.
def _warn_of_placeholder() -> None:
    log.warning("redis user unknown: remove it from REDIS_URL and keep the password")


class _TcpConnection(_Ours, redis.Connection):
    """Over TCP."""


class _TlsConnection(_Ours, redis.SSLConnection):
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

    It connects on first use. `retries` is how often to repeat a command after a lost connection;
    set it only if every command is idempotent. CLIENT LIST shows the connections under `name`.
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
        "socket_keepalive_options": _KEEPALIVE,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.5), retries),
        "max_connections": connections,
        "client_name": name or None,
        "timeout": _WAIT_FOR_CONNECTION,
        # RESP2 saves the handshake of RESP3, and we use none of its features.
        "protocol": 2,
    }
    options["connection_class"] = _TlsConnection if where.tls else _TcpConnection
    if where.tls and not where.verify:
        options["ssl_cert_reqs"] = "none"
    pool = redis.BlockingConnectionPool(**options)  # type: ignore[no-untyped-call]
    return redis.Redis(connection_pool=pool)


def text(value: object) -> str:
    """Return a value from Redis, decoded if it is bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


class RedisAvailability:
    """The state of Redis as its callers see it, who report each result. Thread-safe."""

    def __init__(self, on_refusal: Callable[[], None] = lambda: None) -> None:
        """`on_refusal` is called when Redis answers a command with an error."""
        self._on_refusal = on_refusal
        self._refused = ""
        self._last_refusal = 0.0
        self._lock = threading.Lock()
        self._ongoing = False
        self._warned = False
        self._last_answer = time.monotonic()

    def failed(self, error: Exception) -> None:
        """Record a failed call.

        Warn once of an error that Redis answers with, until it stops for `REFUSAL_OVER_SECONDS`,
        and once if Redis has been silent for `WARN_AFTER_SECONDS`.
        """
        if isinstance(error, (redis.ResponseError, redis.AuthenticationError)):
            self._on_refusal()
            with self._lock:
                now, before = time.monotonic(), self._last_refusal
                known = str(error) == self._refused and now - before < REFUSAL_OVER_SECONDS
                self._refused, self._last_refusal = str(error), now
            if not known:
                log.warning("redis refuses a command", error=str(error))
            return
        with self._lock:
            first, self._ongoing = not self._ongoing, True
            seconds = time.monotonic() - self._last_answer
            warn = seconds >= WARN_AFTER_SECONDS and not self._warned
            self._warned = self._warned or warn
        if warn:
            log.warning("redis is unreachable", seconds=round(seconds, 1), error=str(error))
        elif first:
            log.info("redis does not answer", error=str(error))

    def answered(self) -> None:
        """Record a successful call."""
        with self._lock:
            back, self._ongoing, self._warned = self._warned, False, False
            self._last_answer = time.monotonic()
        if back:
            log.info("redis is reachable again")
