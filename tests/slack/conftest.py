"""A Slack that calls a raw server, one that calls the simulated Slack, and what both share."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator

import pytest
from raw_server import TOKEN, RawServer, answer, settings_at

from gopherbot.slack.client import Slack
from gopherbot.slack.errors import SlackError
from gopherbot.slack.http_pool import HttpPool
from gopherbot.slack.objects import ReplyMetadata
from slack_simulator import Simulator

MARK = ReplyMetadata("C1:1.0", "command:help", 0, "Ev1")
ENCODED = {
    "event_type": "gopherbot_reply",
    "event_payload": {"event_id": "Ev1", "message": "C1:1.0", "rule": "command:help", "number": 0},
}
OK = json.dumps({"ok": True, "user_id": "U0GOPHERBOT"}).encode()


@pytest.fixture
def raw() -> Iterator[RawServer]:
    with RawServer() as raw:
        raw.answer = answer(OK)
        yield raw


@pytest.fixture
def counted() -> list[str]:
    """The rejections that were counted."""
    return []


@pytest.fixture
def theirs(raw: RawServer, tls: ssl.SSLContext, counted: list[str]) -> Slack:
    """A Slack that calls the raw server."""
    return Slack(settings_at(raw.url), HttpPool(raw.url, tls), counted.append)


@pytest.fixture
def ours(slack: Simulator, tls: ssl.SSLContext) -> Slack:
    """A Slack that calls the simulated one, which has a second to answer."""
    return Slack(settings_at(slack.url), HttpPool(slack.url, tls, read_seconds=1))


def post(slack: Slack) -> str:
    return slack.post("C029RQSEE", "hello", MARK)


def failure_of(call: Callable[[], object]) -> SlackError:
    """Return the error that a call raises; nothing in it tells the token."""
    with pytest.raises(SlackError) as caught:
        call()
    error: BaseException | None = caught.value
    shown = f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert "Bearer" not in shown
    # What a log prints of it: causes, and contexts that were not suppressed.
    while error is not None:
        shown += f"{error} {error.args}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert TOKEN not in shown
    return caught.value


def said(error: object, status: str = "200 OK", **headers: str) -> bytes:
    return answer(json.dumps({"ok": False, "error": error}).encode(), status, **headers)
