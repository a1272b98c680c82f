"""The legacy verification token, where one is configured."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from support import Bot, Inside

from gopherbot.dev.redis_server import RedisServer
from slack_simulator import Simulator

from .client import Gateway

TOKEN = "the-verification-token-ß"
DATABASE = 4


@pytest.fixture(scope="module")
def guarded(
    shared_redis: RedisServer, web_slack: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    more = {"GOPHER_SLACK_REQUEST_TOKEN": TOKEN, "GOPHER_LOG_LEVEL": "trace"}
    folder = tmp_path_factory.mktemp("guarded")
    url = f"{shared_redis.url}/{DATABASE}"
    with Bot(url, web_slack, folder, names=("web",), more=more) as bot:
        yield bot


@pytest.fixture
def guarded_gateway(guarded: Bot, web_slack: Simulator) -> Gateway:
    return Gateway(guarded.port, web_slack)


@pytest.mark.parametrize(
    "token", ["", "wrong", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "\ud83d", "ß", "x" * 100_000]
)
def test_an_event_with_another_token_is_refused(guarded_gateway: Gateway, token: str) -> None:
    body = msgspec.json.encode(guarded_gateway.envelope(token="TOKEN"))
    escaped = b'"\\ud83d"' if token == "\ud83d" else msgspec.json.encode(token)
    answer = guarded_gateway.post_signed(body.replace(b'"TOKEN"', escaped))
    assert answer.status == 401
    assert "wrong" not in answer.words


def test_an_event_without_a_token_is_refused(guarded_gateway: Gateway) -> None:
    envelope = guarded_gateway.envelope()
    for body in (envelope | {"token": None}, {k: v for k, v in envelope.items() if k != "token"}):
        assert guarded_gateway.post_signed(body).status == 401


def test_the_token_is_asked_of_every_kind_of_request(guarded_gateway: Gateway) -> None:
    challenge = {"type": "url_verification", "challenge": "c"}
    assert guarded_gateway.post_signed(challenge).status == 401
    assert guarded_gateway.post_signed(challenge | {"token": TOKEN}).body == b"c"
    limited = guarded_gateway.envelope(type="app_rate_limited", token="wrong")
    assert guarded_gateway.post_signed(limited).status == 401


def test_the_token_is_looked_at_before_the_app_and_the_team(guarded_gateway: Gateway) -> None:
    foreign = guarded_gateway.envelope(token="wrong", api_app_id="A0ANOTHER", team_id="T0ANOTHER")
    assert guarded_gateway.post_signed(foreign).status == 401
    foreign["token"] = TOKEN
    assert guarded_gateway.post_signed(foreign).status == 403


def test_an_event_with_the_right_token_is_taken(
    guarded_gateway: Gateway, shared_redis: RedisServer
) -> None:
    assert guarded_gateway.post_signed(guarded_gateway.envelope(token=TOKEN)).status == 200
    with shared_redis.client() as client:
        client.select(DATABASE)
        assert Inside(client).pending() == 1


def test_neither_token_nor_secret_is_in_the_logs(guarded: Bot, web_slack: Simulator) -> None:
    printed = guarded.printed.text()
    assert "another team" not in printed
    assert TOKEN not in printed
    assert web_slack.signing_secret not in printed
