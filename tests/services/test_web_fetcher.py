"""Requests to the services that handlers and watchers ask, and what becomes of them."""

from __future__ import annotations

import json
import socket
import time
from contextlib import nullcontext

import pytest
from raw_server import TOKEN, RawServer, answer, settings_at

from gopherbot.dev.workspace_setup import GOPHERS
from gopherbot.errors import ServiceError, ServiceUnreachable
from gopherbot.model import CodeCheck
from gopherbot.services.web_fetcher import HttpFetcher
from gopherbot.slack.errors import OutcomeUnknown, Rejected, SlackError
from services.conftest import CODE, fetcher_for
from slack_simulator import Simulator

pytestmark = pytest.mark.slow


def test_get_gives_the_body_and_sends_no_token(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b")]}'\n[5]")
    assert fetcher.get(f"{host.url}/changes/?q=status:merged&O=12") == b")]}'\n[5]"
    assert fetcher.get_json(host.url, list[int], guard=b")]}'\n") == [5]
    request = host.requests[0]
    assert request.startswith(b"GET /changes/?q=status:merged&O=12 HTTP/1.1\r\n")
    assert b"\r\nUser-Agent: gopherbot\r\n" in request
    assert TOKEN.encode() not in request


def test_post_sends_body_and_headers(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"", "503 Away")
    assert fetcher.post(f"{host.url}/x", b"body", {"X-Probe": "yes"}) == 503
    [request] = host.requests
    assert request.startswith(b"POST /x HTTP/1.1\r\n")
    assert b"\r\nX-Probe: yes\r\n" in request
    assert request.endswith(b"\r\n\r\nbody")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        *((answer(b"ok"), None), (answer(b"", "503 Away"), OutcomeUnknown), (b"", OutcomeUnknown)),
        (answer(b"", "404 Not Found"), Rejected),
    ],
)
def test_a_click_is_answered_to_its_member_alone(
    fetcher: HttpFetcher,
    host: RawServer,
    other: RawServer,
    given: bytes,
    error: type[SlackError] | None,
) -> None:
    host.answer = given
    with pytest.raises(error) if error else nullcontext():
        fetcher.respond(f"{host.url}/r", "for you")
    with pytest.raises(Rejected, match="not_slacks"):
        fetcher.respond(f"{other.url}/r", "for you")
    assert other.requests == []
    assert json.loads(host.requests[-1].partition(b"\r\n\r\n")[2]) == {
        "text": "for you",
        "response_type": "ephemeral",
        "replace_original": False,
    }


@pytest.mark.parametrize("status", ["204 No Content", "301 Moved", "404 Not Found", "503 Away"])
def test_get_takes_nothing_but_a_200_and_follows_no_redirect(
    fetcher: HttpFetcher, host: RawServer, other: RawServer, status: str
) -> None:
    host.answer = answer(b"" if status[0] == "2" else b"x", status, Location=f"{other.url}/x")
    with pytest.raises(ServiceError, match=f"127.0.0.1 answered {status[:3]}"):
        fetcher.get(host.url)
    assert other.requests == []


@pytest.mark.parametrize(
    "body", [b"", b"[", b'["x"]', b'{"Body": 7}', b"<html>", b"\xff", b'{"x":' * 5000]
)
def test_unfit_json_is_a_service_error(fetcher: HttpFetcher, host: RawServer, body: bytes) -> None:
    host.answer = answer(body)
    with pytest.raises(ServiceError, match="unexpected response"):
        fetcher.get_json(host.url, list[int])
    with pytest.raises(ServiceError, match="unexpected response"):
        fetcher.check_code(CODE)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:1/path?key=hidden", "127.0.0.1: "),
        ("http://[", "malformed address: "),
        ("http://a..b.invalid/", "a..b.invalid: "),
        ("http://", "no host: "),
    ],
)
def test_failed_connection_names_its_host(fetcher: HttpFetcher, address: str, shown: str) -> None:
    with pytest.raises(ServiceUnreachable) as error:
        fetcher.get(address)
    assert str(error.value).startswith(shown)
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(("stale_seconds", "requests"), [(60.0, 2), (0.0, 1)])
def test_a_connection_that_breaks_late_is_not_tried_again(
    fetcher: HttpFetcher,
    host: RawServer,
    monkeypatch: pytest.MonkeyPatch,
    stale_seconds: float,
    requests: int,
) -> None:
    monkeypatch.setattr("gopherbot.http.fetch._STALE_CONNECTION_SECONDS", stale_seconds)
    with pytest.raises(ServiceUnreachable):
        fetcher.get(host.url)
    assert len(host.requests) == requests


# The Playground.


def test_the_playground_is_asked_in_its_own_way(fetcher: HttpFetcher, host: RawServer) -> None:
    host.answer = answer(b"Ab_-9Ab_-9\n")
    assert fetcher.share_code(f"{CODE}\ud83d") == f"{host.url}/play/p/Ab_-9Ab_-9"
    head, _, body = host.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /_/share HTTP/1.1\r\n")
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\n" in head + b"\r\n"
    assert body == f"{CODE}?".encode()
    assert TOKEN.encode() not in head


def test_code_is_checked_as_the_playground_does(fetcher: HttpFetcher, host: RawServer) -> None:
    with Simulator(setup=GOPHERS) as simulator:
        base = f"{simulator.url}/playground"
        fetcher = fetcher_for(settings_at(simulator.url, GOPHER_PLAYGROUND_URL=base))
        simulator.services.playground.vet_errors[CODE] = "# [play]\nvet: ./prog.go:1:2: no & <\n"
        assert fetcher.check_code(CODE) == CodeCheck(vet=("1:2: no & <",))
    host.answer = answer(b'{"Body":"a\\n","Error":""}')
    fetcher = fetcher_for(settings_at(host.url, GOPHER_PLAYGROUND_URL=host.url))
    assert fetcher.check_code("a") == CodeCheck()
    host.requests.clear()
    assert fetcher.check_code("a +&\ud83d") == CodeCheck(is_formatted=False)
    heads, bodies = zip(*(request.split(b"\r\n\r\n") for request in host.requests), strict=True)
    assert [head.split()[1] for head in heads] == [b"/_/fmt", b"/_/compile"]
    assert bodies == (b"body=a+%2B%26%3F", b"version=2&body=a+%2B%26%3F&withVet=true")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"  ", b"<html>", b"../../evil", b"a b", b"x" * 65, b"\xff\xfe", b"<!channel>"),
        b"x" * 2000,
    ],
)
def test_invalid_id_is_refused(fetcher: HttpFetcher, host: RawServer, body: bytes) -> None:
    host.answer = answer(body)
    with pytest.raises(ServiceError):
        fetcher.share_code(CODE)
    host.answer = answer(b"Ab_-9", "201 Created")
    with pytest.raises(ServiceError, match="the Playground answered 201"):
        fetcher.share_code(CODE)


def test_a_check_that_takes_longer_than_an_event_has_is_given_up(
    host: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gopherbot.services.web_fetcher.CHECK_SECONDS", 0.1)
    fetcher = fetcher_for(settings_at(host.url, GOPHER_PLAYGROUND_URL=host.url))

    def answer_late(line: socket.socket) -> None:
        time.sleep(0.4)
        line.sendall(answer(b"{}"))

    host.answer = answer_late
    with pytest.raises(ServiceUnreachable):
        fetcher.check_code(CODE)
