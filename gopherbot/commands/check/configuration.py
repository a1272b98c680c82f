"""Checks the environment, as each process reads it, the content, and the services that it reads."""

from __future__ import annotations

import enum
import ssl
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from functools import partial

import msgspec

from gopherbot.errors import ServiceError, SettingsError
from gopherbot.router import Rule
from gopherbot.rulebook import loader
from gopherbot.rulebook.moderation import Moderation
from gopherbot.rulebook.schema import Data
from gopherbot.rulebook.watchers import Watcher
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import FeedFetcher
from gopherbot.services.web_fetcher import HttpFetcher
from gopherbot.settings import CONTENT_FOLDER, Platform, Role, Settings, unclear_flags
from gopherbot.slack.client import Slack
from gopherbot.slack.http_pool import HttpPool
from gopherbot.status.advice import count, set_variable
from gopherbot.table.watches import FeedWatch, Watch

_ROLES = (Role.WEB, Role.WORKER, Role.SCHEDULER)
_GATEWAY = {
    Platform.HEROKU: "https://THE-APP.herokuapp.com",
    Platform.CONTAINER: "https://THE-ADDRESS",
    Platform.MACHINE: "https://THE-ADDRESS",
}
"""The form of a gateway's address on each platform."""
_LIGHTEST = {
    "github": "/rate_limit",
    "gerrit": "/changes/?q=status:merged&n=1",
    "vulndb": "/index/db.json",
}
"""What to read of each tracker; it counts against no limit."""
_A_YEAR = timedelta(days=366)
Probe = Callable[[], str]
"""Reads something once; returns what was found, in words. Raises `ServiceError`."""


