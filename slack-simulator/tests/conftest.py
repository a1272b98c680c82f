import fcntl
import os
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import urllib3
from bolt_apps import JAVASCRIPT, npm_install
from gateway import Gateway
from sample import SAMPLE
from slack_sdk import WebClient
from support import PATIENCE

from slack_simulator import Simulator

SECRET = "a secret of the tests"
Answer = tuple[int, dict[str, Any]]


def pytest_xdist_auto_num_workers() -> int:
    """Run two more than there are cores, because tests wait for more than half of their time."""
    return min(8, (os.cpu_count() or 1) + 2)


class Control:
    def __init__(self, slack: Simulator, http: urllib3.PoolManager) -> None:
        self._url, self._http = slack.url, http

    def get(self, path: str) -> Answer:
        answer = self._http.request("GET", self._url + path)
        return answer.status, answer.json()

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        sent = {"Content-Type": "application/json"} | headers
        answer = self._http.request("POST", self._url + path, body=raw, headers=sent)
        return answer.status, answer.json()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as gateway:
        yield gateway


@pytest.fixture
def slack(gateway: Gateway) -> Iterator[Simulator]:
    with Simulator(gateway=gateway.url, setup=SAMPLE, signing_secret=SECRET) as slack:
        slack.deliveries.delays = (0.01, 0.02, 0.03)
        # A busy machine is no reason to deliver twice.
        slack.deliveries.timeout = PATIENCE
        yield slack


@pytest.fixture
def web(slack: Simulator) -> WebClient:
    return WebClient(token="xoxb-test", base_url=slack.api_url, timeout=30, retry_handlers=[])


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(maxsize=50, retries=False, timeout=PATIENCE) as http:
        yield http


@pytest.fixture
def control(slack: Simulator, http: urllib3.PoolManager) -> Control:
    return Control(slack, http)


@pytest.fixture(scope="session")
def node_modules() -> None:
    """The packages of the apps in JavaScript; the first worker that needs them installs them."""
    with (JAVASCRIPT / ".gitignore").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (JAVASCRIPT / "node_modules" / "typescript").exists():
            npm_install(JAVASCRIPT)
