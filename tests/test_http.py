"""What any server may do to a client of ours: it is borne alike by all that go out by HTTP."""

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import urllib3
from raw_server import RawServer, answer, chunked, settings_at
from support import PATIENCE, UNTRUSTED, untrusted_server, wait_until

from gopherbot.errors import ServiceError, ServiceUnreachable
from gopherbot.services.feeds import fetcher
from gopherbot.services.feeds.fetcher import FeedFetcher, FeedUnavailable
from gopherbot.services.web_fetcher import HttpFetcher
from gopherbot.slack import http_pool
from gopherbot.slack.client import Slack
from gopherbot.slack.errors import OutcomeUnknown, Retryable
from gopherbot.slack.http_pool import HttpPool
from gopherbot.slack.objects import ReplyMetadata
from slack_simulator.apps.running import free_port

pytestmark = pytest.mark.slow

SECONDS = 0.3
EARLY = "RemoteDisconnected|BadStatusLine|ProtocolError"
"""What is told of a server that hangs up at once: it may have closed an idle connection."""
LATE = "Timeout"
MOST = 2_000
OK = json.dumps({"ok": True, "ts": "1.2"}).encode()


class Client(NamedTuple):
    """One of our ways out: it calls a server, and fails with one of these errors."""

    call: Callable[[str], object]
    not_sent: type[Exception]
    """What it raises if nothing was done."""
    broken: type[Exception]
    """What it raises if there was no complete response."""
    refused: type[Exception]
    """What it raises for a response that it does not take."""
    tries: int
    """How often it asks a server that hangs up at once."""
    keeps: bool
    """Whether it uses a connection again."""


def slack(tls: ssl.SSLContext) -> Client:
    def call(url: str) -> object:
        if url not in made:
            pool = HttpPool(url, tls, connect_seconds=SECONDS, read_seconds=SECONDS)
            made[url] = Slack(settings_at(url), pool)
        return made[url].post("C1", "hello", ReplyMetadata("C1:1.0", "command:help", 0, "Ev1"))

    made: dict[str, Slack] = {}
    return Client(call, Retryable, OutcomeUnknown, OutcomeUnknown, tries=1, keeps=True)


def fetcher_for(tls: ssl.SSLContext) -> HttpFetcher:
    settings = settings_at("http://127.0.0.1:1")
    ours = Slack(settings, HttpPool(settings.slack_api_url, tls))
    return HttpFetcher(settings, tls, ours, read_seconds=PATIENCE, total_seconds=2 * SECONDS)


def service(tls: ssl.SSLContext) -> Client:
    ours = fetcher_for(tls)
    ours.timeout = urllib3.Timeout(SECONDS)
    call = partial(ours.get, limit=MOST)
    return Client(call, ServiceUnreachable, ServiceUnreachable, ServiceError, tries=2, keeps=True)


def feed(tls: ssl.SSLContext) -> Client:
    ours = FeedFetcher(
        tls, resolve=lambda *_: ["127.0.0.1"], is_public=lambda _: True, total_seconds=2 * SECONDS
    )
    ours.timeout = urllib3.Timeout(SECONDS)
    broken = FeedUnavailable
    return Client(ours.fetch, broken, broken, broken, tries=2, keeps=False)


CLIENTS = (slack, service, feed)


