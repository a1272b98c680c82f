"""The services outside Slack that handlers and watchers read, over the shared connections."""

from __future__ import annotations

import urllib3

from gopherbot.errors import ServiceError
from gopherbot.model import File
from gopherbot.settings import Settings
from gopherbot.slack import Slack


class HttpFetcher:
    """The real `model.WebFetcher`."""

    def __init__(self, settings: Settings, pool: urllib3.PoolManager, slack: Slack) -> None:
        self.services = settings.services
        self.slack_api_url = settings.slack_api_url
        self.token = settings.bot_token
        self.pool = pool
        self.slack = slack

    def share_code(self, code: str) -> str:
        raise ServiceError("not yet")

    def read_file(self, file: File) -> str:
        raise ServiceError("not yet")
