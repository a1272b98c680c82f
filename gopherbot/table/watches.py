"""The types of watchers' tables in `watchers.toml`. Rows of the table of actors refer to them.

Like that table, this module loads nothing heavy. It imports none of our own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec


class Watch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A watcher's table in `watchers.toml`: the channel it posts to, and its name and icon."""

    channel: str
    """The name of a public channel; "" turns the watcher off."""
    username: str = ""
    """The name it posts under instead of the bot's own."""
    icon: str = ""
    """The icon it posts with: `:emoji:`, or the https address of an image."""

    is_private: ClassVar[bool] = False
    """Whether `channel` is a private one, such as the moderators'."""
    placeholders: ClassVar[frozenset[str]] = frozenset()
    """Placeholders its `text` may contain, in addition to those allowed in every text."""

    def problems(self) -> Iterator[str]:
        """Yield each problem with the values, and what to write instead."""
        if self.channel.startswith("#"):
            yield f'`channel` is a name without "#": write channel = "{self.channel[1:]}"'
        if self.icon and not re.fullmatch(r":[^:\s]+:|https://\S+", self.icon):
            yield '`icon` is invalid: write icon = ":gopher:", or the https address of an image'


class GerritWatch(Watch, frozen=True, kw_only=True):
    """The table of a watcher that announces merged changes."""

    link: str
    """The prefix of a change's link, in front of its number."""
    project: str = ""
    """The main project. Announcements omit its name."""


class LiveWatch(Watch, frozen=True, kw_only=True):
    """The table of a watcher that announces when a show is on air."""

    text: str
    show: str = "gotime"
    """The show's name at changelog.com."""


class SocialWatch(Watch, frozen=True, kw_only=True):
    """The table of a watcher that posts links to a Mastodon account's statuses."""

    account: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,30}$")]


class VulnerabilityWatch(Watch, frozen=True, kw_only=True):
    """The table of a watcher that announces new reports of Go's vulnerability database."""

    link: str
    """The prefix of a report's link, in front of its id."""
    only: tuple[str, ...] = ()
    """Announce only reports about modules whose paths begin with one of these."""


class UnansweredWatch(Watch, frozen=True, kw_only=True):
    """The table of a watcher that lists once a day which questions nobody has answered."""

    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 9
    """The hour, in UTC, from which it posts."""


class AuditWatch(Watch, frozen=True, kw_only=True):
    """The table of a watcher that tells moderators what was changed."""

    is_private: ClassVar[bool] = True


class DailyAuditWatch(AuditWatch, frozen=True, kw_only=True):
    """The same once a day."""

    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 9
    """The hour, in UTC, from which it posts."""


class FeedWatch(Watch, frozen=True, kw_only=True):
    """The table of a watcher that announces a feed's items, with filters by title."""

    url: Annotated[str, msgspec.Meta(pattern="^https?://[^/\\s]+")]
    text: str = "*{title}*\n<{link}>"
    every: Annotated[int, msgspec.Meta(ge=5, le=24 * 60)] = 10
    """The interval between two fetches, in minutes."""
    unfurl: bool = False
    """Whether Slack shows previews of links and media."""
    only: tuple[str, ...] = ()
    """Announce only items whose title matches one of these: words, or patterns in slashes."""
    without: tuple[str, ...] = ()
    """Skip items whose title matches one of these."""
    most: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    """The most items to announce per run. The next run announces the rest."""
    notes: Annotated[str, msgspec.Meta(pattern="^(https?://[^/\\s]+.*)?$")] = ""
    """The page whose elements with an item's title as their id describe it, for {notes}."""

    placeholders: ClassVar[frozenset[str]] = frozenset(
        {"title", "version", "link", "author", "date", "notes"}
    )

    def problems(self) -> Iterator[str]:
        """Yield each problem with the values."""
        yield from super().problems()
        for piece in (*self.only, *self.without):
            try:
                _has("", piece)
            except re.error as error:
                yield f"{piece} is invalid ({error}): write a pattern that Python's `re` accepts"
        if bool(self.notes) != ("{notes}" in self.text):
            yield "`notes` and {notes} in `text` need each other: add the one that's missing"

    def wants(self, title: str) -> bool:
        """Return whether an item with this title is announced."""
        if any(_has(title, piece) for piece in self.without):
            return False
        return not self.only or any(_has(title, piece) for piece in self.only)


def _has(title: str, piece: str) -> bool:
    if len(piece) > 2 and piece[0] == piece[-1] == "/":
        return re.search(piece[1:-1], title) is not None
    return piece.casefold() in title.casefold()
