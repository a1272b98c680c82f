"""Connections to Redis, used as they are, where each microsecond counts.

What redis-py has between a client and its connection (a pool, retries, options) costs more than the
commands. Connecting, TLS, passwords and the protocol stay redis-py's.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import redis
from redis.commands.core import Script

Piece = str | bytes | memoryview | float
Command = tuple[Piece, ...]

_IDLE_SECONDS = 0.1
_RETRY_SECONDS = 0.05


class Link:
    """A connection for one thread or greenlet, made when it is first used, as `client`'s are."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._connection: Any = None
        self._last_used = 0.0
        self._answered = True

    def ask(self, *commands: Command) -> list[Any]:
        """Send commands together; give each one's answer, be it an error of Redis's.

        Raises `redis.RedisError` or `OSError` when the connection fails: what was sent may have
        been done or not. The next call connects anew.
        """
        if self._connection is None:
            self._connection = self._pool.make_connection()
        # A time limit may strike a thread anywhere: what was asked then would be answered to the
        # next who asks.
        if not self._answered:
            self._connection.disconnect()
        self._drop_if_closed()
        self._answered = False
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        answers = [self._answer() for _ in commands]
        self._answered = True
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
    """A few connections for many threads.

    `attempts` is how often something is tried that may be done twice: again after a lost connection
    or an answer that did not come.
    """

    def __init__(self, client: redis.Redis, count: int) -> None:
        self._client = client
        self._links = [(threading.Lock(), Link(client)) for _ in range(count)]
        self._turns = itertools.count()

    def script(self, text: str) -> Script:
        """Make a script to run from its text."""
        return self._client.register_script(text)

    def run(
        self, script: Script, keys: Sequence[str], args: Sequence[Piece], *, attempts: int = 1
    ) -> Any:
        """Run a script; give its answer. Raises `redis.RedisError` or `OSError`."""
        return self._try(lambda link: link.run(script, keys, args), attempts)

    def do(self, *commands: Command, attempts: int = 1) -> None:
        """Have commands done together, or none if Redis refuses one of them.

        Raises `redis.RedisError` or `OSError`, also for one that fails as it is done.
        """
        ask = (("MULTI",), *commands, ("EXEC",))
        *queued, done = self._try(lambda link: link.ask(*ask), attempts)
        for answer in (*queued, *(done if isinstance(done, list) else [done])):
            if isinstance(answer, redis.RedisError):
                raise answer

    def _try(self, what: Callable[[Link], Any], attempts: int) -> Any:
        while True:
            attempts -= 1
            lock, link = self._choose()
            try:
                # Taken by `with` alone: a time limit may strike a thread anywhere, and a lock that
                # nobody gives back would be a connection less.
                with lock:
                    return what(link)
            except (redis.ConnectionError, redis.TimeoutError, OSError):
                if attempts <= 0:
                    raise
            time.sleep(_RETRY_SECONDS)

    def _choose(self) -> tuple[threading.Lock, Link]:
        """Give one that nobody uses, or else each in turn."""
        turn = next(self._turns) % len(self._links)
        return next((each for each in self._links if not each[0].locked()), self._links[turn])
