"""Downloads feed documents, with conditional requests and from public hosts only.

An unchanged document is not sent again (`ETag`, `Last-Modified`), and `Retry-After` is passed on to
the caller. Neither a feed's address nor a redirect can make the bot read from its private network.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit

import msgspec
import urllib3

from gopherbot.errors import ServiceError
from gopherbot.http.fetch import REDIRECTS, fetch, host_of, new_pool
from gopherbot.http.response import Response
from gopherbot.settings import Settings

CONNECT_SECONDS = 4.0
READ_SECONDS = 8.0
"""The timeout for each read."""
TOTAL_SECONDS = 20.0
"""The time limit for a whole response. Each redirect counts as a response of its own."""
MOST_BYTES = 8 * 1024 * 1024
"""Enough for the notes of all episodes of a podcast, and little enough for the parser's limits."""
MOST_REDIRECTS = 5

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5"
_SAFE = "%/:?#[]@!$&'()*+,;=-._~"
"""Characters that are not escaped in an address."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


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
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        # These embed an IPv4 address, and a gateway may translate them to it.
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        inner = ip.ipv4_mapped or ip.sixtofour
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
        self.total_seconds = total_seconds
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
            response = self._get(url, headers)
            if response.status not in REDIRECTS or not response.headers.get("location"):
                return _document(url, response)
            url = _redirected(url, response.headers["location"])
        raise FeedUnavailable(f"{host_of(url)}: more than {MOST_REDIRECTS} redirects")

    def _get(self, url: str, headers: Mapping[str, str]) -> Response:
        target, address = self._checked(url)
        try:
            with new_pool(self.tls, total_seconds=self.total_seconds) as pool:
                return fetch(
                    pool,
                    "GET",
                    target,
                    address=address,
                    headers=headers,
                    timeout=self.timeout,
                    max_bytes=MOST_BYTES,
                )
        except ServiceError as error:
            raise FeedUnavailable(f"{host_of(url)}: {error}") from None

    def _checked(self, url: str) -> tuple[str, str]:
        """Return a well-formed address, and the IP address that was checked for it.

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
            return f"{self.stand_in}/{parts.netloc}{target}", ""
        if not host or parts.username is not None:
            raise FeedUnavailable("the address is not an http:// or https:// address")
        try:
            addresses = self.resolve(host, port)
        except OSError as error:
            raise FeedUnavailable(f"{host}: {type(error).__name__}") from None
        if not addresses or not all(map(self.is_public, addresses)):
            raise FeedUnavailable(f"{host} is not on the public internet")
        named = f"[{host}]" if ":" in host else host
        named += f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{named}{target}", addresses[0]


def _redirected(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http":
            raise FeedUnavailable(f"{host_of(url)} redirects from https to http")
    except ValueError:
        raise FeedUnavailable(f"{host_of(url)} redirects to a malformed address") from None
    return target


def _document(url: str, response: Response) -> Fetched:
    match response.status:
        case 200:
            return Fetched(
                document=response.body,
                url=url,
                content_type=response.headers.get("content-type", ""),
                validators=Validators(
                    etag=response.headers.get("etag", "")[:1000],
                    last_modified=response.headers.get("last-modified", "")[:100],
                ),
            )
        case 304:
            return Fetched(document=None, url=url)
        case 410:
            raise FeedUnavailable(f"{host_of(url)} says the feed is permanently gone: remove it")
        case status:
            raise FeedUnavailable(
                f"{host_of(url)} answered {status}",
                _retry_after(response.headers.get("retry-after", "")),
            )


def _retry_after(value: str) -> float | None:
    """Return the seconds of a `Retry-After` header, which is a number of seconds or a date."""
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None
