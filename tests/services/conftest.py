"""A server that answers anything, and a fetcher for which it is Slack and the Playground."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache

import pytest
import urllib3
from raw_server import RawServer, settings_at

from gopherbot.services.web_fetcher import HttpFetcher
from gopherbot.settings import Settings
from gopherbot.slack.client import Slack
from gopherbot.slack.http_pool import HttpPool

CODE = "package main\n\nfunc main() {}\n// 世界\n"


@pytest.fixture
def host() -> Iterator[RawServer]:
    with RawServer() as host:
        yield host


@pytest.fixture
def other() -> Iterator[RawServer]:
    with RawServer() as host:
        yield host


@cache
def trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def fetcher_for(settings: Settings, pool: urllib3.PoolManager | None = None) -> HttpFetcher:
    """A fetcher of little patience: half a second for a read, one and a half for all."""
    slack = Slack(settings, HttpPool(settings.slack_api_url, trusted()))
    fetcher = HttpFetcher(settings, trusted(), slack, read_seconds=0.5, total_seconds=1.5)
    fetcher.pool = pool or fetcher.pool
    return fetcher


@pytest.fixture
def fetcher(host: RawServer) -> HttpFetcher:
    """A fetcher for which `host` is both Slack and the Playground."""
    return fetcher_for(settings_at(host.url, GOPHER_PLAYGROUND_URL=host.url))
