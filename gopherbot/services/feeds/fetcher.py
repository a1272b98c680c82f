"""Downloads feed documents, with conditional requests and from public hosts only.

An unchanged document is not sent again (`ETag`, `Last-Modified`), and `Retry-After` is passed on to
the caller. Neither a feed's address nor a redirect can make the bot read from its private network.
"""

from __future__ import annotations

import gzip
import io
import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.parse import quote, urljoin, urlsplit

import msgspec
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from gopherbot.errors import ServiceError
from gopherbot.settings import Settings
from gopherbot.slack.http_deadline import response_class

CONNECT_SECONDS = 4.0
READ_SECONDS = 8.0
"""The timeout for each read."""
TOTAL_SECONDS = 20.0
"""The time limit for a whole response. Each redirect counts as a response of its own."""
MOST_BYTES = 8 * 1024 * 1024
"""Enough for the notes of all episodes of a podcast, and little enough for the parser's limits."""
MOST_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5"
_SAFE = "%/:?#[]@!$&'()*+,;=-._~"
"""Characters that are not escaped in an address."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

# A compressed document that is cut off is an `EOFError`.
_BROKEN = (urllib3.exceptions.HTTPError, HTTPException, OSError, EOFError, zlib.error)

Resolve = Callable[[str, int], list[str]]


class FeedUnavailable(ServiceError):
    """The feed is unavailable. `retry_after` is the delay the server asks for, in seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Validators(msgspec.Struct, frozen=True):
    """The headers of an earlier response that let the server tell whether the document changed."""

    etag: str = ""
    last_modified: str = ""


NO_VALIDATORS = Validators()


