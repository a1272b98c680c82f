"""Settings, read from environment variables. Of other modules, only `gopherbot dev` reads them.

`Settings.read(role)` reads and checks the variables that the role needs. It removes secrets from
`os.environ`, so that later code cannot leak them. All problems are reported in one `SettingsError`.
"""

from __future__ import annotations

import enum
import logging
import os
import socket
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from gopherbot.errors import SettingsError
from gopherbot.settings.values import Platform as Platform
from gopherbot.settings.values import RedisSettings as RedisSettings
from gopherbot.settings.values import Secret as Secret
from gopherbot.settings.values import in_address as in_address
from gopherbot.settings.values import redis_settings

SLACK_API_URL = "https://slack.com/api/"
CONTENT_FOLDER = Path(__file__).parents[1] / "content"

# zerolog's names in addition to Python's. There is no level below DEBUG.
LOG_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "fatal": logging.CRITICAL,
    "critical": logging.CRITICAL,
    "panic": logging.CRITICAL,
    "notset": logging.NOTSET,
    "disabled": logging.CRITICAL + 10,
}
FLAGS = (
    "GOPHER_CLIENT_MSG_ID",
    "GOPHER_ONE_CORE",
    "GOPHER_REDIS_INSECURE",
    "GOPHER_REDIS_SKIPVERIFY",
)
"""The variables that `1` turns on."""
_OFF = ("", "0", "false", "no", "off")
ENVIRONMENTS = ("production", "staging", "testing", "development")


class Role(enum.Enum):
    """The process that reads the settings. Each role requires different ones."""

    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Services:
    """Base addresses of the services outside Slack, without a trailing slash."""

    playground: str = "https://go.dev"
    gerrit: str = "https://go-review.googlesource.com"
    changelog: str = "https://changelog.com"
    mastodon: str = "https://changelog.social"
    github: str = "https://api.github.com"
    vulndb: str = "https://vuln.go.dev"
    feeds: str = ""
    """Replaces the hosts of all feeds, in development and tests."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The app, dyno and build of this process. `app`, `dyno` and `commit` are in every log line."""

    app: str
    dyno: str
    commit: str = ""
    app_id: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Those that the role does not need may be empty."""

    role: Role
    env: str
    port: int
    log_level: int
    redis: RedisSettings
    identity: Identity
    services: Services = Services()
    slack_api_url: str = SLACK_API_URL
    slack_app_id: str = ""
    slack_team_id: str = ""
    signing_secret: Secret = field(default_factory=lambda: Secret(""))
    verification_token: Secret = field(default_factory=lambda: Secret(""))
    bot_token: Secret = field(default_factory=lambda: Secret(""))
    github_token: Secret = field(default_factory=lambda: Secret(""))
    """Without one, GitHub allows 60 requests an hour from an address, which others may share."""
    content: Path = CONTENT_FOLDER
    gateway_url: str = ""
    """The gateway's own address without a trailing slash. The probe is posted there."""
    probe_channel: str = ""
    """The id of the operators' channel for the round trip through Slack; "" turns it off."""
    welcome_missed: int = 0
    """How many missed members to welcome per minute after an outage; 0 turns it off."""
    one_core: bool = False
    """Whether a worker keeps to one core of its machine."""
    client_msg_id: bool = False
    """Whether to send a `client_msg_id` with each post."""
    usage: bool = True
    """Whether to count which answers are used, and which words find nothing."""
    metrics_token: Secret = field(default_factory=lambda: Secret(""))
    """The bearer token for `/metrics`. Without one, there is no such page."""

    @property
    def shadow(self) -> bool:
        """Whether the bot acts only when asked (`docs/behaviour.md`, Shadow mode)."""
        return self.env != "production"

    @classmethod
    def read(cls, role: Role, environ: MutableMapping[str, str] | None = None) -> Settings:
        """Read and check the environment for a role, and remove the secrets from it.

        Raise `SettingsError` with every missing or malformed variable, but no values.
        """
        return _Reader(os.environ if environ is None else environ).read(role)


