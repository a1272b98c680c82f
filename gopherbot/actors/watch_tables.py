"""The shapes of watchers' tables in `watchers.toml`.

A row of the table of actors names one. It imports nothing of ours and loads nothing heavy, like the
table itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec


class Watch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A watcher's table in `watchers.toml`: where it speaks, and as whom."""

    channel: str
    """The channel's name; "" turns the watcher off."""
    username: str = ""
    """The name it posts under, instead of the bot's."""
    icon: str = ""
    """Its picture: `:emoji:`, or the https address of an image."""

    placeholders: ClassVar[frozenset[str]] = frozenset()
    """What its `text` may hold in braces, besides what every text may."""

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the values, and what to write instead."""
        if self.icon and not re.fullmatch(r":[^:\s]+:|https://\S+", self.icon):
            yield '`icon` is no picture: write icon = ":gopher:", or the https address of an image'


class GerritWatch(Watch, frozen=True, kw_only=True):
    """Where merged changes are announced."""

    link: str
    """What goes in front of a change's number."""
    project: str = ""
    """The main project, which is not named."""


class LiveWatch(Watch, frozen=True, kw_only=True):
    """Where it is announced that a show is on air."""

    text: str
    show: str = "gotime"
    """What changelog.com calls the show."""


class SocialWatch(Watch, frozen=True, kw_only=True):
    """Where the statuses of a Mastodon account are linked."""

    account: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,30}$")]


class FeedWatch(Watch, frozen=True, kw_only=True):
    """Where the items of a feed are announced, and which."""

    url: Annotated[str, msgspec.Meta(pattern="^https?://[^/\\s]+")]
    text: str = "*{title}*\n{link}"
    every: Annotated[int, msgspec.Meta(ge=5, le=24 * 60)] = 10
    """Minutes between two readings."""
    unfurl: bool = False
    """Whether Slack shows cards for links and media."""
    only: tuple[str, ...] = ()
    """Only items whose title has one of these: words, or patterns between slashes."""
    without: tuple[str, ...] = ()
    """No items whose title has one of these."""
    most: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    """Items that one run announces; the others are left to the next."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"title", "link", "author", "date"})

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the values."""
        yield from super().problems()
        for piece in (*self.only, *self.without):
            try:
                _has("", piece)
            except re.error as error:
                yield f"{piece} is no pattern ({error}): write it as Python's `re` reads it"

    def wants(self, title: str) -> bool:
        """Return whether an item with this title is announced."""
        if any(_has(title, piece) for piece in self.without):
            return False
        return not self.only or any(_has(title, piece) for piece in self.only)


def _has(title: str, piece: str) -> bool:
    if len(piece) > 2 and piece[0] == piece[-1] == "/":
        return re.search(piece[1:-1], title) is not None
    return piece.casefold() in title.casefold()