class Fetched(msgspec.Struct, frozen=True):
    """A document, or None if it has not changed, and its address after redirects."""

    document: bytes | None
    url: str
    content_type: str = ""
    validators: Validators = NO_VALIDATORS


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host. Raise `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: str) -> bool:
    """Return whether an IP address is reachable from the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # These embed an IPv4 address, and a gateway may translate them to it.
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if inner:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class FeedFetcher:
    """Downloads documents, with a new connection for each.

    In development and tests, `stand_in` is a base address that replaces all hosts: the feed
    https://go.dev/feed is then read from STAND_IN/go.dev/feed, and redirects are treated alike.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        user_agent: str = "gopherbot",
        stand_in: str = "",
        resolve: Resolve = resolve,
        is_public: Callable[[str], bool] = is_public,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.tls = tls or ssl.create_default_context()
        self.user_agent = user_agent
        self.stand_in = stand_in
        self.resolve = resolve
        self.is_public = is_public
        self.response_class = response_class(total_seconds)
        self.timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)

    @classmethod
    def for_workspace(
        cls, settings: Settings, source: str, tls: ssl.SSLContext | None = None
    ) -> FeedFetcher:
        """Return a fetcher whose User-Agent names the project's address `source`, if not empty."""
        named = f"gopherbot (+{source})" if source else "gopherbot"
        return cls(tls, user_agent=named, stand_in=settings.services.feeds)

    def fetch(self, url: str, validators: Validators = NO_VALIDATORS) -> Fetched:
        """Return the document at an address, if it has changed. Raise `FeedUnavailable`."""
        headers = {"User-Agent": self.user_agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip"}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        for _ in range(MOST_REDIRECTS + 1):
            try:
                answer = self._ask(url, headers)
            except _BROKEN as error:
                reason = f"{_host(url)}: {type(error).__name__}"
                raise FeedUnavailable(reason) from None
            if isinstance(answer, Fetched):
                return answer
            if urlsplit(url).scheme == "https" and urlsplit(answer).scheme == "http":
                raise FeedUnavailable(f"{_host(url)} redirects from https to http")
            url = answer
        raise FeedUnavailable(f"{_host(url)}: more than {MOST_REDIRECTS} redirects")

    def _ask(self, url: str, headers: dict[str, str]) -> Fetched | str:
        """Return the document, or the address that the server redirects to."""
        pool, target, host = self._connect(url)
        with pool:
            response = pool.request(
                "GET",
                target,
                headers={**headers, "Host": host},
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                return self._read(url, response)
            finally:
                response.close()

    def _read(self, url: str, response: urllib3.BaseHTTPResponse) -> Fetched | str:
        if response.status in _REDIRECTS and response.headers.get("Location"):
            try:
                return urljoin(url, response.headers["Location"])
            except ValueError:
                raise FeedUnavailable(f"{_host(url)} redirects to a malformed address") from None
        if response.status == 304:
            return Fetched(document=None, url=url)
        if response.status == 410:
            raise FeedUnavailable(f"{_host(url)} says the feed is permanently gone: remove it")
        if response.status != 200:
            raise FeedUnavailable(
                f"{_host(url)} answered {response.status}",
                _retry_after(response.headers.get("Retry-After", "")),
            )
        return Fetched(
            document=_body(response),
            url=url,
            content_type=response.headers.get("Content-Type", ""),
            validators=Validators(
                etag=response.headers.get("ETag", "")[:1000],
                last_modified=response.headers.get("Last-Modified", "")[:100],
            ),
        )

    def _connect(self, url: str) -> tuple[HTTPConnectionPool, str, str]:
        """Return a connection pool for the address that was checked, the target and the host.

        Resolving the name again for the connection could yield an address that was not checked.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            host = (parts.hostname or "").encode("idna").decode()
        except (ValueError, KeyError, UnicodeError):
            raise FeedUnavailable("the address is not an http:// or https:// address") from None
        query = f"?{parts.query}" if parts.query else ""
        target = quote(f"{parts.path or '/'}{query}", safe=_SAFE)
        if self.stand_in:
            base = urlsplit(self.stand_in)
            pool = self._pool(base.scheme, base.hostname or "", base.port or 80)
            return pool, f"{base.path}/{parts.netloc}{target}", base.netloc
        if not host or parts.username is not None:
            raise FeedUnavailable("the address is not an http:// or https:// address")
        addresses = self.resolve(host, port)
        if not addresses or not all(map(self.is_public, addresses)):
            raise FeedUnavailable(f"{host} is not on the public internet")
        named = f"[{host}]" if ":" in host else host
        named += f":{parts.port}" if parts.port else ""
        return self._pool(parts.scheme, addresses[0], port, host), target, named

    def _pool(self, scheme: str, address: str, port: int, host: str = "") -> HTTPConnectionPool:
        response = self.response_class

        class Http(HTTPConnection):
            response_class = response

        class Https(HTTPSConnection):
            response_class = response

        pool: HTTPConnectionPool
        if scheme == "https":
            pool = HTTPSConnectionPool(
                address,
                port,
                timeout=self.timeout,
                retries=False,
                ssl_context=self.tls,
                # `assert_hostname` would turn off the check in the context that all clients share.
                server_hostname=host,
            )
            pool.ConnectionCls = Https
        else:
            pool = HTTPConnectionPool(address, port, timeout=self.timeout, retries=False)
            pool.ConnectionCls = Http
        return pool


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return the body, decompressed. Neither its size before nor that after exceeds the limit."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise FeedUnavailable(f"the encoding {encoding[:20]} was not requested")
    body = bytearray()
    while len(body) <= MOST_BYTES and (piece := response.read1(MOST_BYTES + 1)):
        body += piece
    if "gzip" in encoding and len(body) <= MOST_BYTES:
        body = bytearray(gzip.GzipFile(fileobj=io.BytesIO(body)).read(MOST_BYTES + 1))
    if len(body) > MOST_BYTES:
        raise FeedUnavailable(f"the document is larger than {MOST_BYTES // 1024**2} MiB")
    return bytes(body)


def _retry_after(value: str) -> float | None:
    """Return the seconds of a `Retry-After` header, which is a number of seconds or a date."""
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "malformed address"
