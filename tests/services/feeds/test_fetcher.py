"""Fetching feeds: politely, from public hosts only, and no more than can be read."""

from __future__ import annotations

import gzip
import random
import resource
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from support import UNTRUSTED, untrusted_server

from gopherbot.services.feeds.fetcher import (
    MOST_BYTES,
    MOST_REDIRECTS,
    FeedFetcher,
    FeedUnavailable,
    Validators,
    is_public,
)

DOCUMENT = b'<rss version="2.0"><channel><title>t</title></channel></rss>'
PUBLIC = "127.0.0.1"
PRIVATE = "127.0.0.2"


@pytest.fixture
def fetcher(tls: ssl.SSLContext) -> FeedFetcher:
    """One for which every host is this machine: `inside.example` at an address that is private."""

    def resolve(host: str, _port: int) -> list[str]:
        return [PRIVATE if host == "inside.example" else PUBLIC]

    return FeedFetcher(tls, user_agent="a bot", resolve=resolve, is_public=lambda ip: ip == PUBLIC)


def address(server: HTTPServer, path: str = "/feed", host: str = "feeds.example") -> str:
    return f"http://{host}:{server.port}{path}"


def answers(server: HTTPServer, body: bytes = b"", status: int = 200, **headers: str) -> None:
    """Have the feed answered so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    server.expect_request("/feed").respond_with_data(body, status, named)


def test_document_has_its_validators(fetcher: FeedFetcher, httpserver: HTTPServer) -> None:
    kind = "application/rss+xml"
    answers(httpserver, DOCUMENT, ETag="e" * 2000, Last_Modified="m" * 2000, Content_Type=kind)
    found = fetcher.fetch(address(httpserver))
    assert (found.document, found.content_type) == (DOCUMENT, kind)
    assert found.validators == Validators("e" * 1000, "m" * 100), "long ones are cut"
    ((request, _),) = httpserver.log
    assert request.headers["User-Agent"] == "a bot"
    assert request.headers["Host"] == f"feeds.example:{httpserver.port}"
    assert request.headers["Accept"].startswith("application/atom+xml")
    assert "If-None-Match" not in request.headers


def test_unchanged_feed_is_not_sent_again(fetcher: FeedFetcher, httpserver: HTTPServer) -> None:
    known = Validators('"1"', "Mon, 03 Mar 2025 09:00:00 GMT")
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    httpserver.expect_request("/feed", headers=asked).respond_with_data(status=304)
    assert fetcher.fetch(address(httpserver), known).document is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(fetcher: FeedFetcher, httpserver: HTTPServer, status: int) -> None:
    elsewhere = address(httpserver, "/there", "other.example")
    answers(httpserver, status=status, Location=elsewhere)
    httpserver.expect_request("/there").respond_with_data(DOCUMENT)
    found = fetcher.fetch(address(httpserver))
    assert (found.document, found.url) == (DOCUMENT, elsewhere)


def test_addresses_may_be_relative_and_have_queries(
    fetcher: FeedFetcher, httpserver: HTTPServer
) -> None:
    answers(httpserver, status=302, Location="/a b?a=1&b=c d")
    there = httpserver.expect_request("/a b", query_string="a=1&b=c%20d")
    there.respond_with_data(DOCUMENT)
    for path in ("/feed", "/a b?a=1&b=c d"):
        assert fetcher.fetch(address(httpserver, path)).document == DOCUMENT


def test_redirects_end(fetcher: FeedFetcher, httpserver: HTTPServer) -> None:
    answers(httpserver, status=302, Location="/feed")
    with pytest.raises(FeedUnavailable, match=f"more than {MOST_REDIRECTS} redirects"):
        fetcher.fetch(address(httpserver))
    assert len(httpserver.log) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        *("http://inside.example:{port}/secret", "//inside.example:{port}/secret"),
        *("http://user@feeds.example:{port}/secret", "file:///etc/passwd", "http://[::1/"),
        "gopher://feeds.example/",
    ],
)
def test_a_redirect_to_what_is_not_public_is_not_followed(
    fetcher: FeedFetcher, httpserver: HTTPServer, location: str
) -> None:
    answers(httpserver, status=302, Location=location.format(port=httpserver.port))
    httpserver.expect_request("/secret").respond_with_data(DOCUMENT)
    with pytest.raises(FeedUnavailable):
        fetcher.fetch(address(httpserver))
    assert [request.path for request, _ in httpserver.log] == ["/feed"]


@pytest.mark.parametrize("addresses", [[PUBLIC, PRIVATE], []])
def test_a_host_with_one_private_address_or_none_is_not_asked(
    tls: ssl.SSLContext, httpserver: HTTPServer, addresses: list[str]
) -> None:
    fetcher = FeedFetcher(tls, resolve=lambda *_: addresses, is_public=lambda ip: ip == PUBLIC)
    with pytest.raises(FeedUnavailable, match=r"feeds\.example is not on the public internet"):
        fetcher.fetch(address(httpserver))
    assert httpserver.log == []


def test_own_machine_is_not_public(tls: ssl.SSLContext, httpserver: HTTPServer) -> None:
    with pytest.raises(FeedUnavailable, match="localhost is not on the public internet"):
        FeedFetcher(tls).fetch(address(httpserver, host="localhost"))
    assert httpserver.log == []


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        *(
            (ip, True)
            for ip in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")
        ),
        *((ip, False) for ip in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.0.0.0")),
        *((ip, False) for ip in ("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255")),
        *((ip, False) for ip in ("::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1")),
        *((ip, False) for ip in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::")),
        *(("2002:0a00:0001::", False), ("2001:0:4136:e378:8000:63bf:80ff:fffe", False)),
    ],
)
def test_what_is_public(ip: str, public: bool) -> None:
    assert is_public(ip) is public


def test_stand_in_is_asked_for_every_host(tls: ssl.SSLContext, httpserver: HTTPServer) -> None:
    def resolve(*_: object) -> list[str]:
        raise AssertionError("no name is looked up")

    fetcher = FeedFetcher(tls, stand_in=httpserver.url_for("/feeds"), resolve=resolve)
    httpserver.expect_request("/feeds/go.dev/blog/feed.atom").respond_with_data(
        status=301, headers={"Location": "http://127.0.0.1:6379/secret"}
    )
    httpserver.expect_request("/feeds/127.0.0.1:6379/secret").respond_with_data(DOCUMENT)
    found = fetcher.fetch("http://go.dev/blog/feed.atom")
    assert (found.document, found.url) == (DOCUMENT, "http://127.0.0.1:6379/secret")


def test_secure_feed_stays_secure(tls: ssl.SSLContext, httpserver: HTTPServer) -> None:
    fetcher = FeedFetcher(tls, stand_in=httpserver.url_for("/feeds"))
    httpserver.expect_request("/feeds/go.dev/feed").respond_with_data(
        status=301, headers={"Location": "http://go.dev/feed"}
    )
    with pytest.raises(FeedUnavailable, match=r"go\.dev redirects from https to http"):
        fetcher.fetch("https://go.dev/feed")


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    """The certificate is valid for localhost, and its authority is trusted."""
    certificate = UNTRUSTED[UNTRUSTED.index("-----BEGIN C") :]
    shared = ssl.create_default_context(cadata=certificate)
    fetcher = FeedFetcher(shared, resolve=lambda *_: [PUBLIC], is_public=lambda _: True)
    with HTTPServer(port=0, ssl_context=untrusted_server(tmp_path)) as site:
        site.expect_request("/feed").respond_with_data(DOCUMENT)
        assert fetcher.fetch(f"https://localhost:{site.port}/feed").document == DOCUMENT
        with pytest.raises(FeedUnavailable, match="SSLError"):
            fetcher.fetch(f"https://feeds.example:{site.port}/feed")
        assert len(site.log) == 1
    assert shared.check_hostname, "other clients use this context, too"


def in_hours(hours: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        *((429, "120", 120), (503, "0", 0), (503, "", None), (503, "soon", None)),
        *((503, "-5", None), (500, "9" * 400, 999999999), (503, -1, 0)),
        (503, 1, pytest.approx(3600, abs=120)),
        *((status, "", None) for status in (302, 404)),
    ],
)
def test_a_refusal_says_when_to_come_back(
    fetcher: FeedFetcher, httpserver: HTTPServer, status: int, header: str | int, seconds: object
) -> None:
    when = header if isinstance(header, str) else in_hours(header)
    answers(httpserver, status=status, Retry_After=when)
    with pytest.raises(FeedUnavailable, match=f"answered {status}") as told:
        fetcher.fetch(address(httpserver))
    assert told.value.retry_after == seconds


def test_a_feed_that_is_gone_for_good_is_told(fetcher: FeedFetcher, httpserver: HTTPServer) -> None:
    answers(httpserver, status=410)
    with pytest.raises(FeedUnavailable, match="permanently gone"):
        fetcher.fetch(address(httpserver))


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(DOCUMENT * 100), gzip.compress(DOCUMENT) * 100],
    ids=["whole", "in members"],
)
@pytest.mark.parametrize("encoding", ["gzip", "X-GZip"])
def test_a_packed_document_is_unpacked(
    fetcher: FeedFetcher, httpserver: HTTPServer, packed: bytes, encoding: str
) -> None:
    answers(httpserver, packed, Content_Encoding=encoding)
    assert fetcher.fetch(address(httpserver)).document == DOCUMENT * 100


PACKED = gzip.compress(random.Random(1).randbytes(200).hex().encode(), mtime=0)


@pytest.mark.parametrize(
    ("packed", "why"),
    [*((PACKED[:left], "EOFError") for left in (5, 15, 60, -9, -1)), (b"no gzip", "BadGzipFile")],
)
def test_a_packed_document_that_is_broken_is_refused(
    fetcher: FeedFetcher, httpserver: HTTPServer, packed: bytes, why: str
) -> None:
    answers(httpserver, packed, Content_Encoding="gzip")
    with pytest.raises(FeedUnavailable, match=why):
        fetcher.fetch(address(httpserver))


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("[2606:4700::1111]", "[2606:4700::1111]"),
    ],
)
def test_a_host_is_asked_by_its_ascii_name(
    fetcher: FeedFetcher, httpserver: HTTPServer, host: str, named: str
) -> None:
    httpserver.expect_request("/feed").respond_with_data(DOCUMENT)
    assert fetcher.fetch(address(httpserver, host=host)).document == DOCUMENT
    ((request, _),) = httpserver.log
    assert request.headers["Host"] == f"{named}:{httpserver.port}"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(
            *(lambda: gzip.compress(b" " * (16 * MOST_BYTES), compresslevel=1), "gzip"),
            id="bomb",
            marks=pytest.mark.slow,
        ),
        pytest.param(lambda: b" " * (MOST_BYTES + 1), "identity", id="large"),
    ],
)
def test_a_document_that_is_too_large_is_refused(
    fetcher: FeedFetcher, httpserver: HTTPServer, body: Callable[[], bytes], encoding: str
) -> None:
    answers(httpserver, body(), Content_Encoding=encoding)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FeedUnavailable, match=f"more than {MOST_BYTES} bytes"):
        fetcher.fetch(address(httpserver))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * MOST_BYTES // 1024


@pytest.mark.parametrize(
    "url", ["", "feed", "ftp://a.example/", "http://", "http://[", "http://a:99999/"]
)
def test_an_address_that_is_none_is_told(fetcher: FeedFetcher, url: str) -> None:
    with pytest.raises(FeedUnavailable):
        fetcher.fetch(url)


def test_a_host_that_is_not_found_is_told(tls: ssl.SSLContext) -> None:
    def resolve(*_: object) -> list[str]:
        raise socket.gaierror("no such host")

    with pytest.raises(FeedUnavailable, match=r"feeds\.example: gaierror"):
        FeedFetcher(tls, resolve=resolve).fetch("https://feeds.example/")


def test_errors_name_only_the_host(fetcher: FeedFetcher, httpserver: HTTPServer) -> None:
    answers(httpserver, status=500)
    here = address(httpserver, "/feed?token=hush", "bücher.example")
    for url, why in ((here, "answered 500"), ("http://bücher.example:1/feed?token=hush", "")):
        with pytest.raises(FeedUnavailable, match=rf"^bücher\.example:? {why}") as told:
            fetcher.fetch(url)
        assert "hush" not in str(told.value)
