"""Connections to Redis, used as they are, where each microsecond counts.

What redis-py has between a client and its connection (a pool, retries, options) costs more than the
commands. Connecting, TLS, passwords and the protocol stay redis-py's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any

import redis
from redis.commands.core import Script

Piece = str | bytes | memoryview | float
Command = tuple[Piece, ...]

_IDLE_SECONDS = 0.1
_WAIT_FOR_LINK = 20.0
_RETRY_SECONDS = 0.05


class Link:
    """A connection for one thread or greenlet, made when it is first used, as `client`'s are."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._connection: Any = None
        self._last_used = 0.0

    def ask(self, *commands: Command) -> list[Any]:
        """Send commands together; give each one's answer, be it an error of Redis's.

        Raises `redis.RedisError` or `OSError` when the connection fails: what was sent may have
        been done or not. The next call connects anew.
        """
        if self._connection is None:
            self._connection = self._pool.make_connection()
        self._drop_if_closed()
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        answers = [self._answer() for _ in commands]
        self._last_used = time.monotonic()
        return answers

    def run(self, script: Script, keys: Sequence[str], args: Sequence[Piece]) -> Any:
        """Run a script; give its answer. Raises as `ask`, and Redis's own errors too."""
        given = (len(keys), *keys, *args)
        (answer,) = self.ask(("EVALSHA", script.sha, *given))
        if isinstance(answer, redis.exceptions.NoScriptError):
            (answer,) = self.ask(("EVAL", script.script, *given))
        if isinstance(answer, redis.RedisError):
            raise answer
        return answer

    def close(self) -> None:
        if self._connection is not None:
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


class Links:
    """A few connections for many threads, which wait for a free one.

    `attempts` is how often something is tried that may be done twice: again after a lost connection
    or an answer that did not come.
    """

    def __init__(self, client: redis.Redis, count: int) -> None:
        self._client = client
        self._free: SimpleQueue[Link] = SimpleQueue()
        for _ in range(count):
            self._free.put(Link(client))

    def script(self, text: str) -> Script:
        """Make a script to run from its text."""
        return self._client.register_script(text)

    def run(
        self, script: Script, keys: Sequence[str], args: Sequence[Piece], *, attempts: int = 1
    ) -> Any:
        """Run a script; give its answer. Raises `redis.RedisError` or `OSError`."""
        return self._try(lambda link: link.run(script, keys, args), attempts)

    def do(self, *commands: Command, attempts: int = 1) -> None:
        """Have commands done, all or none. Raises `redis.RedisError` or `OSError`."""
        for answer in self._try(lambda link: link.ask(("MULTI",), *commands, ("EXEC",)), attempts):
            if isinstance(answer, redis.RedisError):
                raise answer

    def _try(self, what: Any, attempts: int) -> Any:
        while True:
            attempts -= 1
            link = self._take()
            try:
                return what(link)
            except (redis.ConnectionError, redis.TimeoutError, OSError):
                if attempts <= 0:
                    raise
            finally:
                self._free.put(link)
            time.sleep(_RETRY_SECONDS)

    def _take(self) -> Link:
        try:
            return self._free.get(timeout=_WAIT_FOR_LINK)
        except Empty:
            raise redis.ConnectionError("no connection is free") from None
