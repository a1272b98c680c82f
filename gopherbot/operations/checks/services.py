"""Checks that the services outside Slack that this installation reads answer."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

from gopherbot.actors.watch_tables import FeedWatch
from gopherbot.errors import ServiceError
from gopherbot.operations.checks.configuration import Installation
from gopherbot.operations.checks.result import CheckResult, State
from gopherbot.rulebook.schema import Data
from gopherbot.services.feeds import reader
from gopherbot.services.feeds.fetcher import FeedFetcher
from gopherbot.services.web_fetcher import HttpFetcher
from gopherbot.settings import Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.http_pool import HttpPool

Probe = Callable[[], str]
"""Reads something once; returns what was found, in words. Raises `ServiceError`."""


def check(settings: Settings, installation: Installation) -> Iterator[CheckResult]:
    """Read every source that is in use once, and yield the results."""
    if installation.data is None:
        return
    for who, probe in _probes(settings, installation.data):
        try:
            found = probe()
        except ServiceError as error:
            yield CheckResult(
                "services",
                State.WARNING,
                f"can't read {who}: {error}",
                "the bot retries automatically; is the address right?",
            )
        else:
            yield CheckResult("services", State.OK, f"{who} reads {found}")


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
        count = len(document.items)
        return f"{url.partition('?')[0]}: {'1 item' if count == 1 else f'{count} items'}"

    services = asdict(settings.services)
    for watcher in data.watchers:
        address = watcher.address(services)
        read = feed if isinstance(watcher.watch, FeedWatch) else page
        if address:
            yield watcher.name, partial(read, address)
    if data.playground.shared:
        yield "playground", partial(page, f"{settings.services.playground}/play/")
