"""An alert, and what to do on Heroku, in a container or on a plain machine. Pure."""

from __future__ import annotations

import enum

import msgspec

from gopherbot.settings import Platform


class Severity(enum.Enum):
    """How serious an alert is."""

    CRITICAL = "critical"
    """The bot does not work."""
    WARNING = "warning"


class Alert(msgspec.Struct):
    """A problem, and what to do about it."""

    text: str
    severity: Severity = Severity.CRITICAL

    @property
    def critical(self) -> bool:
        return self.severity is Severity.CRITICAL


def count(number: int, what: str) -> str:
    """Return a number of things in words."""
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{number} {what if number == 1 else plural}"


def set_variable(platform: Platform, name: str, value: str = "…") -> str:
    return {
        Platform.HEROKU: f"heroku config:set {name}={value}",
        Platform.CONTAINER: f"restart the container with -e {name}={value}",
        Platform.MACHINE: f"set {name}={value} in the environment of the bot's processes, and "
        "restart them",
    }[platform]


def look_at(platform: Platform, process: str) -> str:
    """Return where to look if a line of the Procfile does not run."""
    where = {
        Platform.HEROKU: f"`heroku ps` and `heroku logs --dyno-name {process}`",
        Platform.CONTAINER: "`docker ps --all` and `docker logs CONTAINER`",
        Platform.MACHINE: f"`systemctl status` and the log of {process}",
    }[platform]
    return f"see {where}, or start the Procfile line `{process}`"


def redis_is_unreachable(platform: Platform) -> str:
    """Return where to look if Redis does not answer."""
    where = {
        Platform.HEROKU: "see `heroku addons` and the add-on's status",
        Platform.CONTAINER: "is its container running (`docker ps`) and on the same network",
        Platform.MACHINE: 'try `redis-cli -u "$REDIS_URL" ping`',
    }[platform]
    return f"{where}; is REDIS_URL right?"


def evict_nothing(platform: Platform) -> str:
    return {
        Platform.HEROKU: "heroku redis:maxmemory --policy noeviction",
        Platform.CONTAINER: "start Redis with --maxmemory-policy noeviction",
        Platform.MACHINE: "set `maxmemory-policy noeviction` in redis.conf, and restart Redis",
    }[platform]
