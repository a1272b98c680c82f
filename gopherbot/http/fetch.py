"""Requests to services other than Slack's Web API, limited in time and size, over urllib3."""

from __future__ import annotations

import gzip
import io
import ssl
import time
import zlib
from collections.abc import Mapping
from functools import partial
from http.client import HTTPException
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import parse_url

from gopherbot.errors import ServiceError, ServiceUnreachable
from gopherbot.http.response import Response, response_class

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_STALE_CONNECTION_SECONDS = 1.0
"""A protocol error within this time means that the server had closed an idle connection."""
# A compressed body that is cut off is an `EOFError`.
_BROKEN = (urllib3.exceptions.HTTPError, HTTPException, OSError, EOFError, zlib.error)


def new_pool(tls: ssl.SSLContext, *, total_seconds: float) -> urllib3.PoolManager:
    """Return a connection pool that allows `total_seconds` for each response."""
    response = response_class(total_seconds)

    class Http(HTTPConnection):
        response_class = response

    class Https(HTTPSConnection):
        response_class = response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Http

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    pool = urllib3.PoolManager(num_pools=8, maxsize=8, ssl_context=tls, retries=False)
    pool.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
    return pool


def fetch(
    pool: urllib3.PoolManager,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    timeout: urllib3.Timeout,
    max_bytes: int,
    body: bytes | None = None,
    address: str = "",
) -> Response:
    """Send a request, possibly twice, and return the response. Redirects are not followed.

    Only a 200's body is read: that of any other status is empty. With an IP `address`, connect to
    it instead of resolving the host, whose name still counts for the certificate.

    Raise `ServiceError` for a body that is too large or in an encoding that was not requested, and
    `ServiceUnreachable` if there is no complete response.
    """
    request, target = pool.request, url
    if address:
        parts = parse_url(url)
        # `assert_hostname` would turn off the check in the context that all clients share.
        named = {"server_hostname": (parts.host or "").strip("[]")}
        request = pool.connection_from_host(address, parts.port, parts.scheme, named).request
        target, headers = parts.request_uri, {**headers, "Host": parts.netloc or ""}
    send = partial(
        request,
        method,
        target,
        body=body,
        headers=headers,
        timeout=timeout,
        retries=False,  # nor are redirects followed
        preload_content=False,
        decode_content=False,
    )
    started = time.monotonic()
    try:
        try:
            response = send()
        except urllib3.exceptions.ProtocolError:
            if time.monotonic() - started > _STALE_CONNECTION_SECONDS:
                raise
            response = send()
        try:
            content = _body(response, headers, max_bytes) if response.status == 200 else b""
        finally:
            # Unless its response was read to the end, the connection is of no more use.
            response.close()
    except _BROKEN as error:
        raise ServiceUnreachable(type(error).__name__) from None
    return Response(
        response.status, {name.lower(): value for name, value in response.headers.items()}, content
    )


def host_of(url: str) -> str:
    """Return an address's host, for errors. They never show the rest of it."""
    try:
        # urllib3 reads no host outside of ASCII.
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "malformed address"


def _body(
    response: urllib3.BaseHTTPResponse, requested: Mapping[str, str], max_bytes: int
) -> bytes:
    """Return the body, decompressed. Neither its size before nor that after exceeds the limit."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower() or "identity"
    encoding = encoding.removeprefix("x-")
    if encoding not in ("identity", requested.get("Accept-Encoding")):
        raise ServiceError(f"the encoding {encoding[:20]} was not requested")
    body = bytearray()
    while len(body) <= max_bytes and (piece := response.read1(max_bytes + 1)):
        body += piece
    if encoding == "gzip" and len(body) <= max_bytes:
        body = bytearray(gzip.GzipFile(fileobj=io.BytesIO(body)).read(max_bytes + 1))
    if len(body) > max_bytes:
        raise ServiceError(f"more than {max_bytes} bytes")
    return bytes(body)
