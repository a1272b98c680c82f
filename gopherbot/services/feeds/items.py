"""The parts of a feed's document that the bot uses. Pure."""

from __future__ import annotations

import hashlib

import msgspec


class Item(msgspec.Struct, frozen=True):
    """One item. All texts are plain: one line of bounded length without markup."""

    id: str
    """The publisher's id, or else the link, or else the title."""
    title: str
    link: str = ""
    """An http(s) address, or "" if the item has none that is safe to post."""
    author: str = ""
    published: float | None = None
    """The time of publication in Unix seconds; None if the publisher gives none."""

    @property
    def key(self) -> str:
        """A hash of the id, under which the item is remembered."""
        return _short(self.id)

    @property
    def page(self) -> str:
        """A hash of link and title, which stay the same if a publisher changes the ids."""
        return f"page-{_short(f'{self.link} {self.title}')}"

    @property
    def headline(self) -> str:
        """A hash of the title, which stays the same even if each fetch gives new ids and links."""
        return f"title-{_short(self.title)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class FeedDocument(msgspec.Struct, frozen=True):
    """A feed's document: its items in the feed's order, up to `parser.MOST_ITEMS`."""

    title: str = ""
    ttl: float | None = None
    """The minimum interval between two readings that the publisher asks for, in seconds."""
    items: tuple[Item, ...] = ()
