from collections.abc import Iterator

import pytest
import urllib3
from slack_sdk import WebClient

from gopherbot.dev.gophers import GOPHERS
from slack_simulator import Simulator

from .gateway import Gateway

SECRET = "a secret of the tests"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as gateway:
        yield gateway


@pytest.fixture
def slack(gateway: Gateway) -> Iterator[Simulator]:
    with Simulator(gateway=gateway.url, setup=GOPHERS, signing_secret=SECRET) as slack:
        slack.deliveries.delays = (0.01, 0.02, 0.03)
        yield slack


@pytest.fixture
def web(slack: Simulator) -> WebClient:
    return WebClient(token="xoxb-test", base_url=slack.api_url, timeout=5, retry_handlers=[])


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(maxsize=50, retries=False, timeout=5.0) as http:
        yield http
