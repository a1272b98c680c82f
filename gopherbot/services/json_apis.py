"""Public JSON APIs, asked for members. Every response is remembered for some minutes."""

from __future__ import annotations

import ssl
import threading
import time
from collections import OrderedDict
from dataclasses import asdict
from typing import Any
from urllib.parse import urljoin

import urllib3

from gopherbot import decoding
from gopherbot.errors import ServiceError, ServiceUnreachable
from gopherbot.http.fetch import REDIRECTS, fetch, host_of, new_pool
from gopherbot.http.response import Response
from gopherbot.model import Shape
from gopherbot.settings import Settings

KEPT_SECONDS = 600.0
MOST_KEPT = 500
TOTAL_SECONDS = 3.0
"""The limit for a whole response: a member waits for it."""
MOST_BYTES = 4 * 1024 * 1024
LONGEST_PAUSE = 3600.0
UNREACHABLE_SECONDS = 5.0
"""How long not to ask a service that didn't respond: each attempt may keep a thread waiting."""

_ABSENT = frozenset({404, 410})
_LIMITED = frozenset({403, 429})
_GUARD = b")]}'"
"""What Gerrit puts before JSON, so that no browser runs it as a script."""


class CachedJsonApis:
    """The real `model.JsonApis`, for one worker. Thread-safe.

    A service that limits its clients isn't asked again before it allows that, nor one that didn't
    respond within the last `UNREACHABLE_SECONDS`. Reading costs no more than `TOTAL_SECONDS`.
    """

    def __init__(self, settings: Settings, tls: ssl.SSLContext) -> None:
        self._bases: dict[str, str] = asdict(settings.services)
        self._pool = new_pool(tls, total_seconds=TOTAL_SECONDS)
        token = settings.github_token.reveal()
        self._headers = {
            "github": {
                "Accept": "application/vnd.github+json",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            }
        }
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, Any], tuple[float, Any]] = OrderedDict()
        self._paused: dict[str, float] = {}

    def read(self, service: str, path: str, shape: type[Shape]) -> Shape | None:
        """Return what is at a path of a service, or None if nothing is.

        Raise `ServiceError` for anything else but JSON of this shape, and `ServiceUnreachable` if
        there is no response or none is allowed now.
        """
        key = (service, path, shape)
        with self._lock:
            at, found = self._kept.get(key, (0.0, None))
        if at and time.monotonic() - at < KEPT_SECONDS:
            known: Shape | None = found
            return known
        value = self._ask(service, path, shape)
        with self._lock:
            self._kept[key] = (time.monotonic(), value)
            self._kept.move_to_end(key)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return value

    def _ask(self, service: str, path: str, shape: type[Shape]) -> Shape | None:
        if time.monotonic() < self._paused.get(service, 0.0):
            raise ServiceUnreachable(f"{service} isn't asked at the moment")
        url = self._bases[service] + path
        response = self._get(service, url)
        if response.status in REDIRECTS:  # An issue was moved to another repository.
            response = self._get(service, self._moved_to(service, url, response))
        if response.status in _ABSENT:
            return None
        if response.status in _LIMITED:
            self._leave_alone(service, _pause(response))
            raise ServiceUnreachable(f"{service} allows no more requests now")
        if response.status != 200:
            raise ServiceError(f"{host_of(url)} answered {response.status}")
        try:
            return decoding.decode(response.body.removeprefix(_GUARD), shape)
        except decoding.UNREADABLE as error:
            raise ServiceError(f"{host_of(url)}: unexpected response: {error}") from None

    def _moved_to(self, service: str, url: str, response: Response) -> str:
        """Return where a redirect leads within the same service. Raise `ServiceError`."""
        address = urljoin(url, response.headers.get("location", ""))
        if not address.startswith(self._bases[service].rstrip("/") + "/"):
            raise ServiceError(f"{host_of(url)} redirects elsewhere")
        return address

    def _leave_alone(self, service: str, seconds: float) -> None:
        # Another thread's request may have been told to wait longer.
        until = time.monotonic() + seconds
        self._paused[service] = max(until, self._paused.get(service, 0.0))

    def _get(self, service: str, url: str) -> Response:
        headers = {"User-Agent": "gopherbot", "Accept-Encoding": "gzip"}
        try:
            return fetch(
                self._pool,
                "GET",
                url,
                headers=headers | self._headers.get(service, {}),
                timeout=urllib3.Timeout(connect=TOTAL_SECONDS, read=TOTAL_SECONDS),
                max_bytes=MOST_BYTES,
            )
        except ServiceError as error:
            if isinstance(error, ServiceUnreachable):
                self._leave_alone(service, UNREACHABLE_SECONDS)
            raise type(error)(f"{host_of(url)}: {error}") from None


def _pause(response: Response) -> float:
    """Return for how many seconds not to ask again.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    after, reset = (response.headers.get(n, "") for n in ("retry-after", "x-ratelimit-reset"))
    seconds = 60.0
    if after.isascii() and after.isdigit():
        seconds = float(after)
    elif reset.isascii() and reset.isdigit():
        seconds = float(reset[:12]) - time.time()
    return min(max(seconds, 1.0), LONGEST_PAUSE)