class _Reader:
    """Reads the variables one by one and collects problems instead of stopping at the first."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def read(self, role: Role) -> Settings:
        usual = Services()
        web, worker = role is Role.WEB, role is Role.WORKER
        settings = Settings(
            role=role,
            env=self.choice("ENV", ENVIRONMENTS, "development"),
            port=self.port(),
            log_level=LOG_LEVELS[self.choice("GOPHER_LOG_LEVEL", tuple(LOG_LEVELS), "info")],
            redis=self.redis(),
            identity=self.identity(),
            services=Services(
                playground=self.base("GOPHER_PLAYGROUND_URL", usual.playground),
                gerrit=self.base("GOPHER_GERRIT_URL", usual.gerrit),
                changelog=self.base("GOPHER_CHANGELOG_URL", usual.changelog),
                mastodon=self.base("GOPHER_MASTODON_URL", usual.mastodon),
                github=self.base("GOPHER_GITHUB_URL", usual.github),
                vulndb=self.base("GOPHER_VULNDB_URL", usual.vulndb),
                feeds=self.base("GOPHER_FEEDS_URL", usual.feeds),
            ),
            slack_api_url=self.api_url("GOPHER_SLACK_API_URL"),
            slack_app_id=self.slack_id("GOPHER_SLACK_APP_ID", "A", required=web),
            slack_team_id=self.slack_id("GOPHER_SLACK_TEAM_ID", "T", required=web),
            signing_secret=self.secret("GOPHER_SLACK_REQUEST_SECRET", required=web),
            verification_token=self.secret("GOPHER_SLACK_REQUEST_TOKEN"),
            bot_token=self.bot_token("GOPHER_SLACK_BOT_ACCESS_TOKEN", required=worker),
            github_token=self.secret("GOPHER_GITHUB_TOKEN"),
            content=self.content(),
            gateway_url=self.gateway_url(),
            probe_channel=self.channel_id("GOPHER_SLACK_PROBE_CHANNEL"),
            welcome_missed=self.number("GOPHER_WELCOME_MISSED", 0, 60) or 0,
            one_core=self.flag("GOPHER_ONE_CORE"),
            client_msg_id=self.flag("GOPHER_CLIENT_MSG_ID"),
            usage=not self.flag("GOPHER_NO_USAGE"),
            metrics_token=self.secret("GOPHER_METRICS_TOKEN"),
        )
        self.web_concurrency()
        for unused in ("GOPHER_SLACK_CLIENT_ID", "GOPHER_SLACK_CLIENT_SECRET"):
            self.secret(unused)
        if self.problems:
            raise SettingsError(self.problems)
        return settings

    def text(self, name: str, *, required: bool = False, why: str = "it is required") -> str:
        """Return the variable's value, stripped. A blank value counts as missing."""
        value = self.environ.get(name, "").strip()
        if not value and required:
            self.problems.append(f"{name} is missing: {why}")
        return value

    def checked(
        self, name: str, ok: Callable[[str], bool], want: str, *, required: bool = False
    ) -> str:
        """Return the value if it is `ok`, else "" and a problem that does not show the value."""
        value = self.text(name, required=required, why=f"it must be {want}")
        if value and not ok(value):
            self.problems.append(f"{name} is malformed: it must be {want}")
            return ""
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        want = "one of " + ", ".join(choices)
        return self.checked(name, lambda v: v.lower() in choices, want).lower() or default

    def number(self, name: str, least: int, most: int) -> int | None:
        def ok(value: str) -> bool:
            return value.isascii() and value.isdigit() and least <= int(value[:20]) <= most

        value = self.checked(name, ok, f"a number from {least} to {most}")
        return int(value) if value else None

    def port(self) -> int:
        return self.number("PORT", 1, 65535) or 8000

    def secret(self, name: str, *, required: bool = False) -> Secret:
        value = Secret(self.text(name, required=required))
        self.environ.pop(name, None)
        return value

    def bot_token(self, name: str, *, required: bool) -> Secret:
        value = self.checked(
            name,
            lambda v: v.startswith("xoxb-"),
            "a bot token, which starts with xoxb-",
            required=required,
        )
        self.environ.pop(name, None)
        return Secret(value)

    def slack_id(self, name: str, letter: str, *, required: bool) -> str:
        return self.checked(
            name,
            lambda v: v.startswith(letter) and v.isalnum(),
            f"a Slack id that starts with {letter}",
            required=required,
        )

    def channel_id(self, name: str) -> str:
        want = "a channel's id, which starts with C or G"
        return self.checked(name, lambda v: v[:1] in "CG" and v.isascii() and v.isalnum(), want)

    def base(self, name: str, default: str) -> str:
        want = "an http:// or https:// address without a trailing slash"
        return self.checked(name, lambda v: _is_http(v) and not v.endswith("/"), want) or default

    def gateway_url(self) -> str:
        """Return the address that is set, or else the one from Heroku's dyno metadata, or ""."""
        domain = self.text("HEROKU_APP_DEFAULT_DOMAIN_NAME")
        return self.base("GOPHER_GATEWAY_URL", f"https://{domain}" if domain else "")

    def content(self) -> Path:
        want = "an existing folder with workspace.toml or another .toml file"
        given = self.checked("GOPHER_CONTENT", lambda v: any(Path(v).glob("*.toml")), want)
        return Path(given or CONTENT_FOLDER)

    def api_url(self, name: str) -> str:
        want = "an http:// or https:// address that ends in /api/"
        ok = self.checked(name, lambda v: _is_http(v) and v.endswith("/api/"), want)
        return ok or SLACK_API_URL

    def web_concurrency(self) -> int:
        # Heroku derives it from the dyno's memory, and may ask for more than 32.
        return min(self.number("WEB_CONCURRENCY", 1, 1000) or 1, 32)

    def identity(self) -> Identity:
        dyno = self.text("HEROKU_DYNO_ID") or self.text("DYNO")
        return Identity(
            app=self.checked(
                "HEROKU_APP_NAME",
                lambda v: v.isascii() and v.isprintable() and " " not in v,
                "the app's name: printable ASCII without spaces",
                required=True,
            ),
            dyno=dyno or f"{socket.gethostname()}.{os.getpid()}",
            commit=self.text("HEROKU_BUILD_COMMIT") or self.text("HEROKU_SLUG_COMMIT"),
            app_id=self.text("HEROKU_APP_ID"),
        )

    def redis(self) -> RedisSettings:
        insecure = self.flag("GOPHER_REDIS_INSECURE")
        skip_verify = self.flag("GOPHER_REDIS_SKIPVERIFY")
        name = "REDIS_TLS_URL" if self.text("REDIS_TLS_URL") else "REDIS_URL"
        value = self.text(name, required=True, why="it must be the address of a Redis server")
        # Both contain a password, even the one that is not used.
        for variable in ("REDIS_URL", "REDIS_TLS_URL"):
            self.environ.pop(variable, None)
        nowhere = RedisSettings("", 0)
        if not value:
            return nowhere
        try:
            return redis_settings(value, insecure=insecure, verify=not skip_verify)
        except ValueError as problem:
            self.problems.append(f"{name} is malformed: {problem}")
            return nowhere

    def flag(self, name: str) -> bool:
        """Return whether the value is `1`. Anything else is off, as old apps on Heroku expect."""
        return self.text(name) == "1"


def _is_http(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def web_host() -> str:
    """Return the address to listen on: `GOPHER_HOST`, or all addresses, as platforms require."""
    return os.environ.get("GOPHER_HOST") or "0.0.0.0"


def web_port() -> int:
    """Return the port to bind, for gunicorn's settings. `Settings.read` reports an invalid one."""
    return _Reader(os.environ).port()


def content_and_gateway() -> tuple[Path, str]:
    """Return the content folder and the gateway's address, for tools that need nothing else.

    Raise `SettingsError`.
    """
    reader = _Reader(os.environ)
    found = reader.content(), reader.gateway_url()
    if reader.problems:
        raise SettingsError(reader.problems)
    return found


def unclear_flags(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the flags that are off, though their values look like more than that."""
    values = {name: environ.get(name, "").strip().lower() for name in FLAGS}
    return [name for name, value in values.items() if value not in ("1", *_OFF)]


def wants_colours() -> bool:
    """Return whether a terminal may be sent colours: https://no-color.org."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def web_concurrency() -> int:
    """Return the number of gateway processes. Heroku sets `WEB_CONCURRENCY` to fit the dyno."""
    return _Reader(os.environ).web_concurrency()
