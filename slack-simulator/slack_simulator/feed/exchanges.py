"""The raw requests and responses behind the feed's entries.

They are kept apart from the feed so that its followers don't have to transfer bodies.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import msgspec

MOST_KEPT: Final = 5_000
MOST_BYTES: Final = 32 * 1024 * 1024
_TOKEN: Final = re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+")


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its response. `status` is None if there was no response.

    Header names are as sent. `as_dict` masks tokens.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int | None = None
    answer_headers: dict[str, str] = {}
    answer: bytes = b""

    def as_dict(self) -> dict[str, object]:
        """Return `request` and `response` as JSON values; `response` is None if none came."""
        request = {
            "method": self.method,
            "url": _masked(self.url),
            "headers": {name: _masked(value) for name, value in self.headers.items()},
            "body": _masked(self.body.decode("utf-8", "replace")),
        }
        response = {
            "status": self.status,
            "headers": self.answer_headers,
            "body": _masked(self.answer.decode("utf-8", "replace")),
        }
        return {"request": request, "response": None if self.status is None else response}


class Exchanges:
    """The newest exchanges by number. The oldest are evicted by count and by total size."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Exchange] = OrderedDict()
        self._bytes = 0
        self._number = 0

    def add(self, exchange: Exchange) -> int:
        """Store an exchange and return its number."""
        with self._lock:
            self._number += 1
            self._kept[self._number] = exchange
            self._bytes += _size(exchange)
            while len(self._kept) > MOST_KEPT or (self._bytes > MOST_BYTES and len(self._kept) > 1):
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= _size(oldest)
            return self._number

    def get(self, number: int) -> Exchange | None:
        """Return an exchange, or None if it was evicted or never existed."""
        with self._lock:
            return self._kept.get(number)


def _size(exchange: Exchange) -> int:
    return len(exchange.body) + len(exchange.answer)


def _masked(text: str) -> str:
    return _TOKEN.sub("****", text)


def first_line(answer: bytes, headers: Mapping[str, str]) -> str:
    """Return the first line of a plain-text response, the reason of an error; else empty."""
    named = {name.lower(): value for name, value in headers.items()}
    if not named.get("content-type", "text/plain").startswith("text/plain"):
        return ""
    return answer[:2_000].decode("utf-8", "replace").strip().partition("\n")[0][:300]
