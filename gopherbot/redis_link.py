"""One connection to Redis, used as it is, where each microsecond counts.

What redis-py has between a client and its connection (a pool, retries, options) costs more than the
commands. Connecting, TLS, passwords and the protocol stay redis-py's.
"""

from __future__ import annotations

import time
from typing import Any

import redis

Command = tuple[str | bytes | memoryview | float, ...]

_IDLE_SECONDS = 0.1


class Link:
    """A connection for one thread or greenlet, made when it is needed; begin it after any fork."""

    def __init__(self, client: redis.Redis) -> None:
        self._connection: Any = client.connection_pool.make_connection()
        self._last_used = 0.0

    def ask(self, *commands: Command) -> list[Any]:
        """Send commands together; give each one's answer, be it an error of Redis's.

        Raises `redis.RedisError` or `OSError` when the connection fails: what was sent may have
        been done or not. The next call connects anew.
        """
        self._drop_if_closed()
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        answers = [self._answer() for _ in commands]
        self._last_used = time.monotonic()
        return answers

    def close(self) -> None:
        self._connection.disconnect()

    def _answer(self) -> Any:
        try:
            return self._connection.read_response()
        except redis.ResponseError as error:
            return error

    def _drop_if_closed(self) -> None:
        """Let go of a connection that Redis closed while nothing was asked.

        Heroku's does so after 300 s. Noticed only when it is used, it would cost a request.
        """
        connection = self._connection
        if time.monotonic() - self._last_used < _IDLE_SECONDS or not connection.is_connected:
            return
        try:
            closed = connection.can_read()
        except (redis.RedisError, OSError):
            closed = True
        if closed:
            connection.disconnect()
