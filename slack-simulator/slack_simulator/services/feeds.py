"""Atom feeds of any site: `{url}/feeds/HOST/PATH` simulates https://HOST/PATH.

A feed is created by its first request or item.
"""

import hashlib
import itertools
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

import msgspec

from slack_simulator.feed.feed import Feed
from slack_simulator.http.messages import Request, Response
from slack_simulator.services.service import Service


class Item(msgspec.Struct, kw_only=True):
    """One item. `feed` is the feed's URL without the scheme, as in `go.dev/blog/feed.atom`."""

    feed: str
    title: str
    id: str = ""
    link: str = ""
    author: str = ""
    published: datetime | None = None


class Feeds(Service):
    """The feeds of all sites. `items` maps a feed's address to its items, newest last.

    With `sample`, a new feed starts with one item, so that it isn't empty. Documents in
    `documents` are served as they are.
    """

    name = "feeds"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.items: dict[str, list[Item]] = {}
        self.documents: dict[str, bytes] = {}
        self.sample = False
        self._numbers = itertools.count(1)

    def post(
        self, feed: str, title: str, *, published: datetime | None = None, **more: str
    ) -> Item:
        """Publish an item in a feed, by default dated now. `more` takes other fields of `Item`."""
        return self.add(Item(feed=feed, title=title, published=published, **more))

    def add(self, item: Item) -> Item:
        """Publish an item in a feed. Generate its missing ID, link and time."""
        with self.lock:
            number = next(self._numbers)
            item.id = item.id or f"tag:{item.feed.partition('/')[0]},2025:{number}"
            item.link = item.link or f"https://{item.feed.partition('/')[0]}/{number}"
            item.published = item.published or datetime.now(UTC)
            self.items.setdefault(item.feed, []).append(item)
        return item

    def clear(self, feed: str) -> None:
        """Remove all items from a feed."""
        with self.lock:
            self.items[feed] = []

    def answer(self, request: Request, path: str) -> Response:
        """Return a feed's document, or 304 if the client's ETag matches."""
        address = path.removeprefix("/")
        with self.lock:
            if self.sample and address not in self.items:
                self.post(address, f"The latest from {address.partition('/')[0]}")
            body = self.documents.get(address) or _atom(address, self.items.get(address, []))
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"Content-Type": "application/atom+xml; charset=utf-8", "ETag": etag}
        if request.headers.get("if-none-match") == etag:
            return Response(status=304, headers=headers)
        return Response(headers=headers, body=body)


def _atom(address: str, items: list[Item]) -> bytes:
    entries = "".join(map(_entry, reversed(items)))
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>https://{escape(address)}</id><title>{escape(address)}</title>{entries}</feed>"
    ).encode()


def _entry(item: Item) -> str:
    author = f"<author><name>{escape(item.author)}</name></author>" if item.author else ""
    moment = item.published.isoformat() if item.published else ""
    return (
        f"<entry><id>{escape(item.id)}</id><title>{escape(item.title)}</title>{author}"
        f"<link href={quoteattr(item.link)}/>"
        f"<published>{moment}</published><updated>{moment}</updated></entry>"
    )
