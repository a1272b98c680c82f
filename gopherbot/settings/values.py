"""Values of settings: secrets, the address of Redis, and the platform."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Secret:
    """A value that prints as `****`. `reveal()` returns the value itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "****"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """How to connect to Redis."""

    host: str
    port: int
    database: int = 0
    username: str | None = None
    password: Secret = field(default_factory=lambda: Secret(""))
    tls: bool = False
    verify: bool = True
    tls_overruled: bool = False
    """Whether `GOPHER_REDIS_INSECURE=1` overrides an address that asks for TLS."""
    tls_on_next_port: bool = False
    """Whether the address is that of plain TCP, and TLS is expected on the port after it."""

    def __str__(self) -> str:
        scheme = "rediss" if self.tls else "redis"
        return f"{scheme}://{in_address(self.host)}:{self.port}/{self.database}"


def in_address(host: str) -> str:
    """Return a host as an address has it before a port: IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def redis_settings(value: str, *, insecure: bool, verify: bool) -> RedisSettings:
    """Parse a URL. Raise `ValueError` with a message that does not show the value."""
    want = "it must look like redis://user:password@host:port or rediss://…"
    try:
        parts = urlsplit(value)
        port = 6379 if parts.port is None else parts.port
    except ValueError:
        raise ValueError(want) from None
    if parts.scheme not in ("redis", "rediss") or not parts.hostname or not port:
        raise ValueError(want)
    path = parts.path.strip("/")
    if path and not (path.isascii() and path.isdigit()):
        raise ValueError("its path must be a database number, as in redis://host:6379/0")
    tls = not insecure
    on_next_port = tls and parts.scheme == "redis"
    if on_next_port:
        # Heroku's old convention: TLS listens on the port after the plain one.
        port += 1
        if port > 65535:
            raise ValueError(
                "TLS is expected on the port after the given one, which is above 65535"
            )
    return RedisSettings(
        host=parts.hostname,
        port=port,
        database=int(path or 0),
        username=unquote(parts.username) if parts.username else None,
        password=Secret(unquote(parts.password or "")),
        tls=tls,
        verify=verify,
        tls_overruled=insecure and parts.scheme == "rediss",
        tls_on_next_port=on_next_port,
    )


class Platform(enum.Enum):
    """The platform, to show operators the commands that work there."""

    HEROKU = "heroku"
    CONTAINER = "container"
    MACHINE = "machine"

    @classmethod
    def detect(cls, environ: Mapping[str, str] | None = None, root: Path = Path("/")) -> Platform:
        """Return the platform of this process.

        Heroku and Kubernetes set environment variables. Docker and Podman create a file.
        """
        environ = os.environ if environ is None else environ
        if environ.get("DYNO") or environ.get("HEROKU_APP_ID"):
            return cls.HEROKU
        if environ.get("SLACK_SIMULATOR_URL"):  # `gopherbot dev` runs it, in a container or not.
            return cls.MACHINE
        marks = (root / ".dockerenv", root / "run/.containerenv")
        if environ.get("KUBERNETES_SERVICE_HOST") or any(mark.exists() for mark in marks):
            return cls.CONTAINER
        return cls.MACHINE
