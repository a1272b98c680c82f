"""What is taken from a feed's document. Pure."""

from __future__ import annotations

import hashlib

import msgspec


class Item(msgspec.Struct, frozen=True):
    """One item. Every text is plain: no markup, one line, of bounded length."""

    id: str
    """The publisher's id; without one the link, without that the title."""
    title: str
    link: str = ""
    """An http(s) address, or "" if the item has none that can be shown."""
    author: str = ""
    published: float | None = None
    """Unix seconds, as far as the publisher says."""

    @property
    def key(self) -> str:
        """A short name for the id, the same for the same id: what is remembered of an item."""
        return _short(self.id)

    @property
    def page(self) -> str:
        """A short name for link and title together: they stay when a publisher gives other ids."""
        return f"page-{_short(f'{self.link} {self.title}')}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Document(msgspec.Struct, frozen=True):
    """A feed's document: its items as they stand there, at most `parser.MOST_ITEMS`."""

    title: str = ""
    ttl: float | None = None
    """How many seconds the publisher asks readers to wait before they come again."""
    items: tuple[Item, ...] = ()