@pytest.fixture(params=CLIENTS, ids=lambda made: made.__name__)
def client(
    request: pytest.FixtureRequest, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> Client:
    monkeypatch.setattr(http_pool, "MOST_BYTES", MOST)
    monkeypatch.setattr(fetcher, "MOST_BYTES", MOST)
    made: Client = request.param(tls)
    return made


@pytest.fixture
def raw() -> Iterator[RawServer]:
    with RawServer() as raw:
        raw.answer = answer(OK)
        yield raw


def drip(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Send the first piece, and the rest byte by byte: each comes in time, all together do not."""

    def speak(line: socket.socket) -> None:
        line.sendall(pieces[0])
        for byte in b"".join(pieces[1:]):
            line.sendall(bytes([byte]))
            time.sleep(0.02)

    return speak


BROKEN: dict[str, tuple[Any, str]] = {
    "nothing": (b"", EARLY),
    "half a status": (b"HTTP/1.1 ", EARLY),
    "no HTTP": (b"what?\r\n\r\n", EARLY),
    "silence": (lambda line: line.recv(1), LATE),
    "a head that drips": (drip(b"HTTP/1.1 200 OK\r\n", b"X-Padding: x\r\n" * 1000), LATE),
    "a body that drips": (drip(answer(b"", Content_Length=1000), b" " * 1000), LATE),
    "half a body": (answer(OK, Content_Length=1000), "IncompleteRead|ProtocolError"),
    "half a body, and silence": (
        lambda line: line.sendall(answer(OK, Content_Length=1000)) or line.recv(1),
        LATE,
    ),
    "half a chunk": (chunked(OK)[:-9], "IncompleteRead|ProtocolError"),
}
"""What comes instead of a complete response, and what is told of it."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_response_that_is_not_complete_is_none(raw: RawServer, client: Client, name: str) -> None:
    (raw.answer, reason), raw.closing = BROKEN[name], True
    with pytest.raises(client.broken, match=reason) as caught:
        client.call(raw.url)
    assert len(raw.requests) == (client.tries if reason is EARLY else 1)
    wait_until(lambda: raw.closed == raw.connections, "no connection is left open")
    # The error is still there, and with its traceback all that it struck.
    assert caught


@pytest.mark.parametrize("made", [service, feed])
def test_a_request_that_hung_is_not_sent_again(
    raw: RawServer,
    tls: ssl.SSLContext,
    made: Callable[[ssl.SSLContext], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An idle connection that the server had closed fails at once."""
    monkeypatch.setattr("gopherbot.http.fetch._STALE_CONNECTION_SECONDS", 0.0)
    raw.answer = b""
    client = made(tls)
    with pytest.raises(client.broken):
        client.call(raw.url)
    assert len(raw.requests) == 1


def test_a_read_waits_no_longer_than_is_left(raw: RawServer, tls: ssl.SSLContext) -> None:
    raw.answer = lambda line: line.recv(1)
    started = time.monotonic()
    with pytest.raises(ServiceUnreachable, match=LATE):
        fetcher_for(tls).get(raw.url)
    assert time.monotonic() - started < PATIENCE / 2


@pytest.mark.parametrize(
    "sized", [answer, chunked, partial(answer, Content_Length=None)], ids=["length", "chunk", "end"]
)
def test_a_response_is_limited(
    raw: RawServer, client: Client, sized: Callable[[bytes], bytes]
) -> None:
    raw.answer, raw.closing = sized(OK.ljust(MOST)), True
    client.call(raw.url)
    wait_until(lambda: raw.closed, "the server closed it")
    raw.answer = sized(OK.ljust(MOST + 1))
    assert_refused(client, raw)


@pytest.mark.parametrize(
    "head",
    [
        answer(b"", Content_Length=50_000_000),
        answer(b"", Content_Length=None, Connection="close"),
        answer(b"", Content_Length=None, Transfer_Encoding="chunked") + b"2faf080\r\n",
    ],
    ids=["declared", "undeclared", "chunked"],
)
def test_fifty_megabytes_are_not_read(raw: RawServer, client: Client, head: bytes) -> None:
    raw.answer = head + b" " * 50_000_000
    assert_refused(client, raw)
    assert raw.given_up.wait(PATIENCE)


@pytest.mark.parametrize("made", [service, feed])
def test_of_a_failure_only_the_head_is_read(
    raw: RawServer, tls: ssl.SSLContext, made: Callable[[ssl.SSLContext], Client]
) -> None:
    raw.answer = answer(b" " * 50_000_000, "503 Away")
    with pytest.raises(ServiceError, match="answered 503"):
        made(tls).call(raw.url)
    assert raw.given_up.wait(PATIENCE)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, br"])
def test_an_unrequested_encoding_is_refused(raw: RawServer, client: Client, encoding: str) -> None:
    raw.answer = answer(b"\x8b\x02", Content_Encoding=encoding)
    assert_refused(client, raw)


def assert_refused(client: Client, raw: RawServer) -> None:
    before = len(raw.requests)
    with pytest.raises(client.refused) as caught:
        client.call(raw.url)
    assert type(caught.value) is client.refused
    assert len(raw.requests) == before + 1


def test_without_a_connection_nothing_is_sent(client: Client) -> None:
    with pytest.raises(client.not_sent):
        client.call(f"http://127.0.0.1:{free_port()}")


def test_a_connection_that_is_not_made_in_time_is_given_up(client: Client) -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            line = stack.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        with pytest.raises(client.not_sent):
            client.call(f"http://127.0.0.1:{full.getsockname()[1]}")


def test_a_server_with_an_untrusted_certificate_gets_nothing(
    client: Client, tmp_path: Path
) -> None:
    with RawServer(untrusted_server(tmp_path)) as raw:
        with pytest.raises(client.not_sent):
            client.call(raw.url)
        assert raw.connections == 1
        assert raw.requests == []


@pytest.mark.parametrize("made", CLIENTS)
def test_certificate_hosts_are_checked(
    made: Callable[[ssl.SSLContext], Client], tmp_path: Path
) -> None:
    """The certificate is valid for this machine, and its authority is trusted."""
    shared = ssl.create_default_context(cadata=UNTRUSTED[UNTRUSTED.index("-----BEGIN C") :])
    with RawServer(untrusted_server(tmp_path)) as raw:
        raw.answer = answer(OK)
        made(shared).call(raw.url)
        assert len(raw.requests) == 1
    assert shared.check_hostname, "other clients use this context, too"


def test_a_connection_is_used_again_by_those_who_keep_it(raw: RawServer, client: Client) -> None:
    for _ in range(5):
        client.call(raw.url)
    assert raw.connections == (1 if client.keeps else 5)


def test_a_connection_closed_meanwhile_is_reopened(raw: RawServer, client: Client) -> None:
    raw.closing = True
    for number in range(1, 4):
        client.call(raw.url)
        wait_until(lambda: raw.closed == number, "the server closed it")  # noqa: B023 - asked at once
    assert raw.connections == len(raw.requests) == 3
