"""The services outside Slack that this installation reads: do they answer?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from gopherbot.errors import ServiceError
from gopherbot.operations.checks.configuration import Installation
from gopherbot.operations.checks.finding import Finding, State
from gopherbot.services.web_fetcher import HttpFetcher, new_pool
from gopherbot.settings import Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.http_pool import HttpPool


def check(settings: Settings, installation: Installation) -> Iterator[Finding]:
    """Read what the watchers read, once each, and nothing that is not used."""
    slack = Slack(settings, HttpPool(settings.slack_api_url))
    fetcher = HttpFetcher(settings, new_pool(), slack)
    for who, url in _addresses(settings, installation):
        try:
            fetcher.get(url)
        except ServiceError as error:
            yield Finding(
                "services",
                State.WARNING,
                f"{who} is not read: {error}",
                "the bot tries again by itself; is the address right?",
            )
        else:
            yield Finding("services", State.GOOD, f"{who} reads {url.partition('?')[0]}")


def _addresses(settings: Settings, installation: Installation) -> Iterator[tuple[str, str]]:
    services, data = settings.services, installation.data
    if data is None:
        return
    known = asdict(services)
    for watcher in data.watchers:
        if watcher.job.address:
            yield watcher.name, watcher.address(known)
    if data.playground.shared:
        yield "playground", f"{services.playground}/play/"
