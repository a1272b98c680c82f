"""Direct connections to Redis for the hot path, without redis-py's pool and option handling.

Connecting, TLS, authentication and the protocol are redis-py's. `bench/README.md` has the savings.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import redis
from redis.commands.core import Script

from gopherbot.storage.client import REDIS_ERRORS

Piece = str | bytes | memoryview | float
RedisCommand = tuple[Piece, ...]

_IDLE_SECONDS = 0.1
_RETRY_SECONDS = 0.05


class RawConnection:
    """A connection for one thread or greenlet, set up like those of `client` on first use."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._connection: Any = None
        self._last_used = 0.0
        self._answered = True
        self._unread = 0
        """The number of commands sent by `send` whose replies have not been read."""

    def execute(self, *commands: RedisCommand) -> list[Any]:
        """Send commands in one batch. Return the replies in order, Redis errors included.

        Raise one of `REDIS_ERRORS` if the connection fails; the commands may or may not have run.
        The next call reconnects.
        """
        self._send(commands)
        unread, self._unread = self._unread, 0
        replies = [self._read_reply() for _ in range(unread + len(commands))]
        self._answered = True
        self._last_used = time.monotonic()
        return replies[unread:]

    def send(self, *commands: RedisCommand) -> None:
        """Send commands without waiting. The next call reads their replies and ignores them."""
        self._send(commands)
        self._unread += len(commands)
        self._answered = True
        self._last_used = time.monotonic()

    def run_script(self, script: Script, keys: Sequence[str], args: Sequence[Piece]) -> Any:
        """Run a script and return its reply. Raise `REDIS_ERRORS`, including errors from Redis."""
        given = (len(keys), *keys, *args)
        (reply,) = self.execute(("EVALSHA", script.sha, *given))
        if isinstance(reply, redis.exceptions.NoScriptError):
            (reply,) = self.execute(("EVAL", script.script, *given))
        if isinstance(reply, redis.RedisError):
            raise reply
        return reply

    def close(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()

    def interrupt(self) -> None:
        """Make a command of another thread fail that waits for its reply."""
        blocked = getattr(self._connection, "_sock", None)
        if blocked is not None:
            with contextlib.suppress(OSError):
                blocked.shutdown(socket.SHUT_RDWR)

    def _send(self, commands: Sequence[RedisCommand]) -> None:
        if self._connection is None:
            self._connection = self._pool.make_connection()
        # A time limit may interrupt the thread at any point. Reconnect, or the pending reply would
        # be read as the reply to the next command.
        if not self._answered:
            self._disconnect()
        self._drop_if_closed()
        self._answered = False
        self._connection.send_packed_command(self._connection.pack_commands(commands))

    def _disconnect(self) -> None:
        self._connection.disconnect()
        self._unread = 0

    def _read_reply(self) -> Any:
        try:
            return self._connection.read_response()
        except redis.ResponseError as error:
            return error

    def _drop_if_closed(self) -> None:
        """Disconnect if Redis closed the connection while it was idle.

        Heroku closes idle connections after 300 s. Without this check the next command would fail.
        """
        connection = self._connection
        if time.monotonic() - self._last_used < _IDLE_SECONDS or not connection.is_connected:
            return
        try:
            while self._unread and connection.can_read():
                self._read_reply()
                self._unread -= 1
            closed = not self._unread and connection.can_read()
        except REDIS_ERRORS:
            closed = True
        if closed:
            self._disconnect()


class RawConnections:
    """A few connections shared by many threads.

    `attempts` is how often to try a call if the connection is lost or the reply times out. Pass
    more than 1 only for calls that may run twice.
    """

    def __init__(self, client: redis.Redis, count: int) -> None:
        self._client = client
        self._connections = [(threading.Lock(), RawConnection(client)) for _ in range(count)]
        self._turns = itertools.count()

    def script(self, text: str) -> Script:
        """Return a script with this text, for `run_script`."""
        return self._client.register_script(text)

    def execute(self, *commands: RedisCommand, attempts: int = 1) -> list[Any]:
        """Send commands in one batch; see `RawConnection.execute`."""
        replies: list[Any] = self._on_one(lambda one: one.execute(*commands), attempts)
        return replies

    def send(self, *commands: RedisCommand) -> None:
        """Send commands without waiting; see `RawConnection.send`."""
        self._on_one(lambda one: one.send(*commands), 1)

    def run_script(
        self, script: Script, keys: Sequence[str], args: Sequence[Piece], *, attempts: int = 1
    ) -> Any:
        """Run a script and return its reply. Raise `REDIS_ERRORS`."""
        return self._on_one(lambda one: one.run_script(script, keys, args), attempts)

    def transaction(self, *commands: RedisCommand, attempts: int = 1) -> None:
        """Run commands in a transaction; none runs if Redis refuses to queue one of them.

        Raise `REDIS_ERRORS`, including the error of a command that fails when it runs.
        """
        *queued, done = self.execute(("MULTI",), *commands, ("EXEC",), attempts=attempts)
        for reply in (*queued, *(done if isinstance(done, list) else [done])):
            if isinstance(reply, redis.RedisError):
                raise reply

    def close(self) -> None:
        for _, connection in self._connections:
            connection.close()

    def _on_one(self, call: Callable[[RawConnection], Any], attempts: int) -> Any:
        while True:
            attempts -= 1
            lock, connection = self._choose()
            try:
                # Acquire the lock only by `with`: a time limit may interrupt the thread at any
                # point, and a lock that is never released would cost a connection.
                with lock:
                    return call(connection)
            except (redis.ConnectionError, redis.TimeoutError, OSError):
                if attempts <= 0:
                    raise
            time.sleep(_RETRY_SECONDS)

    def _choose(self) -> tuple[threading.Lock, RawConnection]:
        """Return an idle connection, or the next in round-robin order if all are busy."""
        turn = next(self._turns) % len(self._connections)
        free = (each for each in self._connections if not each[0].locked())
        return next(free, self._connections[turn])
