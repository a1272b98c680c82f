"""The shapes of `moderation.toml`: what the bot does for moderators. Pure.

A table that is missing is off: nothing is subscribed to for it, and no scope is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

FILE = "moderation.toml"


class Reports(msgspec.Struct, forbid_unknown_fields=True):
    """`[reports]`: what members report to the moderators in private."""

    channel: str
    """The name or the id of the moderators' private channel."""
    reasons: tuple[str, ...] = (
        "Harassment or an insult",
        "Spam or a scam",
        "Against this channel's rules",
        "Something else",
    )
    """The reasons to choose from."""
    per_hour: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5
    """The most reports that one member may make per hour."""


class Waves(msgspec.Struct, forbid_unknown_fields=True):
    """`[waves]`: the same said in several channels within minutes."""

    channel: str
    """The name or the id of the moderators' private channel."""
    shadow: bool = True
    """Whether waves are only counted, not told."""


class ChannelRule(msgspec.Struct, forbid_unknown_fields=True):
    """`[channels.NAME]`: what a message of a channel must look like, outside of threads."""

    text: str
    """What is said to the author alone if it doesn't."""


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """`[notes.NAME]`: words that call for a note to their author alone."""

    words: tuple[str, ...]
    text: str


class Moderation(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    reports: Reports | None = None
    waves: Waves | None = None
    channels: dict[str, ChannelRule] = {}
    notes: dict[str, Note] = {}

    @property
    def tables(self) -> frozenset[str]:
        """The names of the tables that are there. Rows of the table of actors refer to them."""
        return frozenset(name for name in self.__struct_fields__ if getattr(self, name))

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the entry and a description of each value that cannot be used."""
        for entry in ("reports", "waves"):
            table: Reports | Waves | None = getattr(self, entry)
            channel = table.channel.strip() if table else "moderators"
            if channel.startswith("#"):
                yield entry, f'`channel` is a name without "#": write channel = "{channel[1:]}"'
            if not channel:
                yield entry, '`channel` is empty: write channel = "moderators", or remove the table'
        if self.reports and not all(reason.strip() for reason in self.reports.reasons):
            yield (
                "reports",
                '`reasons` has an empty one: write reasons = ["Spam", "Something else"]',
            )
        if self.reports and not self.reports.reasons:
            yield "reports", '`reasons` is empty: write reasons = ["Spam", "Something else"]'