class CheckState(enum.Enum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    """It works, but needs a look."""
    UNREACHABLE = "unreachable"
    """Not reached now; it may recover without action."""
    FAILED = "failed"


class CheckResult(msgspec.Struct, frozen=True):
    """What was checked, its state, and what to do if there is a problem."""

    about: str
    state: CheckState
    text: str
    todo: str = ""


_content_warning = partial(CheckResult, "content", CheckState.WARNING)
_ok = partial(CheckResult, "configuration", CheckState.OK)
_warning = partial(CheckResult, "configuration", CheckState.WARNING)
_failed = partial(CheckResult, "configuration", CheckState.FAILED)


@dataclass
class Installation:
    """The settings and the content, as far as they can be read."""

    platform: Platform = Platform.MACHINE
    settings: dict[Role, Settings] = field(default_factory=dict)
    data: Data | None = None
    rules: Sequence[Rule] = ()

    @property
    def watchers(self) -> Sequence[Watcher[Watch]]:
        return self.data.watchers if self.data else ()

    @property
    def moderation(self) -> Moderation:
        return self.data.moderation if self.data else Moderation()


def check_configuration(
    environ: MutableMapping[str, str],
) -> tuple[Installation, list[CheckResult]]:
    installation = Installation(Platform.detect(environ))
    results = [*_unread(environ), *_settings(installation, environ)]
    if installation.settings:
        results += _content(installation)
    return installation, results


class _Asked(dict[str, str]):
    """An empty environment that records which variables are asked for."""

    def __init__(self) -> None:
        self.names = {"GOPHER_HOST"}  # gunicorn's settings read it

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.names.add(name)
        return default


def _unread(environ: Mapping[str, str]) -> Iterator[CheckResult]:
    """Yield the variables that look like settings, but that nothing reads."""
    asked = _Asked()
    with suppress(SettingsError):
        Settings.read(Role.TOOL, asked)
    for name in sorted(environ):
        if name.startswith("GOPHER_") and name not in asked.names:
            near = get_close_matches(name, asked.names, n=1)
            rename = f"rename it to {near[0]}, or " if near else ""
            yield _warning(f"nothing reads {name}", f"{rename}unset it")


def _settings(
    installation: Installation, environ: MutableMapping[str, str]
) -> Iterator[CheckResult]:
    problems: dict[str, list[str]] = {}
    for role in (*_ROLES, Role.TOOL):
        # The last read removes the secrets from the environment itself.
        its_own = environ if role is Role.TOOL else dict(environ)
        sound = dict(environ)
        try:
            installation.settings[role] = Settings.read(role, its_own)
        except SettingsError as error:
            for problem in error.problems:
                problems.setdefault(problem, []).append(role.value)
                sound.pop(problem.partition(" ")[0], None)
            # The valid settings can still be checked.
            with suppress(SettingsError):
                installation.settings[role] = Settings.read(role, sound)
    for problem, roles in problems.items():
        who = "" if len(roles) > len(_ROLES) else f" ({', '.join(roles)})"
        yield _failed(
            f"{problem}{who}", set_variable(installation.platform, problem.partition(" ")[0])
        )
    unclear = unclear_flags(environ)
    for name in unclear:
        yield _failed(
            f"{name} is neither 1 nor 0: it counts as off",
            f"{set_variable(installation.platform, name, '1')}, or unset it",
        )
    if not problems and not unclear:
        yield from _good(installation.settings[Role.WORKER], installation.platform)


def _good(settings: Settings, platform: Platform) -> Iterator[CheckResult]:
    yield _ok(f"{settings.identity.app}: complete for web, worker and scheduler")
    if settings.welcome_missed and not settings.probe_channel:
        yield _warning(
            "GOPHER_WELCOME_MISSED has no effect: without round trips, the bot can't tell when "
            "Slack sent no events",
            set_variable(platform, "GOPHER_SLACK_PROBE_CHANNEL", "C…"),
        )
    if settings.shadow:
        yield _warning(
            f"ENV is {settings.env}: shadow mode, the bot only does what it is asked to",
            f"{set_variable(platform, 'ENV', 'production')}, unless this is the staging bot",
        )
    if not settings.gateway_url:
        yield _warning(
            "the probe bypasses the gateway, because its address is unknown",
            set_variable(platform, "GOPHER_GATEWAY_URL", _GATEWAY[platform]),
        )
    elif not settings.signing_secret:
        yield _warning(
            "the probe bypasses the gateway, because the workers can't sign it",
            "give the workers GOPHER_SLACK_REQUEST_SECRET, too",
        )


def _content(installation: Installation) -> Iterator[CheckResult]:
    folder = next(iter(installation.settings.values())).content
    examined = loader.examine(folder)
    installation.data, installation.rules = examined.data, examined.rules
    for problem in examined.problems:
        yield CheckResult(
            "content", CheckState.FAILED, str(problem), "run `gopherbot lint` for details"
        )
    if not examined.data.workspace.source:
        yield _content_warning(
            "`source` is empty: the bot can't say where its code is or how to add an answer",
            "set it to the repository's address in workspace.toml",
        )
    yield from _contact(examined.data)
    if not examined.problems:
        whose = "the Gophers' own" if folder == CONTENT_FOLDER else str(folder)
        has = f"{len(examined.rules)} rules, {count(len(examined.data.watchers), 'watcher')}"
        yield CheckResult("content", CheckState.OK, f"{whose}: {has}")


def _contact(data: Data) -> Iterator[CheckResult]:
    contact, confirmed = data.workspace.contact, data.workspace.contact_confirmed
    if contact and (confirmed is None or date.today() - confirmed > _A_YEAR):
        yield _content_warning(
            f"no one has confirmed in the last year that what's sent to {contact} is read",
            "write to it, then put the day of its answer as `contact_confirmed` in workspace.toml",
        )


def check_services(settings: Settings, installation: Installation) -> Iterator[CheckResult]:
    """Read every source that is in use once, and yield the results."""
    if installation.data is None:
        return
    for who, probe in _probes(settings, installation.data):
        try:
            found = probe()
        except ServiceError as error:
            yield CheckResult(
                "services",
                CheckState.WARNING,
                f"can't read {who}: {error}",
                "the bot retries automatically; is the address right?",
            )
        else:
            yield CheckResult("services", CheckState.OK, f"{who} reads {found}")


def _probes(settings: Settings, data: Data) -> Iterator[tuple[str, Probe]]:
    tls = ssl.create_default_context()
    slack = Slack(settings, HttpPool(settings.slack_api_url, tls))
    fetcher = HttpFetcher(settings, tls, slack)
    feeds = FeedFetcher.for_workspace(settings, data.workspace.source, tls)

    def page(url: str) -> str:
        fetcher.get(url)
        return url.partition("?")[0]

    def feed(url: str) -> str:
        fetched = feeds.fetch(url)
        document = reader.read(
            fetched.document or b"", url=fetched.url, content_type=fetched.content_type
        )
        return f"{url.partition('?')[0]}: {count(len(document.items), 'item')}"

    services = asdict(settings.services)
    for watcher in data.watchers:
        address = watcher.address(services)
        read = feed if isinstance(watcher.watch, FeedWatch) else page
        if address:
            yield watcher.name, partial(read, address)
    watched = [watcher.address(services) for watcher in data.watchers]
    for service in dict.fromkeys(tracker.service for tracker in data.trackers.values()):
        if not any(address.startswith(services[service]) for address in watched):
            yield service, partial(page, services[service] + _LIGHTEST[service])
    if data.playground.shared:
        yield "playground", partial(page, f"{settings.services.playground}/play/")
